package service

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseNames(t *testing.T) {
	for _, name := range Names() {
		s, err := Parse(name)
		if err != nil || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if s, err := Parse(""); s != Echo || err != nil {
		t.Errorf("empty name: %v, %v", s, err)
	}
	if _, err := Parse("ftp"); err == nil || !strings.Contains(err.Error(), "daytime") {
		t.Errorf("unknown name: %v, want the names", err)
	}
}

func TestParseWork(t *testing.T) {
	for text, want := range map[string]Work{
		"":                             {},
		"sleep=20ms":                   {Sleep: 20 * time.Millisecond},
		"cpu=5ms,sleep=1.5s":           {CPU: 5 * time.Millisecond, Sleep: 1500 * time.Millisecond},
		"exit=255":                     {Exit: 255},
		"crash":                        {Crash: true},
		"sleep=0s,cpu=1h,exit=1,crash": {CPU: time.Hour, Exit: 1, Crash: true},
	} {
		if got, err := ParseWork(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"sleep", "sleep=", "sleep=20", "sleep=-1s", "sleep=2h", "exit=0", "exit=256", "exit=x", "crash=1", "nap=1s",
		",", "crash,",
	} {
		if got, err := ParseWork(text); err == nil || got != (Work{}) {
			t.Errorf("%q: %+v, %v, want an error", text, got, err)
		}
	}
}

// FuzzParseWork: what parses is within its bounds, and its text means the same.
func FuzzParseWork(f *testing.F) {
	f.Add("sleep=20ms,cpu=5ms")
	f.Add("exit=3,crash")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWork(text)
		if err != nil {
			return
		}
		if err := w.Check(); err != nil {
			t.Errorf("%q parses to what Check refuses: %v", text, err)
		}
		if again, err := ParseWork(w.String()); err != nil || again != w {
			t.Errorf("%q: %+v, by its own text %q %+v, %v", text, w, w.String(), again, err)
		}
	})
}

// TestDaytime: the hand-made calendar agrees with package time's.
func TestDaytime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.Int64Range(0, 253402300799).Draw(t, "moment") // to the end of 9999
		buffer := make([]byte, 64)
		got := string(buffer[:daytime((*line)(buffer), moment)])
		want := time.Unix(moment, 0).UTC().Format("Monday, January 2, 2006 15:04:05") + "-UTC\r\n"
		if got != want {
			t.Errorf("%d: %q, want %q", moment, got, want)
		}
	})
}

func TestNow(t *testing.T) {
	if before, got, after := time.Now().Unix(), now(), time.Now().Unix(); got < before || got > after {
		t.Errorf("now %d, the clock says %d to %d", got, before, after)
	}
}

// exchange feeds a conversation its input in pieces of some size, and returns all answers.
func exchange(talk *Talk, input string, size int) (output string, done bool) {
	answer, done := talk.Greeting()
	output = string(answer)
	for len(input) > 0 && !done {
		n := copy(talk.Room(), input[:min(size, len(input))])
		input = input[n:]
		answer, done = talk.Received(n)
		output += string(answer)
	}
	return output, done
}

// TestEchoAndUpper: whatever comes, in whatever pieces.
func TestEchoAndUpper(t *testing.T) {
	echo, upper := NewTalk(Echo, true), NewTalk(Upper, true)
	rapid.Check(t, func(t *rapid.T) {
		input := string(rapid.SliceOf(rapid.Byte()).Draw(t, "input"))
		size := rapid.IntRange(1, 100).Draw(t, "size")
		if got, done := exchange(echo, input, size); got != input || done {
			t.Errorf("echo: %q, done %v", got, done)
		}
		raw := []byte(input)
		for i, c := range raw {
			if c >= 'a' && c <= 'z' {
				raw[i] = c - 32
			}
		}
		if got, done := exchange(upper, input, size); got != string(raw) || done {
			t.Errorf("upper: %q, want %q, done %v", got, raw, done)
		}
	})
}

func TestHTTP(t *testing.T) {
	for request, status := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                     "200 OK",
		"GET / HTTP/1.0\n\n":                                    "200 OK",
		"\r\nGET / HTTP/1.1\r\n\r\n":                            "200 OK",
		"HEAD /x HTTP/1.1\r\n\r\n":                              "200 OK",
		"POST / HTTP/1.1\r\n\r\nbody":                           "405",
		"GETX / HTTP/1.1\r\n\r\n":                               "405",
		"GET / HTTP/1.1\r\nHost: x\r\n":                         "",
		"GET / HTTP/1.1\r\n" + strings.Repeat("x: y\r\n", 4000): "431",
	} {
		for _, size := range []int{1, 7, 1 << 20} {
			got, done := exchange(NewTalk(HTTP, true), request, size)
			if !strings.HasPrefix(strings.TrimPrefix(got, "HTTP/1.1 "), status) || done != (status != "") {
				t.Errorf("%.40q in pieces of %d: %.40q, done %v; want %s", request, size, got, done, status)
			}
			if hasPage := strings.HasSuffix(got, Page); hasPage != (strings.HasPrefix(strings.TrimSpace(request),
				"GET ") && status == "200 OK") {
				t.Errorf("%.40q: page sent %v", request, hasPage)
			}
		}
	}
}

func TestDatagramDaytime(t *testing.T) {
	talk := NewTalk(Daytime, false)
	if greeting, done := talk.Greeting(); greeting != nil || done {
		t.Errorf("greeting %q before a datagram came", greeting)
	}
	if answer, _ := talk.Received(0); !bytes.HasSuffix(answer, []byte("-UTC\r\n")) {
		t.Errorf("answer %q", answer)
	}
}

// TestBurn: processor time is used up, and as much as was asked for.
func TestBurn(t *testing.T) {
	w := Work{CPU: 5 * time.Millisecond, Sleep: time.Millisecond}
	begin := time.Now()
	w.Do()
	if took := time.Since(begin); took < 6*time.Millisecond {
		t.Errorf("5 ms of computing and 1 ms of sleep took %v", took)
	}
}
