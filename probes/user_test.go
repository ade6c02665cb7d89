package probes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestAs: files are opened with the user's rights, also those of his groups, and by no other thread; then tracer has
// its own again.
func TestAs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can take the rights of others")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dir := t.TempDir()
	for path := dir; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const uid, gid, group = 64321, 64322, 64323
	folder := func(name string, uid, gid int, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chown(path, uid, gid), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGURG), 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0)
	before := credentials(t)
	u := &User{Name: "somebody", UID: uid, GID: gid, Groups: []int{gid, group}}
	for _, test := range []struct {
		folder string
		want   error
	}{
		{folder("of-root", 0, 0, 0o755), fs.ErrPermission},
		{folder("of-roots-group", 0, 0, 0o770), fs.ErrPermission},
		{folder("own", uid, 0, 0o700), nil},
		{folder("of-the-group", 0, gid, 0o770), nil},
		{folder("of-another-group", 0, group, 0o770), nil},
		{folder("of-no-group-of-his", 0, 64324, 0o770), fs.ErrPermission},
	} {
		path := filepath.Join(test.folder, "file")
		err := u.As(func() error {
			f, err := os.Create(path)
			if err == nil {
				f.Close()
			}
			return err
		})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.folder, err, test.want)
		}
		if info, err := os.Stat(path); err == nil {
			if s := info.Sys().(*syscall.Stat_t); s.Uid != uid || s.Gid != gid {
				t.Errorf("%s belongs to %d:%d", path, s.Uid, s.Gid)
			}
		}
	}
	var inside string
	_ = u.As(func() error { inside = credentials(t); return nil })
	if inside == before || !strings.Contains(inside, "64321") {
		t.Errorf("inside %s", inside)
	}
	if after := credentials(t); after != before {
		t.Errorf("before\n%safter\n%s", before, after)
	}
	var death int32
	if err := unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&death)), 0, 0, 0); err != nil ||
		death != int32(unix.SIGURG) {
		t.Errorf("the death signal became %d, %v", death, err)
	}
	var nobody *User
	if err := nobody.As(func() error { return fs.ErrExist }); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
}

// credentials are those of all threads, each once.
func credentials(t *testing.T) string {
	t.Helper()
	threads, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(threads) == 0 {
		t.Fatal("no threads", err)
	}
	all := ""
	for _, thread := range threads {
		status, _ := os.ReadFile(thread)
		kept := ""
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "Uid:") || strings.HasPrefix(line, "Gid:") ||
				strings.HasPrefix(line, "Groups:") || strings.HasPrefix(line, "CapEff:") {
				kept += line
			}
		}
		if !strings.Contains(all, kept) {
			all += kept
		}
	}
	return all
}
