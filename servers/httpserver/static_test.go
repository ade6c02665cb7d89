package httpserver

import (
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// modified is the time of every file in a test's folder, with a fraction that Last-Modified cannot show.
var modified = time.Date(2020, 2, 29, 12, 30, 45, 987654321, time.UTC)

const modifiedText = "Sat, 29 Feb 2020 12:30:45 GMT"

// tree makes a folder beside a secret, with what can be in a folder.
func tree(t *testing.T) string {
	t.Helper()
	top := t.TempDir()
	root := filepath.Join(top, "root")
	for name, content := range map[string]string{
		"secret.txt":            "secret",
		"root/a.txt":            "0123456789",
		"root/empty":            "",
		"root/b c.HTML":         "<p>",
		"root/.hidden":          "h",
		"root/\xff.txt":         "raw",
		"root/<&\">.txt":        "html",
		"root/a:b":              "colon",
		"root/back\\slash":      "never",
		"root/dir/index.html":   "index",
		"root/bare/x":           "x",
		"root/odd/index.html/y": "the index is a directory",
		"root/big.bin":          strings.Repeat("0123456789abcdef", 20<<10),
	} {
		path := write(t, top, name, content)
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"in":       "a.txt",
		"dir/up":   "../a.txt",
		"out":      "../secret.txt",
		"far":      filepath.Join(top, "secret.txt"),
		"absolute": filepath.Join(root, "a.txt"),
		"outdir":   "..",
		"self":     "self",
		"dangling": "nowhere",
		"proc":     "/proc/self/root/etc/passwd",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(root, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestStatic is the table of paths and what they lead to.
func TestStatic(t *testing.T) {
	root := tree(t)
	const big = 320 << 10
	table := []struct {
		path string
		want want
	}{
		{"/a.txt", want{200, "0123456789", false, "Content-Type: text/plain; charset=utf-8"}},
		{"/a.txt?x", want{200, "0123456789", false, "Last-Modified: " + modifiedText}},
		{"//a.txt", want{200, "0123456789", false, "Accept-Ranges: bytes"}},
		{"/%61.txt", want{200, "0123456789", false, "X-Content-Type-Options: nosniff"}},
		{"/dir/../a.txt", want{200, "0123456789", false, ""}},
		{"/empty", want{200, "", false, "Content-Type: application/octet-stream"}},
		{"/b%20c.HTML", want{200, "<p>", false, "Content-Type: text/html; charset=utf-8"}},
		{"/.hidden", want{200, "h", false, ""}},
		{"/%ff.txt", want{200, "raw", false, ""}},
		{"/a:b", want{200, "colon", false, ""}},
		{"/big.bin", want{200, strings.Repeat("0123456789abcdef", 20<<10), false, "Content-Length: 327680"}},
		{"/in", want{200, "0123456789", false, "Content-Type: application/octet-stream"}},
		{"/dir/up", want{200, "0123456789", false, ""}},

		{"/dir/", want{200, "index", false, "Content-Type: text/html; charset=utf-8"}},
		{"/dir", want{301, "", false, "Location: /dir/"}},
		{"/dir?a=b", want{301, "", false, "Location: /dir/?a=b"}},
		{"//dir", want{301, "", false, "Location: /dir/"}},
		{"//evil.com/../dir", want{301, "", false, "Location: /dir/"}},
		{"http://evil.com/dir", want{301, "", false, "Location: /dir/"}},
		{"/", want{403, "*", false, ""}},
		{"/bare/", want{403, "*", false, ""}},
		{"/odd/", want{403, "*", false, ""}},
		{"/odd/index.html", want{301, "", false, "Location: /odd/index.html/"}},

		{"/none", want{404, "*", false, "-Last-Modified"}},
		{"/none/", want{404, "*", false, ""}},
		{"/a.txt/", want{404, "*", false, ""}},
		{"/a.txt/x", want{404, "*", false, ""}},
		{"/" + strings.Repeat("x", 300), want{404, "*", false, ""}},
		{"/dangling", want{404, "*", false, ""}},
		{"/self", want{404, "*", false, ""}},
		{"/fifo", want{403, "*", false, ""}},

		{"/../secret.txt", want{404, "*", false, ""}},
		{"/%2e%2e/secret.txt", want{404, "*", false, ""}},
		{"/..%2fsecret.txt", want{404, "*", false, ""}},
		{"/%2e%2e%2fsecret.txt", want{404, "*", false, ""}},
		{"/dir/..%2f..%2fsecret.txt", want{404, "*", false, ""}},
		{"/%252e%252e/secret.txt", want{404, "*", false, ""}},
		{"/..%5csecret.txt", want{404, "*", false, ""}},
		{`/..\secret.txt`, want{404, "*", false, ""}},
		{`/back\slash`, want{404, "*", false, ""}},
		{"/a.txt%00.html", want{400, "*", true, ""}},
		{"/.../secret.txt", want{404, "*", false, ""}},
		{"/%c0%ae%c0%ae/secret.txt", want{404, "*", false, ""}},
		{"//evil.com/..%2f", want{404, "*", false, "-Location"}},
		{"//evil.com/..%2f../dir", want{404, "*", false, "-Location"}},
		{"/%2fevil.com/", want{404, "*", false, "-Location"}},
		{`/\evil.com/dir`, want{404, "*", false, "-Location"}},
		{"/out", want{403, "*", false, ""}},
		{"/far", want{403, "*", false, ""}},
		{"/absolute", want{403, "*", false, ""}},
		{"/outdir", want{403, "*", false, ""}},
		{"/outdir/secret.txt", want{403, "*", false, ""}},
		{"/outdir/root/a.txt", want{403, "*", false, ""}},
		{"/proc", want{403, "*", false, ""}},
	}
	onBoth(t, func(t *testing.T) *Site {
		site := newSite(t, Options{})
		static(t, site, "/", root, FolderOptions{})
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		for _, c := range table {
			const rest = " HTTP/1.1\r\nHost: h\r\n\r\n"
			t.Run(c.path, func(t *testing.T) {
				checkAnswers(t, answers(t, talk(t, dial(), "GET "+c.path+rest)), []want{c.want})
				headed := c.want
				headed.body = ""
				checkAnswers(t, answers(t, talk(t, dial(), "HEAD "+c.path+rest), "HEAD"), []want{headed})
			})
		}
		checkAnswers(t, answers(t, talk(t, dial(), "POST /a.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")),
			[]want{{405, "*", false, "Allow: GET, HEAD, OPTIONS"}})
	})
	if size := int64(big); size != 327680 {
		t.Fatal("the table's length is wrong")
	}
}

// TestForbiddenFile: who may not read a file says 403. Root may read everything, so the test must not be root.
func TestForbiddenFile(t *testing.T) {
	root := t.TempDir()
	if err := os.Chmod(write(t, root, "locked", "x"), 0); err != nil {
		t.Fatal(err)
	}
	folder, err := OpenFolder(root, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	err = asNobody(func() error {
		fd, err := folder.open("locked")
		if err == nil {
			_ = unix.Close(fd)
		}
		return openError(err)
	})
	if status, ok := err.(*StatusError); !ok || status.Code != 403 {
		t.Errorf("a file without permissions: %v", err)
	}
}

// TestConditions: what makes an answer conditional, for a file and a page.
func TestConditions(t *testing.T) {
	root := tree(t)
	const earlier, later = "Sat, 29 Feb 2020 12:30:44 GMT", "Sat, 29 Feb 2020 13:30:45 GMT"
	whole := want{200, "0123456789", false, "Last-Modified: " + modifiedText}
	same := want{304, "", false, "Last-Modified: " + modifiedText}
	changed := want{412, "*", false, "-Last-Modified"}
	table := []struct {
		name, lines string
		want        want
	}{
		{"since", "If-Modified-Since: " + modifiedText, same},
		{"since, old form", "If-Modified-Since: Saturday, 29-Feb-20 12:30:45 GMT", same},
		{"since, oldest form", "If-Modified-Since: Sat Feb 29 12:30:45 2020", same},
		{"since later", "If-Modified-Since: " + later, same},
		{"since earlier", "If-Modified-Since: " + earlier, whole},
		{"since nonsense", "If-Modified-Since: today", whole},
		{"none match hides since", "If-Modified-Since: " + modifiedText + "\r\nIf-None-Match: *", whole},
		{"unmodified since", "If-Unmodified-Since: " + modifiedText, whole},
		{"unmodified since earlier", "If-Unmodified-Since: " + earlier, changed},
		{"match any", "If-Match: *\r\nIf-Unmodified-Since: " + earlier, whole},
		{"match a tag", "If-Match: \"x\"", changed},
		{"range", "Range: bytes=2-4", want{206, "234", false, "Content-Range: bytes 2-4/10"}},
		{"range to the end", "Range: bytes=7-", want{206, "789", false, "Content-Range: bytes 7-9/10"}},
		{"suffix", "Range: bytes=-2", want{206, "89", false, "Content-Range: bytes 8-9/10"}},
		{"suffix beyond", "Range: bytes=-20", want{206, "0123456789", false, "Content-Range: bytes 0-9/10"}},
		{"range beyond", "Range: bytes=10-", want{416, "*", false, "Content-Range: bytes */10"}},
		{"two ranges", "Range: bytes=0-1,4-5", whole},
		{"other unit", "Range: lines=0-1", whole},
		{"backwards", "Range: bytes=4-2", whole},
		{"range if the same", "Range: bytes=2-4\r\nIf-Range: " + modifiedText, want{206, "234", false, ""}},
		{"range if another", "Range: bytes=2-4\r\nIf-Range: " + earlier, whole},
		{"range if a tag", "Range: bytes=2-4\r\nIf-Range: \"x\"", whole},
		{"range of what is the same", "Range: bytes=2-4\r\nIf-Modified-Since: " + modifiedText, same},
	}
	onBoth(t, func(t *testing.T) *Site {
		site := newSite(t, Options{})
		static(t, site, "/", root, FolderOptions{})
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		for _, c := range table {
			t.Run(c.name, func(t *testing.T) {
				checkAnswers(t, answers(t, talk(t, dial(), "GET /a.txt HTTP/1.1\r\nHost: h\r\n"+c.lines+"\r\n\r\n")),
					[]want{c.want})
			})
		}
		part := "GET /big.bin HTTP/1.1\r\nHost: h\r\nRange: bytes=100000-299999\r\n\r\n"
		got := answers(t, talk(t, dial(), part+part))
		for _, a := range got {
			if a.status != 206 || len(a.body) != 200000 || a.body[:16] != "0123456789abcdef" {
				t.Errorf("a long part: %d, %d bytes", a.status, len(a.body))
			}
		}
		if len(got) != 2 {
			t.Errorf("%d answers", len(got))
		}
		headed := answers(t, talk(t, dial(), "HEAD /a.txt HTTP/1.1\r\nHost: h\r\nRange: bytes=2-4\r\n\r\n"), "HEAD")
		checkAnswers(t, headed, []want{{200, "", false, "Content-Length: 10"}})
	})
}

// TestListing: every name in it leads to its file, and none is markup.
func TestListing(t *testing.T) {
	root := tree(t)
	onBoth(t, func(t *testing.T) *Site {
		site := newSite(t, Options{})
		static(t, site, "/files/", root, FolderOptions{Listing: true, Index: "main.html"})
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		page := answers(t, talk(t, dial(), "GET /files/ HTTP/1.1\r\nHost: h\r\n\r\n"))
		if len(page) != 1 || page[0].status != 200 || page[0].header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%+v", page)
		}
		for _, line := range []string{
			`<li><a href="a.txt">a.txt</a></li>`,
			`<li><a href="b%20c.HTML">b c.HTML</a></li>`,
			`<li><a href="dir/">dir/</a></li>`,
			`<li><a href="%FF.txt">` + "\uFFFD" + `.txt</a></li>`,
			`<li><a href="%3C%26%22%3E.txt">&lt;&amp;&#34;&gt;.txt</a></li>`,
			`<li><a href="a%3Ab">a:b</a></li>`,
			`<h1>Listing of /files/</h1>`,
		} {
			if !strings.Contains(page[0].body, line) {
				t.Errorf("the listing lacks %s:\n%s", line, page[0].body)
			}
		}
		for _, part := range strings.Split(page[0].body, `href="`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			got := answers(t, talk(t, dial(), "GET /files/"+name+" HTTP/1.1\r\nHost: h\r\n\r\n"))
			if links := "self dangling out far absolute outdir proc fifo"; strings.Contains(links, name) {
				continue
			}
			if len(got) != 1 || got[0].status != 200 {
				t.Errorf("the link %s leads to %+v", name, got)
			}
		}
		checkAnswers(t, answers(t, talk(t, dial(), "GET /files HTTP/1.1\r\nHost: h\r\n\r\n")),
			[]want{{404, "*", false, ""}})
	})
}

// TestFileChanges: a file that shrinks while it is sent ends the connection, it is not padded; one that is replaced is
// served anew.
func TestFileChanges(t *testing.T) {
	root := t.TempDir()
	path := write(t, root, "shrinks", strings.Repeat("x", 1<<20))
	onBoth(t, func(t *testing.T) *Site {
		site := newSite(t, Options{ErrorLog: log.New(io.Discard, "", 0)})
		site.Handle("GET", "/", func(w *Response, r *Request) error {
			fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			w.sendFile(fd, 0, 2<<20)
			return nil
		})
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		stream := talk(t, dial(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if _, err := readAnswer(newReader(strings.NewReader(string(stream))), nil); err == nil {
			t.Error("a cut file seems complete")
		}
	})
}

func TestOpenFolderRefuses(t *testing.T) {
	for name, path := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "none"),
		"a file":  write(t, t.TempDir(), "file", ""),
	} {
		if folder, err := OpenFolder(path, FolderOptions{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", name, folder, err)
		}
	}
}

// TestDescriptors: whatever is asked for, no descriptor stays open.
func TestDescriptors(t *testing.T) {
	root := tree(t)
	site := newSite(t, Options{})
	static(t, site, "/", root, FolderOptions{Listing: true})
	paths := []string{"/a.txt", "/big.bin", "/dir", "/dir/", "/bare/", "/odd/", "/none", "/fifo", "/out", "/a.txt/",
		"/"}
	ask := func() {
		for _, path := range paths {
			for _, lines := range []string{"", "Range: bytes=0-1\r\n", "Range: bytes=9999999-\r\n", "If-Match: x\r\n",
				"If-Modified-Since: " + modifiedText + "\r\n"} {
				for _, method := range []string{"GET", "HEAD"} {
					site.serve(&textWire{text: []byte(method + " " + path + " HTTP/1.1\r\nHost: h\r\n" + lines +
						"\r\n"), step: 4096}, nil)
				}
			}
		}
	}
	ask()
	before := openDescriptors(t)
	for range 3 {
		ask()
	}
	if after := openDescriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
