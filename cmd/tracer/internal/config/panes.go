package config

import (
	"encoding/json"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"tracer/viewer"
)

// PanesPath is where the panes of the screen are remembered, by the XDG Base Directory Specification; "": nowhere.
func PanesPath(getenv func(string) string) string {
	return ours(getenv, "XDG_STATE_HOME", filepath.Join(".local", "state"), "panes.json")
}

// Panes are those that are remembered in a file. What cannot be read, or is not what RememberPanes wrote, counts as
// nothing: it is worth no message.
func Panes(path string) (p viewer.Panes) {
	about, err := os.Stat(path)
	if err != nil || !about.Mode().IsRegular() {
		return p
	}
	document, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(document, &p) != nil || p.Split < -1000 || p.Split > 1000 {
		return viewer.Panes{}
	}
	return p
}

// RememberPanes writes them into a file, if it can. In the home of another user, which sudo may leave us, it does not:
// a folder there that is root's would be in that user's way.
func RememberPanes(path string, p viewer.Panes) {
	if path == "" || !inOwn(filepath.Dir(path)) {
		return
	}
	document, err := json.Marshal(p)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(path), "panes")
	if err != nil {
		return
	}
	_, err = f.Write(append(document, '\n'))
	if f.Close() != nil || err != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name())
	}
}

// inOwn reports whether a folder, or the one in which it would be made, is the user's own.
func inOwn(folder string) bool {
	var about unix.Stat_t
	for unix.Stat(folder, &about) == unix.ENOENT && folder != filepath.Dir(folder) {
		folder = filepath.Dir(folder)
	}
	return int(about.Uid) == os.Geteuid()
}
