package httpd

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tracer/servers/httpserver"
)

// contenders are the servers that the benchmarks compare, each with the same two pages. Each has the timeouts that a
// server in the open needs.
func contenders(b *testing.B) map[string]string {
	folder := b.TempDir()
	write(b, folder, "page.html", strings.Repeat("x", 1000))
	addresses := map[string]string{}
	for _, model := range models {
		site := helloSite(b, folder, httpserver.Options{Limits: httpserver.Limits{Requests: 1 << 40}})
		addresses[model.String()] = start(b, site, ":0", Options{Concurrency: model}).Addr().String()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "hello, world\n")
	})
	mux.Handle("GET /", http.FileServer(http.Dir(folder)))
	server := &http.Server{Handler: mux, IdleTimeout: time.Minute, ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	addresses["net-http"] = listener.Addr().String()
	return addresses
}

var order = []string{"threads", "goroutines", "net-http"}

// BenchmarkKeepAlive asks over and over on connections that stay open. The client is in the same process, and the same
// for all.
func BenchmarkKeepAlive(b *testing.B) {
	addresses := contenders(b)
	for _, path := range []string{"/hello", "/page.html"} {
		request := []byte("GET " + path + host)
		for _, name := range order {
			b.Run(fmt.Sprintf("path=%s/server=%s", path[1:], name), func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(8)
				b.RunParallel(func(pb *testing.PB) {
					c, err := net.Dial("tcp", addresses[name])
					if err != nil {
						b.Error(err)
						return
					}
					defer c.Close()
					reader := bufio.NewReader(c)
					for pb.Next() {
						if err := exchange(c, reader, request); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}

// BenchmarkConnect asks once on each connection.
func BenchmarkConnect(b *testing.B) {
	addresses := contenders(b)
	request := []byte("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	for _, name := range order {
		b.Run("server="+name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					c, err := net.Dial("tcp", addresses[name])
					if err == nil {
						err = exchange(c, bufio.NewReader(c), request)
						_ = c.Close()
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// exchange sends a request and reads the answer, by its length, with as little work as possible.
func exchange(c net.Conn, reader *bufio.Reader, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	length := 0
	for first := true; ; first = false {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && string(line) != "HTTP/1.1 200 OK\r\n" {
			return fmt.Errorf("status line %q", line)
		}
		if value, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			if _, err := fmt.Sscan(value, &length); err != nil {
				return err
			}
		}
		if len(line) == 2 {
			_, err := reader.Discard(length)
			return err
		}
	}
}

// BenchmarkWrk loads each server by wrk, in turns, b.N rounds of a second, and reports the median requests a second and
// how that compares with net/http's. Use -benchtime 5x.
func BenchmarkWrk(b *testing.B) {
	wrk := tool(b, "wrk")
	addresses := contenders(b)
	for _, path := range []string{"/hello", "/page.html"} {
		for _, connections := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("path=%s/connections=%d", path[1:], connections), func(b *testing.B) {
				rates := map[string][]float64{}
				for range b.N {
					for _, name := range order {
						rate, err := wrkRate(b, wrk, "http://"+addresses[name]+path, connections)
						if err != nil {
							b.Fatal(err)
						}
						rates[name] = append(rates[name], rate)
					}
				}
				base := median(rates["net-http"])
				for _, name := range order {
					b.ReportMetric(median(rates[name]), name+"-req/s")
					b.ReportMetric(median(rates[name])/base, name+"/net-http")
				}
			})
		}
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
