package probes

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// opened tells of files whether anybody has opened them since they were watched: who loads an extension module opens
// it. The zero value watches none.
type opened struct {
	notes   int // of inotify(7); 0: none yet
	watches map[fileID]int32
	seen    map[int32]bool
}

// watch begins to watch a file. Of one that cannot be watched it is taken for sure that it was opened.
func (o *opened) watch(path string) {
	if o.watches == nil {
		o.watches, o.seen = map[fileID]int32{}, map[int32]bool{}
	}
	id := identify(path)
	if _, known := o.watches[id]; known || id == (fileID{}) {
		return
	}
	o.watches[id] = -1
	if o.notes == 0 {
		notes, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			return
		}
		o.notes = notes
	}
	if w, err := unix.InotifyAddWatch(o.notes, path, unix.IN_OPEN|unix.IN_ONESHOT); err == nil {
		o.watches[id] = int32(w)
	}
}

// was reports whether a file was opened by the last read, as far as it was watched.
func (o *opened) was(id fileID) bool {
	w, watched := o.watches[id]
	if !watched {
		return true
	}
	return w < 0 || o.seen[w]
}

// read takes in what inotify tells: records that begin with the watch, and end with a name of so many bytes.
func (o *opened) read() {
	for buffer := make([]byte, 4096); o.notes != 0; {
		n, err := unix.Read(o.notes, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		for r := buffer[:n]; len(r) >= unix.SizeofInotifyEvent; {
			o.seen[int32(binary.NativeEndian.Uint32(r))] = true
			r = r[min(len(r), unix.SizeofInotifyEvent+int(binary.NativeEndian.Uint32(r[12:]))):]
		}
	}
}

func (o *opened) close() error {
	if o.notes == 0 {
		return nil
	}
	return unix.Close(o.notes)
}
