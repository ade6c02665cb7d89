package probes

import (
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// executable is an ELF file that is looked at before it runs.
type executable struct {
	*elf.File
	path string
	file *os.File
}

func openExecutable(path string) (*executable, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	f, err := elf.NewFile(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &executable{f, path, file}, nil
}

func (x *executable) Close() error { return x.file.Close() }

// openRegular opens a file to look into it. What the traced program can put into its place, such as a pipe, must not hold tracer up.
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

// goBuild gives what a Go program says of its making; ok is false for any other file.
func goBuild(path string) (info *buildinfo.BuildInfo, ok bool) {
	f, err := openRegular(path)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err = buildinfo.Read(f)
	return info, err == nil
}

// functions gives the addresses of the functions in the symbol tables, those that are kept only.
func (x *executable) functions(keep func(name string) bool) (map[string]uint64, error) {
	found := map[string]uint64{}
	for _, table := range []func() ([]elf.Symbol, error){x.Symbols, x.DynamicSymbols} {
		symbols, err := table()
		if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
			return nil, fmt.Errorf("read the symbols of %s: %w", x.path, err)
		}
		for _, s := range symbols {
			if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Section != elf.SHN_UNDEF && s.Value != 0 && keep(s.Name) {
				found[s.Name] = s.Value
			}
		}
	}
	return found, nil
}

// offset is where in the file the code at an address is.
func (x *executable) offset(address uint64) (uint64, error) {
	for _, p := range x.Progs {
		if p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 && p.Vaddr <= address && address < p.Vaddr+p.Filesz {
			return address - p.Vaddr + p.Off, nil
		}
	}
	return 0, fmt.Errorf("no code of %s is at %#x", x.path, address)
}

// place is a uprobe at an address.
func (x *executable) place(program string, address uint64) (uprobe, error) {
	offset, err := x.offset(address)
	return uprobe{program: program, file: x.path, offset: offset}, err
}

// maxInterpreters is how often a script's interpreter may be a script (BINPRM_BUF_SIZE and the like in fs/exec.c allow five).
const maxInterpreters = 5

// interpreterOf gives the program that the kernel runs for a file: itself, or what the first line of a script names. For
// "#!/usr/bin/env NAME" it is NAME, as the command's PATH has it.
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

// firstLineOfScript gives the words after "#!", none when the file is no script.
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
