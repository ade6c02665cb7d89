package httpd

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tracer/servers/httpserver"
)

// What CPython's Lib/test/test_httpservers.py (3.13) demands of http.server, demanded here, under its names. Where this
// server does better on purpose the case says "Python:" and what the original does. Not here: CGI, Windows and macOS
// paths, __all__, the command line, and test_header_buffering, which core tests show more strictly: head and body in
// one call.

// pythonSite has the methods of that file's handlers.
func pythonSite(t *testing.T) *httpserver.Site {
	site := httpserver.NewSite(httpserver.Options{})
	type (
		response = httpserver.Response
		request  = httpserver.Request
	)
	handle := func(method string, h httpserver.Handler) { site.Handle(method, "/", h) }
	handle("TEST", func(w *response, _ *request) error {
		w.Status(204)
		w.Type("text/html")
		w.Header("Connection", "close")
		return nil
	})
	handle("KEEP", func(w *response, _ *request) error {
		w.Status(204)
		w.Header("Connection", "keep-alive")
		return nil
	})
	handle("KEYERROR", func(*response, *request) error { return httpserver.Error(999, "") })
	handle("NOTFOUND", func(*response, *request) error { return httpserver.Error(404, "") })
	handle("EXPLAINERROR", func(*response, *request) error {
		return httpserver.Error(999, "This is a long \n explanation")
	})
	handle("CUSTOM", func(w *response, _ *request) error {
		w.Status(999)
		w.Type("text/html")
		w.Header("Connection", "close")
		return nil
	})
	handle("LATINONEHEADER", func(w *response, r *request) error {
		w.Header("X-Special", "D\xe4ngerous Mind")
		_, err := w.WriteString(r.Header.Get("x-special-incoming"))
		return err
	})
	sendError := func(_ *response, r *request) error {
		code, err := strconv.Atoi(r.Path[1:])
		if err != nil {
			return err
		}
		return httpserver.Error(code, "")
	}
	handle("SEND_ERROR", sendError)
	handle("HEAD", sendError)
	handle("ESCAPE", func(_ *response, r *request) error {
		return httpserver.Error(400,
			`<script>alert("hello")</script>`)
	})
	handle("BODY", func(w *response, r *request) error {
		body, err := io.ReadAll(r.Body)
		w.Send(body)
		return err
	})
	return site
}

func TestPythonBaseHTTPServer(t *testing.T) {
	const lines = "\r\nHost: h\r\n\r\n"
	long := strings.Repeat("x", 65537)
	onAll(t, pythonSite, func(t *testing.T, r *running) {
		for _, c := range []struct {
			name, request string
			want          int
		}{
			{"command", "GET / HTTP/1.1" + lines, 405}, // Python: 501, a method without a handler
			{"request_line_trimming", "XYZBOGUS / HTTP/1.1\nHost: h\n\n", 501},
			{"version_bogus", "GET / FUBAR" + lines, 400},
			{"version_digits", "GET / HTTP/9.9.9" + lines, 400},
			{"version_signs_and_underscores", "GET / HTTP/-9_9_9.+9_9_9" + lines, 400},
			{"major_version_number_too_long", "GET / HTTP/909876543210.0" + lines, 400},
			{"minor_version_number_too_long", "GET / HTTP/1.909876543210" + lines, 400},
			{"version_none_get", "GET / " + lines, 400}, // Python: 501, as HTTP/0.9, without a status line
			{"version_none", "CUSTOM / " + lines, 400},
			{"version_invalid", "GET / HTTP/9.9" + lines, 505},
			{"send_blank", "  " + lines, 400},
			{"header_close", "GET / HTTP/1.1\r\nConnection: close" + lines, 405},
			{"header_keep_alive", "GET / HTTP/1.1\r\nConnection: keep-alive" + lines, 405},
			{"handler", "TEST / HTTP/1.1" + lines, 204},
			{"internal_key_error", "KEYERROR / HTTP/1.1" + lines, 999},
			{"return_custom_status", "CUSTOM / HTTP/1.1" + lines, 999},
			{"return_explain_error", "EXPLAINERROR / HTTP/1.1" + lines, 999},
			{"error_content_length", "NOTFOUND / HTTP/1.1" + lines, 404},
			{"invalid_requests", "FOO / HTTP/1.1" + lines, 501},
			{"invalid_requests, small letters", "custom / HTTP/1.1" + lines, 501},
			{"invalid_requests, a letter more", "GETs / HTTP/1.1" + lines, 501},
			{"http_0_9", "GET / HTTP/0.9" + lines, 505}, // Python: the body alone
			{"extra_space", "GET /spaced out HTTP/1.1" + lines, 400},
			{"request_length", "GET " + long, 414},
			{"header_length", "GET / HTTP/1.1\r\nX-Foo: bar" + long + lines, 431},
			{"too_many_headers", "GET / HTTP/1.1\r\n" + strings.Repeat("X-Foo: bar\r\n", 101) + "\r\n", 431},
			{"with_continue_1_0", "CUSTOM / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", 999},
			{"with_continue_1_1", "BODY / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2" + lines + "ab", 200},
			{"with_continue_rejected", "KEYERROR / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2" + lines, 999},
		} {
			t.Run(c.name, func(t *testing.T) {
				response, body := r.ask(c.request)
				if response.StatusCode != c.want {
					t.Errorf("%s, want %d", response.Status, c.want)
				}
				if length := response.Header.Get("Content-Length"); c.want != 204 && length != strconv.Itoa(len(body)) {
					t.Errorf("Content-Length is %q, the body has %d bytes", length, len(body))
				}
			})
		}
	})
}

func TestPythonHeaders(t *testing.T) {
	onAll(t, pythonSite, func(t *testing.T, r *running) {
		t.Run("return_header_keep_alive", func(t *testing.T) {
			response, _ := r.ask("KEEP /" + host)
			if response.Header.Get("Connection") != "keep-alive" {
				t.Errorf("%v", response.Header)
			}
		})
		t.Run("latin1_header", func(t *testing.T) {
			response, body := r.ask("LATINONEHEADER / HTTP/1.1\r\nHost: h\r\nX-Special-Incoming: \xc4rger mit " +
				"Unicode\r\n\r\n")
			if special := response.Header.Get("X-Special"); special != "D\xe4ngerous Mind" ||
				body != "\xc4rger mit Unicode" {
				t.Errorf("%q, %q", special, body)
			}
		})
		t.Run("html_escape_on_error", func(t *testing.T) {
			if _, body := r.ask("ESCAPE /" + host); strings.Contains(body, "<script>") ||
				!strings.Contains(body, "&lt;script&gt;") {
				t.Errorf("%s", body)
			}
		})
		t.Run("date_time_string", func(t *testing.T) {
			response, _ := r.ask("TEST /" + host)
			date, err := http.ParseTime(response.Header.Get("Date"))
			if age := time.Since(date); err != nil || age < -time.Second || age > patience {
				t.Errorf("%v, %v", response.Header, err)
			}
		})
		// Python: 1xx, too, which no handler may send here: they end no request
		for _, code := range []int{204, 304, 205} {
			t.Run(fmt.Sprintf("send_error %d", code), func(t *testing.T) {
				for _, method := range []string{"SEND_ERROR", "HEAD"} {
					response, body := r.ask(fmt.Sprintf("%s /%d%s", method, code, host))
					length, kind := response.Header.Get("Content-Length"), response.Header.Get("Content-Type")
					// Python: 205 has no length, so only the end of the connection ends it.
					if want := map[int]string{205: "0"}[code]; response.StatusCode != code || body != "" ||
						length != want || kind != "" {
						t.Errorf("%s: %s, %q, %v", method, response.Status, body, response.Header)
					}
				}
			})
		}
		t.Run("head_via_send_error 200", func(t *testing.T) {
			response, body := r.ask("HEAD /200" + host)
			if response.StatusCode != 200 || body != "" || response.ContentLength <= 0 ||
				!strings.Contains(response.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s, %q, %v", response.Status, body, response.Header)
			}
		})
	})
}

func TestPythonLogging(t *testing.T) {
	var mu sync.Mutex
	var logged bytes.Buffer
	onAll(t, func(t *testing.T) *httpserver.Site {
		logged.Reset()
		return helloSite(t, "", httpserver.Options{AccessLog: writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return logged.Write(p)
		})})
	}, func(t *testing.T, r *running) {
		r.ask("GET /hello" + host)
		r.ask("POST /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
		r.ask("GET /\x1bbar\x00\x1b" + host)
		if err := r.Shutdown(withTimeout(t)); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		lines := strings.Split(logged.String(), "\n")
		for i, want := range []string{`"GET /hello HTTP/1.1" 200 13`, `"POST /hello HTTP/1.1" 405 `,
			`"GET /\x1bbar\x00\x1b HTTP/1.1" 400 `} {
			if !strings.Contains(lines[i], want) { // Python: a second line for each error
				t.Errorf("line %d is %s, want %s", i+1, lines[i], want)
			}
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestPythonSimpleHTTPServer(t *testing.T) {
	top := t.TempDir()
	const data = "We are the knights who say Ni!"
	page := write(t, top, "temp/test", data)
	write(t, top, "temp/\xff.txt", "\xff")
	write(t, top, "temp/<test&>.txt", "")
	write(t, top, "temp/spam/index.html/x", "")
	write(t, top, "temp/existing_directory/x", "")
	write(t, top, "withindex/index.html", "Dummy index file\r\n")
	stat, err := os.Stat(page)
	if err != nil {
		t.Fatal(err)
	}
	modified := stat.ModTime().UTC()
	onAll(t, func(t *testing.T) *httpserver.Site {
		site := httpserver.NewSite(httpserver.Options{ErrorLog: log.New(failing{t}, "", 0)})
		serve(t, site, top, httpserver.FolderOptions{Listing: true})
		return site
	}, func(t *testing.T, r *running) {
		get := func(target string, lines ...string) (*http.Response, string) {
			return r.ask("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + strings.Join(append(lines, "", ""), "\r\n"))
		}
		for _, c := range []struct {
			name, target string
			want         int
			body         string
		}{
			{"get", "/temp/test", 200, data},
			{"get, slash behind a file", "/temp/test/", 404, ""},
			{"get a directory", "/temp/", 200, ""},
			{"get a directory without slash", "/temp", 301, ""},
			{"get a directory with query", "/temp/?hi=2", 200, ""},
			{"get a directory without slash with query", "/temp?hi=1", 301, ""},
			{"get nothing", "/ThisDoesNotExist", 404, ""},
			{"get nothing with slash", "/ThisDoesNotExist/", 404, ""},
			{"get, the index is a directory", "/temp/spam/", 200, ""},
			{"get an index", "/withindex/", 200, "Dummy index file\r\n"},
			{"undecodable_filename", "/temp/%FF.txt", 200, "\xff"},
			{"undecodable_parameter", "/temp/?x=%bb", 200, ""},
			{"html_escape_filename", "/temp/%3Ctest%26%3E.txt", 200, ""},
			{"path_without_leading_slash", "temp/test", 400, ""}, // Python: 200
			{"query_arguments", "/temp/test?foo=bar", 200, data},
			{"query_arguments, fragment", "/temp/test?a=b&spam=eggs#zot", 400, ""}, // Python: 200
			{"start_with_double_slash", "//temp/test", 200, data},
			{"start_with_double_slash, query", "//temp/test?foo=bar", 200, data},
		} {
			t.Run(c.name, func(t *testing.T) {
				response, body := get(c.target)
				if response.StatusCode != c.want || c.body != "" && body != c.body {
					t.Errorf("%s, %q", response.Status, body)
				}
			})
		}
		t.Run("listing", func(t *testing.T) {
			_, body := get("/temp/")
			for _, part := range []string{`href="%FF.txt"`, `>&lt;test&amp;&gt;.txt<`} {
				if !strings.Contains(body, part) {
					t.Errorf("%s is not in %s", part, body)
				}
			}
		})
		t.Run("get, where to", func(t *testing.T) {
			for target, want := range map[string]string{"/temp": "/temp/", "/temp?hi=1": "/temp/?hi=1"} {
				if response, _ := get(target); response.Header.Get("Location") != want || response.ContentLength != 0 {
					t.Errorf("%s: %v", target, response.Header)
				}
			}
		})
		t.Run("get_dir_redirect_location_domain_injection_bug", func(t *testing.T) {
			// Python: 301 to the same path. Here an escaped slash names nothing, so that nothing is left to be
			// redirected.
			url := "/python.org/..%2f..%2f..%2f..%2f..%2f../%0a%0d/../temp/existing_directory"
			for _, target := range []string{url, "/" + url, "//" + url, "https://pypi.org/" + url} {
				if response, _ := get(target); response.StatusCode != 400 && response.StatusCode != 404 ||
					response.Header.Get("Location") != "" {
					t.Errorf("%s: %s, %v", target, response.Status, response.Header)
				}
			}
			for _, target := range []string{"/python.org/../temp/existing_directory",
				"//python.org/../temp/existing_directory",
				"https://pypi.org//python.org/../temp/existing_directory"} {
				if response, _ := get(target); response.StatusCode != 301 ||
					response.Header.Get("Location") != "/temp/existing_directory/" {
					t.Errorf("%s: %s, %v", target, response.Status, response.Header)
				}
			}
		})
		t.Run("head", func(t *testing.T) {
			response, body := r.ask("HEAD /temp/test" + host)
			if response.StatusCode != 200 || body != "" ||
				response.Header.Get("Content-Length") != strconv.Itoa(len(data)) ||
				response.Header.Get("Content-Type") != "application/octet-stream" {
				t.Errorf("%s, %q, %v", response.Status, body, response.Header)
			}
		})
		t.Run("browser_cache", func(t *testing.T) {
			for _, c := range []struct {
				name  string
				lines []string
				want  int
			}{
				{"same", []string{"If-Modified-Since: " + modified.Format(http.TimeFormat)}, 304},
				{"an hour after", []string{"If-Modified-Since: " + modified.Add(time.Hour).Format(http.TimeFormat)},
					304},
				{"file_changed", []string{"If-Modified-Since: " + modified.AddDate(-1, 0, 0).Format(http.TimeFormat)},
					200},
				{"with_If_None_Match_header", []string{"If-Modified-Since: " + modified.Format(http.TimeFormat),
					"If-None-Match: *"}, 200},
			} {
				if response, _ := get("/temp/test", c.lines...); response.StatusCode != c.want {
					t.Errorf("%s: %s", c.name, response.Status)
				}
			}
		})
		t.Run("last_modified", func(t *testing.T) {
			response, body := get("/temp/test")
			if got, want := response.Header.Get("Last-Modified"), modified.Format(http.TimeFormat); got != want ||
				body != data {
				t.Errorf("%s, want %s", got, want)
			}
		})
	})
}
