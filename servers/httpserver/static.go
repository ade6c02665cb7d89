package httpserver

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// FolderOptions change how a folder is served. The zero value is the safe one.
type FolderOptions struct {
	Listing bool   // a directory without an index page is shown as a list of links, instead of 403
	Index   string // name of the index page; "index.html" unless set
}

// Folder serves the files below a directory. Nothing outside can be named: the kernel itself resolves each path beneath
// the directory (openat2(2) with RESOLVE_BENEATH, Linux 5.6), so neither ".." nor a symbolic link leads out, nor a link
// that is put there between a check and its use. A link that stays inside is followed if it is relative.
type Folder struct {
	fd      int
	listing bool
	index   string
}

// inlineFile is the size in bytes up to which a file is read and sent together with the head, for one call less than
// sendfile needs.
const inlineFile = 64 << 10

// OpenFolder opens the directory that a Folder serves. The error says what is wrong with the directory, or that the
// kernel cannot confine a path to it.
func OpenFolder(path string, o FolderOptions) (*Folder, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", &os.PathError{Op: "open", Path: path, Err: err})
	}
	f := &Folder{fd: fd, listing: o.Listing, index: o.Index}
	if f.index == "" {
		f.index = "index.html"
	}
	probe, err := f.open(".")
	if err == nil {
		err = unix.Close(probe)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("open folder: %w", &os.PathError{Op: "openat2", Path: path, Err: err})
	}
	return f, nil
}

// Close closes the directory. Requests for it must be over.
func (f *Folder) Close() error { return os.NewSyscallError("close", unix.Close(f.fd)) }

// Static serves a folder at the pattern, a path that ends with a slash. Pages are got (and headed); the rest is 405.
func (s *Site) Static(pattern string, f *Folder) {
	if !strings.HasSuffix(pattern, "/") {
		panic(fmt.Sprintf("static %q: the pattern must end with a slash", pattern))
	}
	s.Handle("GET", pattern, func(w *Response, r *Request) error { return f.answer(w, r, r.Path[len(pattern):]) })
}

// open opens what the name, relative to the folder, leads to. A FIFO is not waited for, a terminal not taken.
func (f *Folder) open(name string) (int, error) {
	how := unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS,
	}
	if name == "" {
		name = "."
	}
	for try := 0; ; try++ {
		fd, err := unix.Openat2(f.fd, name, &how)
		// EAGAIN: something was renamed while the kernel resolved a "..", which only a link can hold here.
		if (err != unix.EAGAIN || try == 10) && err != unix.EINTR {
			return fd, err
		}
	}
}

// answer serves the file or directory of that name, which is relative and clean, "" for the folder itself.
func (f *Folder) answer(w *Response, r *Request, name string) error {
	fd, stat, err := f.openStat(name)
	if err != nil {
		return openError(err)
	}
	slash := name == "" || strings.HasSuffix(name, "/")
	switch {
	case stat.Mode&unix.S_IFMT == unix.S_IFREG:
		return serveFile(w, r, name, fd, &stat)
	case stat.Mode&unix.S_IFMT != unix.S_IFDIR:
		_ = unix.Close(fd)
		return Error(403, "this is not a file")
	case !slash:
		_ = unix.Close(fd)
		w.Redirect(301, r.Path+"/", r.Query)
		return nil
	}
	return f.directory(w, r, name, fd)
}

// directory answers with the index page, or else with the list of what is there. It closes the descriptor.
func (f *Folder) directory(w *Response, r *Request, name string, fd int) error {
	page, stat, err := f.openStat(name + f.index)
	if err == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG {
		_ = unix.Close(fd)
		return serveFile(w, r, f.index, page, &stat)
	}
	if err == nil {
		_ = unix.Close(page)
	}
	if !f.listing {
		_ = unix.Close(fd)
		return Error(403, "this directory has no page, and its content is not shown")
	}
	return list(w, r, fd)
}

func (f *Folder) openStat(name string) (int, unix.Stat_t, error) {
	var stat unix.Stat_t
	fd, err := f.open(name)
	if err != nil {
		return -1, stat, err
	}
	if err := unix.Fstat(fd, &stat); err != nil {
		_ = unix.Close(fd)
		return -1, stat, err
	}
	return fd, stat, nil
}

// openError returns what the client may know. EXDEV is a link that leads out of the folder, ENXIO a socket or a FIFO.
func openError(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ENAMETOOLONG),
		errors.Is(err, unix.ELOOP):
		return Error(404, "nothing is here")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM), errors.Is(err, unix.EXDEV),
		errors.Is(err, unix.ENXIO):
		return Error(403, "this may not be read")
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE), errors.Is(err, unix.ENOMEM):
		return Error(503, "the server has too much to do")
	}
	return os.NewSyscallError("openat2", err)
}

// serveFile answers with an open file, or a part of it. The descriptor is closed with the response.
func serveFile(w *Response, r *Request, name string, fd int, stat *unix.Stat_t) error {
	w.sendFile(fd, 0, stat.Size)
	modified := time.Unix(stat.Mtim.Unix()).UTC().Truncate(time.Second)
	w.Header("Last-Modified", modified.Format(httpDate))
	status := precondition(r, modified)
	switch status {
	case 304:
		w.closeFile()
		w.Status(304)
		return nil
	case 412:
		return Error(412, "the file has changed")
	}
	w.Type(typeOf(name))
	w.Header("Accept-Ranges", "bytes")
	w.Header("X-Content-Type-Options", "nosniff")
	if err := chooseRange(w, r, modified, stat.Size); err != nil {
		return err
	}
	return inline(w)
}

// chooseRange narrows the answer to the part that the request asks for, if it asks for one. Several parts are answered
// with the whole, as is a part of a file that has changed since the client got the rest (RFC 9110, 14.2).
func chooseRange(w *Response, r *Request, modified time.Time, size int64) error {
	if r.Method != "GET" || !r.Header.Has("Range") {
		return nil
	}
	if since := r.Header.Get("If-Range"); since != "" {
		if t, ok := parseDate(since); !ok || !t.Equal(modified) {
			return nil
		}
	}
	first, last, kind := parseRange(r.Header.Get("Range"), size)
	switch kind {
	case rangeNone:
		return nil
	case rangeOutside:
		return &StatusError{Code: 416, Text: "the file is shorter",
			Fields: []Field{{"Content-Range", "bytes */" + strconv.FormatInt(size, 10)}}}
	}
	w.Status(206)
	w.Header("Content-Range", "bytes "+strconv.FormatInt(first, 10)+"-"+strconv.FormatInt(last,
		10)+"/"+strconv.FormatInt(size, 10))
	w.sendPart(first, last-first+1)
	return nil
}

// inline reads a small body into the buffer.
func inline(w *Response) error {
	if w.headOnly || w.file.n > inlineFile {
		return nil
	}
	n := int(w.file.n)
	if cap(w.body) < n {
		w.body = make([]byte, n)
	}
	w.body = w.body[:n]
	if _, err := preadFull(w.file.fd, w.body, w.file.offset); err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	w.closeFile()
	return nil
}

// precondition evaluates what makes an answer conditional (RFC 9110, 13.2.2): 304, 412, or 0 to go on. There are no
// entity tags here: If-Match can only hold for "*", and If-None-Match hides If-Modified-Since and else means the file
// is wanted.
func precondition(r *Request, modified time.Time) int {
	h := r.Header
	switch match := h.Get("If-Match"); {
	case match != "" && match != "*":
		return 412
	case match == "":
		if t, ok := parseDate(h.Get("If-Unmodified-Since")); ok && modified.After(t) {
			return 412
		}
	}
	if h.Has("If-None-Match") {
		return 0
	}
	if t, ok := parseDate(h.Get("If-Modified-Since")); ok && !modified.After(t) {
		return 304
	}
	return 0
}

// What a Range header asks for.
type rangeKind int

const (
	rangeNone    rangeKind = iota // nothing that this server knows: the whole is the answer
	rangePart                     // from first to last, both included
	rangeOutside                  // a part that does not exist
)

// parseRange parses "bytes=0-99", "bytes=100-" and "bytes=-100" against the size of a file.
func parseRange(value string, size int64) (first, last int64, kind rangeKind) {
	unit, ranges, ok := strings.Cut(value, "=")
	if !ok || !equalFold(trimBlanks(unit), "bytes") || strings.Contains(ranges, ",") {
		return 0, 0, rangeNone
	}
	from, to, ok := strings.Cut(trimBlanks(ranges), "-")
	if !ok || from == "" && to == "" {
		return 0, 0, rangeNone
	}
	first, last = 0, size-1
	var fromOK, toOK = true, true
	switch {
	case from == "":
		var suffix int64
		suffix, toOK = parsePosition(to)
		first = max(0, size-suffix)
	case to == "":
		first, fromOK = parsePosition(from)
	default:
		first, fromOK = parsePosition(from)
		last, toOK = parsePosition(to)
		if last < first {
			return 0, 0, rangeNone
		}
		last = min(last, size-1)
	}
	if !fromOK || !toOK {
		return 0, 0, rangeNone
	}
	if first >= size {
		return 0, 0, rangeOutside
	}
	return first, last, rangePart
}

// parsePosition parses digits. A number beyond what fits is far behind the end of any file.
func parsePosition(s string) (int64, bool) {
	n, err := parseLength(s)
	if err == errLongBody {
		return 1<<63 - 1, true
	}
	return n, err == nil
}
