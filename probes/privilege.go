package probes

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"

	"tracer/words"
)

// A file that was given capabilities (setcap) gives them to whoever executes it. They are for the probes alone: by
// CAP_DAC_READ_SEARCH a server of tracer's would serve every file to everybody, and tracer itself would look into any
// for its caller. So they take effect only on the thread that works on the probes, while it does; when the last probe
// is attached, or at once in what attaches none, they are given up for good.

// capabilities is a set of them; bit n is the capability with the number n.
type capabilities uint64

func (c capabilities) has(number int) bool { return c&(1<<number) != 0 }

// privilege is the capabilities of a thread.
type privilege struct{ effective, permitted, inheritable capabilities }

// ownPrivilege reads those of this thread.
func ownPrivilege() (privilege, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return privilege{}, fmt.Errorf("read the capabilities: %w", err)
	}
	join := func(low, high uint32) capabilities { return capabilities(low) | capabilities(high)<<32 }
	return privilege{join(data[0].Effective, data[1].Effective), join(data[0].Permitted, data[1].Permitted),
		join(data[0].Inheritable, data[1].Inheritable)}, nil
}

func (p privilege) data() [2]unix.CapUserData {
	return [2]unix.CapUserData{
		{Effective: uint32(p.effective), Permitted: uint32(p.permitted), Inheritable: uint32(p.inheritable)},
		{Effective: uint32(p.effective >> 32), Permitted: uint32(p.permitted >> 32),
			Inheritable: uint32(p.inheritable >> 32)},
	}
}

// takeHere makes it that of this thread.
func (p privilege) takeHere() error {
	header, data := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, p.data()
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("set the capabilities: %w", err)
	}
	return nil
}

// takeEverywhere makes it that of all threads. The kernel knows only threads, and Go moves its goroutines between them.
func (p privilege) takeEverywhere() error {
	header, data := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, p.data()
	return onAllThreads("set the capabilities", unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)),
		uintptr(unsafe.Pointer(&data)))
}

//go:uintptrescapes

func onAllThreads(act string, call, arg1, arg2 uintptr) error {
	if _, _, errno := psx.Syscall6(call, arg1, arg2, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("%s on all threads: %w", act, errno)
	}
	return nil
}

// lent reports whether the capabilities come from the file that was executed. Those that a caller who is not root has
// himself are ambient, and the execution of a file with capabilities clears the ambient set (cap_bprm_creds_from_file
// in security/commoncap.c).
func (p privilege) lent() bool {
	if os.Geteuid() == 0 {
		return false
	}
	for number := 0; p.permitted>>number != 0; number++ {
		if !p.permitted.has(number) {
			continue
		}
		if set, err := unix.PrctlRetInt(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_IS_SET, uintptr(number), 0,
			0); err != nil || set != 1 {
			return true
		}
	}
	return false
}

// lasting are the capabilities that a trace needs to its end. Before Linux 5.19 every use of bpf(2) wants CAP_BPF where
// unprivileged users may not load programs, then only loading and making do (c8644cd0efe7, "bpf: refine
// kernel.unprivileged_bpf_disabled behaviour").
func lasting() capabilities {
	if kernel, _ := Uname(); olderThan(kernel, 5, 19) {
		return 1 << unix.CAP_BPF
	}
	return 0
}

// SetAside keeps capabilities that the file of tracer was given from taking effect, until withPrivilege wants them. It
// is to be called before all else.
func SetAside() error {
	if os.Geteuid() != os.Getuid() {
		return &Unsupported{Problem: func(l *words.Language) words.Problem { return l.Problems.SetUserID(Self()) }}
	}
	p, err := ownPrivilege()
	if err != nil || !p.lent() {
		return err
	}
	p.effective = p.permitted & lasting()
	return p.takeEverywhere()
}

// withPrivilege runs f on a thread on which the capabilities that were set aside take effect. Threads that Go starts
// meanwhile do not get them: it does not clone a thread that is locked.
func withPrivilege(f func() error) error {
	before, err := ownPrivilege()
	if err != nil || before.effective == before.permitted {
		return errors.Join(err, f())
	}
	runtime.LockOSThread()
	raised := before
	raised.effective = raised.permitted
	if err := raised.takeHere(); err != nil {
		return err // and the thread stays locked
	}
	err = f()
	if err := before.takeHere(); err != nil {
		panic(err) // capset(2) refuses more, never less
	}
	runtime.UnlockOSThread()
	return err
}

// giveUpLent drops for good what tracer's file was given, but for what is kept.
func giveUpLent(keep capabilities) error {
	p, err := ownPrivilege()
	if err != nil || !p.lent() {
		return err
	}
	p.permitted &= keep
	p.effective = p.permitted
	return p.takeEverywhere()
}

// GiveUp drops for good what tracer's file was given, in this process and in all that it starts: a server executes
// this file again for its children.
func GiveUp() error {
	p, err := ownPrivilege()
	if err != nil || !p.lent() {
		return err
	}
	if err := onAllThreads("set no_new_privs", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return err
	}
	return giveUpLent(0)
}
