package probes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// User is who the launched program runs as. A nil User changes nothing.
type User struct {
	Name   string
	Home   string
	UID    int
	GID    int
	Groups []int
}

// callers says in which variable a program that runs others as root tells for whom.
var callers = []struct {
	program, variable string
	lookup            func(string) (*user.User, error)
}{
	{"sudo", "SUDO_UID", user.LookupId}, {"doas", "DOAS_USER", user.Lookup}, {"pkexec", "PKEXEC_UID", user.LookupId},
}

// Caller is the user who called sudo, doas or pkexec, nil when nobody did or when root did.
func Caller() (*User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, c := range callers {
		key := os.Getenv(c.variable)
		if key == "" {
			continue
		}
		u, err := c.lookup(key)
		if err != nil {
			u, err = fromServices(key, err)
		}
		if err != nil {
			return nil, fmt.Errorf("look up the user who called %s (%s=%s): %w", c.program, c.variable, key, err)
		}
		if u.Uid == "0" {
			return nil, nil
		}
		return userOf(u)
	}
	return nil, nil
}

// fromServices looks a user up where only the C library's name services know him, as those of a network. It returns the
// error that it is told when they do not, either.
func fromServices(key string, unknown error) (*user.User, error) {
	line, err := exec.Command("getent", "passwd", "--", key).Output()
	fields := strings.Split(strings.TrimSpace(string(line)), ":")
	if err != nil || len(fields) != 7 {
		return nil, unknown
	}
	return &user.User{Username: fields[0], Uid: fields[2], Gid: fields[3], HomeDir: fields[5]}, nil
}

func userOf(u *user.User) (*User, error) {
	result := &User{Name: u.Username, Home: u.HomeDir}
	var err error
	if result.UID, err = strconv.Atoi(u.Uid); err != nil {
		return nil, fmt.Errorf("user id of %s: %w", u.Username, err)
	}
	if result.GID, err = strconv.Atoi(u.Gid); err != nil {
		return nil, fmt.Errorf("group id of %s: %w", u.Username, err)
	}
	ids, err := groupsOf(u)
	if err != nil {
		return nil, fmt.Errorf("groups of %s: %w", u.Username, err)
	}
	for _, id := range ids {
		n, err := strconv.Atoi(id)
		if err != nil {
			return nil, fmt.Errorf("group id %q of %s: %w", id, u.Username, err)
		}
		result.Groups = append(result.Groups, n)
	}
	return result, nil
}

// groupsOf asks id, which knows all name services as the C library does. Go without cgo reads /etc/group only.
func groupsOf(u *user.User) ([]string, error) {
	if ids, err := exec.Command("id", "-G", "--", u.Username).Output(); err == nil {
		return strings.Fields(string(ids)), nil
	}
	return u.GroupIds()
}

// environment returns the environment of tracer as this user's own: the variables of sudo and the like go, the user's
// come back.
func (u *User) environment(of []string) []string {
	if u == nil {
		return of
	}
	env := make([]string, 0, len(of)+4)
	for _, v := range of {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "HOME", "USER", "LOGNAME", "MAIL", "SUDO_USER", "SUDO_UID", "SUDO_GID", "SUDO_COMMAND", "SUDO_HOME",
			"DOAS_USER",
			"PKEXEC_UID":
		default:
			env = append(env, v)
		}
	}
	return append(env, "HOME="+u.Home, "USER="+u.Name, "LOGNAME="+u.Name)
}

// Become drops root for this user, on all threads: groups first, the user last, for then it can no longer.
func (u *User) Become() error {
	if u == nil {
		return nil
	}
	if err := syscall.Setgroups(u.Groups); err != nil {
		return fmt.Errorf("take the groups of %s: %w", u.Name, err)
	}
	if err := syscall.Setgid(u.GID); err != nil {
		return fmt.Errorf("take the group of %s: %w", u.Name, err)
	}
	if err := syscall.Setuid(u.UID); err != nil {
		return fmt.Errorf("become %s: %w", u.Name, err)
	}
	return nil
}

// As calls f with this user's rights on files and without root's: what f opens, makes or removes it does as the user. f
// must stay on its goroutine. A nil User changes nothing.
func (u *User) As(f func() error) (err error) {
	if u == nil {
		return f()
	}
	runtime.LockOSThread() // the ids of files are a thread's
	own := fileRights{uid: os.Geteuid(), gid: os.Getegid()}
	if own.groups, err = syscall.Getgroups(); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("read tracer's groups: %w", err)
	}
	var death int32 // a change of these ids drops it (kernel/cred.c, commit_creds)
	_ = unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&death)), 0, 0, 0)
	defer func() {
		if failure := own.take(); failure != nil { // no other goroutine is to have this thread
			err = errors.Join(err, fmt.Errorf("take back tracer's rights on files: %w", failure))
			return
		}
		_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(death), 0, 0, 0)
		runtime.UnlockOSThread()
	}()
	if err := (fileRights{u.UID, u.GID, u.Groups}).take(); err != nil {
		return fmt.Errorf("take the rights of %s on files: %w", u.Name, err)
	}
	return f()
}

// fileRights are what decides on a thread's rights on files. With the user id the capabilities on files come and go,
// too (capabilities(7)).
type fileRights struct {
	uid, gid int
	groups   []int
}

func (r fileRights) take() error {
	groups := make([]uint32, len(r.groups)+1) // of one at least, for its address
	for i, id := range r.groups {
		groups[i] = uint32(id)
	}
	// Not by package syscall, which does it on all threads.
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(r.groups)), uintptr(unsafe.Pointer(&groups[0])),
		0); errno != 0 {
		return errno
	}
	for _, set := range []struct {
		call uintptr
		id   int
	}{{unix.SYS_SETFSGID, r.gid}, {unix.SYS_SETFSUID, r.uid}} {
		unix.RawSyscall(set.call, uintptr(set.id), 0, 0) // it tells the id before, not whether it could
		if now, _, _ := unix.RawSyscall(set.call, ^uintptr(0), 0, 0); int(now) != set.id {
			return unix.EPERM
		}
	}
	return nil
}

// BecomeCaller drops for good what the caller has not: root, for who called sudo or the like, and what tracer's file
// was given. What needs nothing of root must not do with root's rights what its caller could not.
func BecomeCaller() error {
	caller, err := Caller()
	if err != nil {
		return err
	}
	if err := caller.Become(); err != nil {
		return err
	}
	return GiveUp()
}
