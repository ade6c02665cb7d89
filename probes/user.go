package probes

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// User is who the launched program runs as. A nil User changes nothing.
type User struct {
	Name   string
	Home   string
	UID    int
	GID    int
	Groups []int
}

// SudoUser is who called sudo, nil when nobody did or when root did.
func SudoUser() (*User, error) {
	uid := os.Getenv("SUDO_UID")
	if uid == "" || uid == "0" || os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.LookupId(uid)
	if err != nil {
		return nil, fmt.Errorf("look up the user who called sudo (SUDO_UID=%s): %w", uid, err)
	}
	return userOf(u)
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
	ids, err := u.GroupIds()
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

// environment gives the environment of tracer as this user's own: sudo's variables go, the user's come back.
func (u *User) environment(of []string) []string {
	if u == nil {
		return of
	}
	env := make([]string, 0, len(of)+4)
	for _, v := range of {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "HOME", "USER", "LOGNAME", "MAIL", "SUDO_USER", "SUDO_UID", "SUDO_GID", "SUDO_COMMAND":
		default:
			env = append(env, v)
		}
	}
	return append(env, "HOME="+u.Home, "USER="+u.Name, "LOGNAME="+u.Name)
}

// become gives up root for this user, on all threads: groups first, the user last, for then it can no longer.
func (u *User) become() error {
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
