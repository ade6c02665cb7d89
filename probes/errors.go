package probes

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Unsupported says that tracing cannot be done here, and what to do about it.
type Unsupported struct {
	What   string // what is missing, in one clause
	Remedy string // what to do, in one clause
	Err    error  // what the kernel said, may be nil
}

// Error gives one line: what is missing, then the remedy.
func (e *Unsupported) Error() string { return e.What + "; " + e.Remedy }

// Unwrap gives the kernel's own error.
func (e *Unsupported) Unwrap() error { return e.Err }

const (
	btfFile      = "/sys/kernel/btf/vmlinux"
	lockdownFile = "/sys/kernel/security/lockdown"
)

// requirements finds what would make loading fail with an error that explains nothing.
func requirements() error {
	if missing := missingCapabilities(); len(missing) > 0 {
		return &Unsupported{What: "not root, and without " + strings.Join(missing, ", "),
			Remedy: "run it with sudo, or give the binary the capabilities: sudo setcap cap_bpf,cap_perfmon,cap_sys_resource,cap_dac_read_search,cap_sys_admin=ep tracer"}
	}
	if _, err := os.Stat(btfFile); err != nil {
		return &Unsupported{What: "this kernel has no BTF (" + btfFile + ")",
			Remedy: "use a distribution kernel, or build one with CONFIG_DEBUG_INFO_BTF=y", Err: err}
	}
	if major, minor := kernelVersion(); major < 5 || major == 5 && minor < 15 {
		return &Unsupported{What: fmt.Sprintf("Linux %d.%d is too old", major, minor), Remedy: "use Linux 5.15 or later"}
	}
	if mode := Lockdown(); mode == "confidentiality" {
		return &Unsupported{What: "kernel lockdown is in confidentiality mode, which forbids BPF programs to read kernel memory",
			Remedy: "boot with lockdown=integrity or without Secure Boot's confidentiality lockdown"}
	}
	return nil
}

// explain adds the remedy to what the kernel refused.
func explain(err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return &Unsupported{What: "the kernel refused: " + firstLine(err),
			Remedy: "run it as root; in a container allow bpf and perf_event_open (CAP_BPF, CAP_PERFMON, seccomp); tracer doctor shows what works", Err: err}
	case errors.Is(err, os.ErrNotExist):
		return &Unsupported{What: "this kernel lacks a hook: " + firstLine(err), Remedy: "tracer doctor shows what it offers", Err: err}
	}
	return err
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// missingCapabilities names those of the needed capabilities that this process lacks; none for root.
func missingCapabilities() []string {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return nil // then the kernel itself shall refuse
	}
	effective := uint64(data[0].Effective) | uint64(data[1].Effective)<<32
	has := func(capability int) bool { return effective&(1<<capability) != 0 }
	if has(unix.CAP_SYS_ADMIN) {
		return nil
	}
	var missing []string
	for _, c := range []struct {
		number int
		name   string
	}{{unix.CAP_BPF, "CAP_BPF"}, {unix.CAP_PERFMON, "CAP_PERFMON"}} {
		if !has(c.number) {
			missing = append(missing, c.name)
		}
	}
	return missing
}

// Lockdown gives the mode of the kernel's lockdown: none, integrity or confidentiality; empty when the kernel has none.
func Lockdown() string {
	text, err := os.ReadFile(lockdownFile)
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(text), "[")
	mode, _, _ := strings.Cut(rest, "]")
	return mode
}

func kernelVersion() (major, minor int) {
	_, _ = fmt.Sscanf(KernelRelease(), "%d.%d", &major, &minor)
	return major, minor
}

// KernelRelease is what uname -r prints.
func KernelRelease() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}
