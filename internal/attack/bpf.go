package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// object is a program, a map or a link in the kernel.
type object struct {
	kind string // as bpftool and /proc/PID/fdinfo name it: prog, map, link
	id   uint32
}

// objects are those in the kernel, with their names.
type objects map[object]string

// kernelObjects asks the kernel for all that there is.
func kernelObjects() (objects, error) {
	all := objects{}
	var id ebpf.ProgramID
	var err error
	for id, err = ebpf.ProgramGetNextID(0); err == nil; id, err = ebpf.ProgramGetNextID(id) {
		all[object{"prog", uint32(id)}] = programName(id)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("go through the programs: %w", err)
	}
	var m ebpf.MapID
	for m, err = ebpf.MapGetNextID(0); err == nil; m, err = ebpf.MapGetNextID(m) {
		all[object{"map", uint32(m)}] = mapName(m)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("go through the maps: %w", err)
	}
	links, err := kernelLinks()
	for _, id := range links {
		all[object{"link", uint32(id)}] = "link"
	}
	return all, err
}

// kernelLinks goes through them again when one was just being made, of which the kernel gives no descriptor (EAGAIN,
// bpf_link_by_id in kernel/bpf/syscall.c).
func kernelLinks() (ids []link.ID, err error) {
	for range 1000 {
		var links link.Iterator
		for ids = nil; links.Next(); {
			ids = append(ids, links.ID)
		}
		links.Close()
		if err = links.Err(); !errors.Is(err, unix.EAGAIN) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("go through the links: %w", err)
	}
	return ids, nil
}

// programName is empty for a program that has gone meanwhile.
func programName(id ebpf.ProgramID) string {
	p, err := ebpf.NewProgramFromID(id)
	if err != nil {
		return ""
	}
	defer p.Close()
	info, err := p.Info()
	if err != nil {
		return ""
	}
	return info.Name
}

func mapName(id ebpf.MapID) string {
	m, err := ebpf.NewMapFromID(id)
	if err != nil {
		return ""
	}
	defer m.Close()
	info, err := m.Info()
	if err != nil {
		return ""
	}
	return info.Name
}

// bpftoolObjects are the same as bpftool has them; nil when it is not installed.
func bpftoolObjects(ctx context.Context, s *stage) (objects, error) {
	if _, err := exec.LookPath("bpftool"); err != nil {
		return nil, nil
	}
	all := objects{}
	for _, kind := range []string{"prog", "map", "link"} {
		o, err := s.run(ctx, patience, "bpftool", "-j", kind, "list")
		if err != nil {
			return nil, err
		}
		var list []struct {
			ID   uint32 `json:"id"`
			Name string `json:"name"`
		}
		if len(bytes.TrimSpace(o.stdout)) == 0 {
			continue
		}
		if err := json.Unmarshal(o.stdout, &list); err != nil {
			return nil, fmt.Errorf("bpftool %s list: %w", kind, err)
		}
		for _, l := range list {
			all[object{kind, l.ID}] = l.Name
		}
	}
	return all, nil
}

// without leaves out what was there before, and what a living process has: that belongs to another tracer, or another
// program.
func (all objects) without(before objects) objects {
	left := maps.Clone(all)
	maps.DeleteFunc(left, func(o object, _ string) bool { _, was := before[o]; return was })
	if len(left) == 0 {
		return left
	}
	held, mapped := heldObjects(), mapsAreMapped()
	maps.DeleteFunc(left, func(o object, _ string) bool { return held[o] || o.kind == "map" && mapped })
	return left
}

// mapsAreMapped reports whether a process has a BPF map in its memory. That keeps the map when its descriptor is
// closed, and nothing in /proc tells which map it is.
func mapsAreMapped() bool {
	files, _ := filepath.Glob("/proc/[0-9]*/maps") // the pattern is right
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && bytes.Contains(text, []byte("anon_inode:bpf-map"))
	})
}

// among leaves out what is not in others. What a tracer leaves is there whenever one looks; of another program that
// begins or ends just then one can see objects before their holder, or after.
func (all objects) among(others objects) objects {
	both := maps.Clone(all)
	maps.DeleteFunc(both, func(o object, _ string) bool { _, is := others[o]; return !is })
	return both
}

// gone waits until none is left of those that were not there before, and gives those that are: the kernel frees
// programs and what they use a grace period after the last descriptor.
func (before objects) gone(ctx context.Context, look func() (objects, error)) (left objects, err error) {
	now, err := look()
	if err != nil {
		return nil, err
	}
	left = now.without(before)
	until(ctx, func() bool {
		if now, err = look(); err == nil {
			left = left.among(now.without(before))
		}
		return err != nil || len(left) == 0
	})
	return left, err
}

func (all objects) String() string {
	var list []string
	for o, name := range all {
		list = append(list, fmt.Sprintf("%s %d %s", o.kind, o.id, name))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// heldObjects are those that a process has a descriptor of (proc(5), /proc/PID/fdinfo), and the maps of the programs
// among them.
func heldObjects() map[object]bool {
	held := map[object]bool{}
	files, _ := filepath.Glob("/proc/[0-9]*/fdinfo/*") // the pattern is right
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(text, []byte("_id:")) {
			continue
		}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			kind, isID := strings.CutSuffix(name, "_id")
			if n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32); isID && err == nil {
				held[object{kind, uint32(n)}] = true
			}
		}
	}
	for o := range maps.Clone(held) {
		if o.kind == "prog" {
			for _, m := range mapsOf(ebpf.ProgramID(o.id)) {
				held[object{"map", uint32(m)}] = true
			}
		}
	}
	return held
}

func mapsOf(id ebpf.ProgramID) []ebpf.MapID {
	p, err := ebpf.NewProgramFromID(id)
	if err != nil {
		return nil
	}
	defer p.Close()
	info, err := p.Info()
	if err != nil {
		return nil
	}
	ids, _ := info.MapIDs()
	return ids
}
