package httpserver

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
)

// TestData is a front end's conversation with the data endpoints, on one connection.
func TestData(t *testing.T) {
	onBoth(t, func(t *testing.T) *Site {
		site := newSite(t, Options{})
		site.Data("/data", NewData(2))
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		c := dial()
		reader := newReader(c)
		ask := func(request, lines, body string) answer {
			t.Helper()
			send(t, c, request+" HTTP/1.1\r\nHost: h\r\n"+lines+fmt.Sprintf("Content-Length: %d\r\n\r\n",
				len(body))+body)
			a, err := readAnswer(reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		const typed = "Content-Type: application/json; charset=utf-8\r\n"
		if a := ask("GET /data", "", ""); a.status != 200 || a.body != "{\"items\":[]}\n" ||
			a.header.Get("Content-Type") != "application/json" {
			t.Errorf("empty: %+v", a)
		}
		if a := ask("POST /data", typed, `{"name": "x", "n": [1, 2]}`); a.status != 201 ||
			a.header.Get("Location") != "/data/1" ||
			value(t, a.body) != `{"name":"x","n":[1,2]}` {
			t.Errorf("post: %+v", a)
		}
		for request, want := range map[string]int{
			"GET /data/1": 200, "GET /data/2": 404, "GET /data/x": 404, "GET /data/": 404, "GET /data/1/2": 404,
			"DELETE /data/9": 404, "PUT /data/1": 405, "DELETE /data": 405,
		} {
			if a := ask(request, "", ""); a.status != want {
				t.Errorf("%s: %d, want %d", request, a.status, want)
			}
		}
		for body, want := range map[string]int{`{"a":`: 400, "": 400, "1 2": 400, "\xff": 400} {
			if a := ask("POST /data", typed, body); a.status != want {
				t.Errorf("post %q: %d, want %d", body, a.status, want)
			}
		}
		if a := ask("POST /data", "Content-Type: text/plain\r\n", "1"); a.status != 415 {
			t.Errorf("post of text: %d", a.status)
		}
		ask("POST /data", "", "2")
		ask("POST /data", "", `"<three>"`)
		if a := ask("GET /data", "", ""); strings.Contains(a.body, `"id":1,`) || !strings.Contains(a.body, `"id":2,`) ||
			!strings.Contains(a.body, `"id":3,`) {
			t.Errorf("the oldest has not made room: %s", a.body)
		}
		if a := ask("DELETE /data/2", "", ""); a.status != 204 {
			t.Errorf("delete: %+v", a)
		}
		if a := ask("GET /data/2", "", ""); a.status != 404 {
			t.Errorf("deleted: %+v", a)
		}
		if a := ask("GET /data/3", "", ""); value(t, a.body) != `"\u003cthree\u003e"` {
			t.Errorf("%+v", a)
		}
	})
}

func value(t *testing.T, body string) string {
	t.Helper()
	var item Item
	if err := json.Unmarshal([]byte(body), &item); err != nil {
		t.Error(err)
	}
	return string(item.Value)
}

// TestDataBounded: the values together are bounded, too.
func TestDataBounded(t *testing.T) {
	d := NewData(0)
	for range 40 {
		d.Add(json.RawMessage(`"` + strings.Repeat("x", 1<<20-2) + `"`))
	}
	items := d.Items()
	if len(items) != 16 || items[15].ID != 40 {
		t.Errorf("%d items are kept", len(items))
	}
	if d.Remove(40); d.bytes != 15<<20 {
		t.Errorf("%d bytes are counted", d.bytes)
	}
}
