package probes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"github.com/cilium/ebpf/link"
)

// Finding is one row of the doctor's table.
type Finding struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed"`           // without it nothing can be traced
	Detail string `json:"detail,omitempty"` // what was found
	Remedy string `json:"remedy,omitempty"` // when it is not ok
}

// Findings is the doctor's table.
type Findings []Finding

// Works reports whether all that is needed is there.
func (f Findings) Works() bool {
	for _, row := range f {
		if row.Needed && !row.OK {
			return false
		}
	}
	return true
}

// JSON writes the table for programs.
func (f Findings) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Works    bool     `json:"works"`
		Findings Findings `json:"findings"`
	}{f.Works(), f})
}

// Text writes the table for people.
func (f Findings) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range f {
		mark := "ok"
		switch {
		case !row.OK && row.Needed:
			mark = "MISSING"
		case !row.OK:
			mark = "absent"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", mark, row.What, row.Detail)
		if !row.OK && row.Remedy != "" {
			fmt.Fprintf(t, "\t  remedy:\t%s\n", row.Remedy)
		}
	}
	verdict := "tracer works here"
	if !f.Works() {
		verdict = "tracer does not work here yet: see the remedies"
	}
	fmt.Fprintln(t, verdict)
	return t.Flush()
}

// Examine finds out what this kernel offers, by trying: a version or a configuration says too little. It leaves nothing behind.
func Examine() Findings {
	privilege := examinePrivilege()
	f := Findings{
		{What: "kernel", OK: true, Detail: KernelRelease()},
		examineFile("BTF, the kernel's own types", btfFile, "use a distribution kernel, or build one with CONFIG_DEBUG_INFO_BTF=y"),
		examineLockdown(),
		privilege,
	}
	if !privilege.OK {
		return f
	}
	k := lookAtKernel()
	f = append(f,
		examine("BPF ring buffer", true, "use Linux 5.15 or later", func() error { return features.HaveMapType(ebpf.RingBuf) }),
		examine("task-local storage", true, "use Linux 5.15 or later", func() error { return features.HaveMapType(ebpf.TaskStorage) }),
		examineTracefs(),
		examinePrograms(),
		Finding{What: "exit tells the end of the group", OK: k.arguments("sched_process_exit") == 3, Detail: "else the count of living threads does"},
		Finding{What: "a reaping is seen where it happens", OK: k.functions() == nil, Detail: "release_task, do_notify_parent; else the returns of the wait calls tell"},
		Finding{What: "tracepoints where sockets are read and written", OK: k.arguments("sock_recv_length") > 0, Detail: "else fexit on the functions"})
	return append(f, examineOptional(k)...)
}

func examine(what string, needed bool, remedy string, try func() error) Finding {
	row := Finding{What: what, OK: true, Needed: needed}
	if err := try(); err != nil {
		row.OK, row.Detail, row.Remedy = false, firstLine(err), remedy
		var unsupported *Unsupported
		if errors.As(err, &unsupported) {
			row.Detail, row.Remedy = unsupported.What, unsupported.Remedy
		}
	}
	return row
}

func examineFile(what, path, remedy string) Finding {
	row := examine(what, true, remedy, func() error { _, err := os.Stat(path); return err })
	if row.OK {
		row.Detail = path
	}
	return row
}

func examinePrivilege() Finding {
	return examine("privilege: root, or CAP_BPF and CAP_PERFMON", true, "run it with sudo; all else can be found out only so", func() error {
		if missing := missingCapabilities(); len(missing) > 0 {
			return fmt.Errorf("lacks %v", missing)
		}
		return nil
	})
}

func examineLockdown() Finding {
	mode := Lockdown()
	row := Finding{What: "lockdown lets programs read kernel memory", OK: mode != "confidentiality", Needed: true, Detail: mode,
		Remedy: "boot with lockdown=integrity"}
	if mode == "" {
		row.Detail = "no lockdown"
	}
	return row
}

func examineTracefs() Finding {
	row := examine("tracefs, for the tracepoints of system calls", true, "mount it: mount -t tracefs tracefs "+tracefs,
		func() error { return withTracefs(func() error { return nil }) })
	if row.OK && !tracefsMounted() {
		row.Detail = "not mounted; tracer mounts it for itself alone"
	}
	return row
}

// examinePrograms loads and attaches all that tracer needs, and takes it away again.
func examinePrograms() Finding {
	return examine("tracer's own programs load and attach", true, "see the rows above", func() error {
		p, err := Load(Options{Buffer: os.Getpagesize()})
		if err != nil {
			return err
		}
		return p.Close()
	})
}

// examineUprobe attaches to the function with which tracer itself began, which will not run again.
func examineUprobe() error {
	x, err := openExecutable(selfLink)
	if err != nil {
		return err
	}
	defer x.Close()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.Kprobe,
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, License: "Dual MIT/GPL"})
	if err != nil {
		return errors.New("the kernel refuses to load such a program")
	}
	defer program.Close()
	place, err := x.place("", x.Entry)
	if err != nil {
		return err
	}
	l, err := attachUprobe(place, program)
	if err != nil {
		return errors.New("the kernel refuses to attach such a program")
	}
	return l.Close()
}

// examineOptional tries what tracer could use and does not need.
func examineOptional(k *kernel) []Finding {
	return []Finding{
		examine("fentry, fexit", false, "", k.functions),
		examine("uprobe, for coroutines", false, "", examineUprobe),
		examine("kprobe", false, "", func() error {
			program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.Kprobe,
				Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, License: "Dual MIT/GPL"})
			if err != nil {
				return err
			}
			defer program.Close()
			l, err := link.Kprobe("do_exit", program, nil)
			if err != nil {
				return errors.New("the kernel has none, or tracefs is not mounted")
			}
			return l.Close()
		}),
	}
}
