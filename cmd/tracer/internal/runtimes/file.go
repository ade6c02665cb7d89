package runtimes

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Of an entry of /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst): the page is in memory or in swap, and it
// is still the file's.
const (
	pageThere  = 1<<63 | 1<<62
	pageOfFile = 1 << 61
	entrySize  = 8
)

// unmapOwnFile takes the code and the constants of the program's own file out of this process's memory: most were used
// once, as it began, or are there because the kernel maps 64 KiB around each page that is used. What is used again
// comes back from the page cache. Of writable memory nothing is touched, and a page that somebody else has written to
// stays: it can have a breakpoint, a uprobe's say.
func unmapOwnFile() error {
	file, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	pages, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return err
	}
	defer pages.Close()
	page := uint64(os.Getpagesize())
	for line := range strings.Lines(string(maps)) {
		var begin, end uint64
		var mode string
		if !strings.HasSuffix(line, " "+file+"\n") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%x-%x %s", &begin, &end, &mode); err != nil {
			return err
		}
		if mode != "r-xp" && mode != "r--p" {
			continue
		}
		entries := make([]byte, (end-begin)/page*entrySize)
		if _, err := pages.ReadAt(entries, int64(begin/page*entrySize)); err != nil {
			return err
		}
		for at := begin; at < end; entries = entries[entrySize:] { // the pages from begin on can go
			entry := binary.NativeEndian.Uint64(entries)
			at += page
			if written := entry&pageThere != 0 && entry&pageOfFile == 0; written {
				err = unmap(begin, at-page)
				begin = at
			} else if at == end {
				err = unmap(begin, end)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// unmap has the pages read from their file again when they are used.
func unmap(begin, end uint64) error {
	if begin == end {
		return nil
	}
	_, _, errno := unix.Syscall(unix.SYS_MADVISE, uintptr(begin), uintptr(end-begin), unix.MADV_DONTNEED)
	if errno != 0 {
		return errno
	}
	return nil
}
