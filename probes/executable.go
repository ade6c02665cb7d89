package probes

import (
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// executable is an ELF file in which a place to probe is looked for. It stays open until the probe is attached, to this
// very file: whatever its name leads to by then.
//
// Who wrote it is not trusted. What debug/elf reads whole is bounded before, and of all else no more is kept than
// mostKept.
type executable struct {
	*elf.File
	path string
	file *os.File
}

var errNoELF = errors.New("it is no executable")

func openExecutable(path string) (*executable, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	if err = checkHeader(file); err == nil {
		var f *elf.File
		if f, err = elf.NewFile(file); err == nil {
			return &executable{f, path, file}, nil
		}
	}
	return nil, errors.Join(err, file.Close())
}

func (x *executable) Close() error { return x.file.Close() }

// id identifies the file, as identify does.
func (x *executable) id() fileID {
	var s unix.Stat_t
	if unix.Fstat(int(x.file.Fd()), &s) != nil {
		return fileID{}
	}
	return fileID{uint64(s.Dev), s.Ino}
}

// openRegular opens a file to look into it. What the traced program can put into its place, such as a pipe, must not
// hold tracer up.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// unreadable reports whether a file is there to be executed alone: what it is cannot be told.
func unreadable(path string) bool {
	return errors.Is(unix.Faccessat(unix.AT_FDCWD, path, unix.R_OK, unix.AT_EACCESS), unix.EACCES)
}

// goBuild returns what a Go program says of its making; ok is false for any other file.
func goBuild(path string) (info *buildinfo.BuildInfo, ok bool) {
	x, err := openExecutable(path)
	if err != nil {
		return nil, false
	}
	defer x.Close()
	return x.goBuild()
}

func (x *executable) goBuild() (info *buildinfo.BuildInfo, ok bool) {
	info, err := buildinfo.Read(&sparing{x.file, mostKept})
	return info, err == nil
}

// place is a uprobe at an address that is proved to be the beginning of a function.
func (x *executable) place(program string, address uint64) (uprobe, error) {
	p, ok := x.segment(address, 1)
	if !ok || p.Flags&elf.PF_X == 0 {
		return uprobe{}, fmt.Errorf("no code of %s is at %#x", x.path, address)
	}
	if x.Machine != native {
		return uprobe{}, fmt.Errorf("%s is for another kind of processor (%s)", x.path, x.Machine)
	}
	return uprobe{program: program, in: x, offset: address - p.Vaddr + p.Off}, nil
}

// native is the machine whose registers the programs read.
var native = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]

// maxInterpreters is how often a script's interpreter may be a script (BINPRM_BUF_SIZE and the like in fs/exec.c allow
// five).
const maxInterpreters = 5

// interpreterOf returns the program that the kernel runs for a file: itself, or what the first line of a script names.
// For "#!/usr/bin/env NAME" it is NAME, as the command's PATH has it.
func interpreterOf(c Command, path string) string {
	for range maxInterpreters {
		words := firstLineOfScript(path)
		switch {
		case len(words) == 0:
			return path
		case filepath.Base(words[0]) != "env":
			path = words[0]
		default:
			name := ""
			for _, w := range words[1:] {
				if !strings.HasPrefix(w, "-") && !strings.Contains(w, "=") {
					name = w
					break
				}
			}
			if path = lookPath(c, name); path == "" {
				return words[0]
			}
		}
	}
	return path
}

// firstLineOfScript returns the words after "#!", none when the file is no script.
func firstLineOfScript(path string) []string {
	f, err := openRegular(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 256) // BINPRM_BUF_SIZE: all that the kernel looks at
	n, _ := f.Read(head)
	line, _, _ := strings.Cut(string(head[:n]), "\n")
	if line, ok := strings.CutPrefix(line, "#!"); ok {
		return strings.Fields(line)
	}
	return nil
}

func lookPath(c Command, name string) string {
	if name == "" {
		return ""
	}
	for _, folder := range filepath.SplitList(c.variable("PATH")) {
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil && filepath.IsAbs(path) {
			return path
		}
	}
	return ""
}

// variable is one of the environment that the command will have.
func (c *Command) variable(name string) string {
	env := c.Env
	if env == nil {
		env = c.User.environment(os.Environ())
	}
	for i := len(env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env[i], name+"="); ok {
			return value
		}
	}
	return ""
}
