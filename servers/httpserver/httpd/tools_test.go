package httpd

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tracer/servers/httpserver"
)

// tool finds a client that is not ours. Where everything is to be tested it must be installed.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// run runs a client and returns its output; it must succeed.
func run(t testing.TB, stdin, name string, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(withTimeout(t), name, arguments...)
	command.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), strings.Join(arguments, " "), err, out, stderr.String())
	}
	return string(out)
}

func TestCurl(t *testing.T) {
	curl := tool(t, "curl")
	folder := t.TempDir()
	big := strings.Repeat("0123456789abcdef", 200<<10)
	write(t, folder, "root/page.html", "<p>hello</p>")
	write(t, folder, "root/big.bin", big)
	write(t, folder, "secret", "secret")
	half := write(t, folder, "half", big[:1<<20])
	onAll(t, func(t *testing.T) *httpserver.Site {
		return helloSite(t, filepath.Join(folder, "root"), httpserver.Options{Limits: httpserver.Limits{Body: 8 << 20}})
	}, func(t *testing.T, r *running) {
		url := "http://" + r.Addr().String()
		for _, c := range []struct {
			name, stdin string
			arguments   []string
			want        string
		}{
			{"page", "", []string{url + "/page.html"}, "<p>hello</p>"},
			{"1.0", "", []string{"--http1.0", url + "/page.html"}, "<p>hello</p>"},
			{"head", "", []string{"-I", "-o", "/dev/null", "-w", "%{http_code} %{content_type}", url + "/page.html"},
				"200 text/html; charset=utf-8"},
			{"nothing", "", []string{"-o", "/dev/null", "-w", "%{http_code}", url + "/none"}, "404"},
			{"range", "", []string{"-r", "16-31", url + "/big.bin"}, "0123456789abcdef"},
			{"suffix", "", []string{"-r", "-4", url + "/big.bin"}, "cdef"},
			{"whole", "", []string{url + "/big.bin"}, big},
			{"three on one connection", "", []string{"-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null", "-w",
				"%{num_connects} ",
				url + "/hello", url + "/none", url + "/big.bin"}, "1 0 0 "},
			{"climbing", "", []string{"--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", url + "/../secret"},
				"404"},
			{"climbing, escaped", "", []string{"--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", url +
				"/%2e%2e/secret"}, "404"},
			{"newer than", "", []string{"-z", half, "-o", "/dev/null", "-w", "%{http_code}", url + "/page.html"},
				"304"},
			{"post", `{"a": 1}`, []string{"-H", "Content-Type: application/json", "-d", "@-", "-o", "/dev/null", "-w",
				"%{http_code}",
				url + "/data"}, "201"},
			{"post in chunks", `[2]`, []string{"-H", "Content-Type: application/json", "-H",
				"Transfer-Encoding: chunked", "-d", "@-", "-o",
				"/dev/null", "-w", "%{http_code}", url + "/data"}, "201"},
			{"post with expectation", `"` + big + `"`, []string{"-H", "Content-Type: application/json", "-H",
				"Expect: 100-continue", "-d", "@-",
				"-o", "/dev/null", "-w", "%{http_code}", url + "/data"}, "201"},
			{"post too much", big + big + big, []string{"-H", "Content-Type: application/json", "-d", "@-", "-o",
				"/dev/null", "-w", "%{http_code}",
				url + "/data"}, "413"},
			{"delete", "", []string{"-X", "DELETE", "-o", "/dev/null", "-w", "%{http_code}", url + "/data/3"}, "204"},
		} {
			t.Run(c.name, func(t *testing.T) {
				if got := run(t, c.stdin, curl, append([]string{"-sS"}, c.arguments...)...); got != c.want {
					t.Errorf("%.200q, want %.200q", got, c.want)
				}
			})
		}
		t.Run("items", func(t *testing.T) {
			got := run(t, "", curl, "-sS", url+"/data")
			if !strings.Contains(got, `"value":{"a":1}`) || !strings.Contains(got, `"value":[2]`) || len(got) > 1000 {
				t.Errorf("%.1000s", got)
			}
		})
		t.Run("resume", func(t *testing.T) {
			text, err := os.ReadFile(half)
			if err != nil {
				t.Fatal(err)
			}
			rest := filepath.Join(t.TempDir(), "rest")
			if err := os.WriteFile(rest, text, 0o644); err != nil {
				t.Fatal(err)
			}
			run(t, "", curl, "-sS", "-C", "-", "-o", rest, url+"/big.bin")
			if text, err := os.ReadFile(rest); err != nil || string(text) != big {
				t.Errorf("%d bytes, %v", len(text), err)
			}
		})
	})
}

func TestApacheBench(t *testing.T) {
	ab := tool(t, "ab")
	folder := t.TempDir()
	write(t, folder, "page.html", strings.Repeat("x", 1000))
	onAll(t, func(t *testing.T) *httpserver.Site { return helloSite(t, folder, httpserver.Options{}) },
		func(t *testing.T, r *running) {
			for _, arguments := range [][]string{{}, {"-k"}, {"-i"}} {
				arguments := append(arguments, "-q", "-n", "500", "-c", "16", "http://"+r.Addr().String()+"/page.html")
				got := run(t, "", ab, arguments...)
				for _, line := range []string{`Complete requests: +500\n`, `Failed requests: +0\n`} {
					if !regexp.MustCompile(line).MatchString(got) {
						t.Errorf("ab %v: no %s in\n%s", arguments, line, got)
					}
				}
				if strings.Contains(got, "Non-2xx") || arguments[0] == "-k" &&
					!regexp.MustCompile(`Keep-Alive requests: +500\n`).MatchString(got) {
					t.Errorf("ab %v:\n%s", arguments, got)
				}
			}
		})
}

func TestWrk(t *testing.T) {
	wrk := tool(t, "wrk")
	folder := t.TempDir()
	write(t, folder, "page.html", strings.Repeat("x", 1000))
	onAll(t, func(t *testing.T) *httpserver.Site { return helloSite(t, folder, httpserver.Options{}) },
		func(t *testing.T, r *running) {
			for _, path := range []string{"/hello", "/page.html"} {
				if _, err := wrkRate(t, wrk, "http://"+r.Addr().String()+path, 32); err != nil {
					t.Error(err)
				}
			}
		})
}

// wrkRate loads a page for a second and returns the requests a second. An answer that is not 200, or a broken
// connection, is an error.
func wrkRate(t testing.TB, wrk, url string, connections int) (float64, error) {
	t.Helper()
	out := run(t, "", wrk, "-t1", fmt.Sprintf("-c%d", connections), "-d1s", url)
	var rate float64
	if match := regexp.MustCompile(`Requests/sec: +([0-9.]+)`).FindStringSubmatch(out); match != nil {
		_, _ = fmt.Sscan(match[1], &rate)
	}
	if rate == 0 || strings.Contains(out, "Socket errors") || strings.Contains(out, "Non-2xx") {
		return rate, fmt.Errorf("wrk of %s with %d connections:\n%s", url, connections, out)
	}
	return rate, nil
}
