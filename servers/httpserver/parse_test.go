package httpserver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func defaults() *Limits {
	limits := Limits{}.withDefaults()
	return &limits
}

func parse(head string) (*Request, error) {
	r := new(Request)
	return r, parseHead(head, defaults(), r)
}

// get is a request with the target, or with more header lines.
func get(target string, lines ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + strings.Join(append(lines, "", ""), "\r\n")
}

func TestParseHeadAccepts(t *testing.T) {
	type request struct {
		Method, Target, Path, Query, Host string
		Minor                             int
		Length                            int64
		KeepAlive, Expect                 bool
	}
	for name, c := range map[string]struct {
		head string
		want request
	}{
		"plain":   {get("/a"), request{"GET", "/a", "/a", "", "h", 1, 0, true, false}},
		"query":   {get("/a?x=1&y=%zz?"), request{"GET", "/a?x=1&y=%zz?", "/a", "x=1&y=%zz?", "h", 1, 0, true, false}},
		"escaped": {get("/a%20b/%e4"), request{"GET", "/a%20b/%e4", "/a b/\xe4", "", "h", 1, 0, true, false}},
		"dots":    {get("/a/./b/../c"), request{"GET", "/a/./b/../c", "/a/c", "", "h", 1, 0, true, false}},
		"lf only": {"GET / HTTP/1.1\nHost: h\n\n", request{"GET", "/", "/", "", "h", 1, 0, true, false}},
		"old":     {"GET / HTTP/1.0\r\n\r\n", request{"GET", "/", "/", "", "", 0, 0, false, false}},
		"old, kept": {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
			request{"GET", "/", "/", "", "", 0, 0, true, false}},
		"closed":      {get("/", "Connection: te, CLOSE"), request{"GET", "/", "/", "", "h", 1, 0, false, false}},
		"newer minor": {"GET / HTTP/1.7\r\nHost: h\r\n\r\n", request{"GET", "/", "/", "", "h", 1, 0, true, false}},
		"absolute": {get("http://other:80/a?b"), request{"GET", "http://other:80/a?b", "/a", "b",
			"other:80", 1, 0, true, false}},
		"absolute without path": {get("HTTP://other?b"), request{"GET", "HTTP://other?b", "/", "b", "other", 1, 0, true,
			false}},
		"absolute ipv6": {get("http://[::1]:8/"), request{"GET", "http://[::1]:8/", "/", "", "[::1]:8", 1, 0,
			true, false}},
		"asterisk": {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", request{"OPTIONS", "*", "*", "", "h", 1, 0, true, false}},
		"any token": {"x!#$%&'*+-.^_`|~9 / HTTP/1.1\r\nHost: h\r\n\r\n",
			request{"x!#$%&'*+-.^_`|~9", "/", "/", "", "h", 1, 0, true, false}},
		"length":      {get("/", "Content-LENGTH:  0012\t"), request{"GET", "/", "/", "", "h", 1, 12, true, false}},
		"chunked":     {get("/", "Transfer-Encoding: Chunked"), request{"GET", "/", "/", "", "h", 1, -1, true, false}},
		"expectation": {get("/", "Expect: 100-Continue"), request{"GET", "/", "/", "", "h", 1, 0, true, true}},
		"old expectation": {"GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
			request{"GET", "/", "/", "", "", 0, 0, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := parse(c.head)
			if err != nil {
				t.Fatal(err)
			}
			got := request{r.Method, r.Target, r.Path, r.Query, r.Host, r.Minor, r.Length, r.keepAlive(),
				r.control.expect}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseHeadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want error
	}{
		"one word":              {"GET\r\n\r\n", errRequestLine},
		"two words":             {"GET /\r\n\r\n", errRequestLine},
		"four words":            {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", errRequestLine},
		"two blanks":            {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", errRequestLine},
		"blank in front":        {" GET / HTTP/1.1\r\nHost: h\r\n\r\n", errRequestLine},
		"blank at the end":      {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", errRequestLine},
		"tab between":           {"GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", errRequestLine},
		"method with colon":     {"G:T / HTTP/1.1\r\nHost: h\r\n\r\n", errMethodToken},
		"method with NUL":       {"G\x00T / HTTP/1.1\r\nHost: h\r\n\r\n", errMethodToken},
		"other protocol":        {"GET / FTP/1.1\r\n\r\n", errVersionForm},
		"small letters":         {"GET / http/1.1\r\n\r\n", errVersionForm},
		"three numbers":         {"GET / HTTP/9.9.9\r\n\r\n", errVersionForm},
		"signs in version":      {"GET / HTTP/-1.+1\r\n\r\n", errVersionForm},
		"long version":          {"GET / HTTP/1.10\r\n\r\n", errVersionForm},
		"version with CR":       {"GET / HTTP/1.1\r\r\nHost: h\r\n\r\n", errVersionForm},
		"version 2":             {"PRI * HTTP/2.0\r\n\r\n", errVersion},
		"version 0.9":           {"GET / HTTP/0.9\r\n\r\n", errVersion},
		"version 9.9":           {"GET / HTTP/9.9\r\n\r\n", errVersion},
		"control in target":     {get("/a\x01b"), errTarget},
		"CR in target":          {get("/a\rb"), errTarget},
		"DEL in target":         {get("/a\x7f"), errTarget},
		"fragment":              {get("/a#b"), errTarget},
		"relative":              {get("a/b"), errTarget},
		"asterisk of GET":       {get("*"), errTarget},
		"other scheme":          {get("ftp://h/"), errTarget},
		"no authority":          {get("http:///a"), errTarget},
		"user in authority":     {get("http://u@h/"), errTarget},
		"bad port":              {get("http://h:8a/"), errTarget},
		"bad ipv6":              {get("http://[::g]/"), errTarget},
		"ipv6 zone":             {get("http://[fe80::1%25lo]/"), errTarget},
		"ipv6 tail":             {get("http://[::1]x/"), errTarget},
		"escape cut":            {get("/a%2"), errTarget},
		"escape of no digits":   {get("/%gg"), errTarget},
		"escaped NUL":           {get("/a%00"), errTarget},
		"escaped line end":      {get("/a%0d%0aX:"), errTarget},
		"proxy":                 {"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", errConnect},
		"no host":               {"GET / HTTP/1.1\r\n\r\n", errHost},
		"two hosts":             {get("/", "Host: h"), errHost},
		"two hosts, absolute":   {get("http://h/", "host: h"), errHost},
		"bad host":              {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", errHost},
		"fold":                  {get("/", "A: b", " c"), errFold},
		"fold with tab":         {get("/", "A: b", "\tc"), errFold},
		"fold at once":          {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", errFold},
		"no colon":              {get("/", "Abc"), errFieldLine},
		"no name":               {get("/", ": b"), errFieldLine},
		"blank before colon":    {get("/", "Content-Length : 5"), errFieldName},
		"tab before colon":      {get("/", "Transfer-Encoding\t: chunked"), errFieldName},
		"name with high byte":   {get("/", "\xe4: b"), errFieldName},
		"NUL in value":          {get("/", "A: b\x00c"), errFieldValue},
		"CR in value":           {get("/", "A: b\rContent-Length: 5"), errFieldValue},
		"CR at end of value":    {get("/", "A: b\r"), errFieldValue},
		"CR before line end":    {"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\r\n\r\n", errFieldValue},
		"vertical tab in value": {get("/", "Transfer-Encoding: \vchunked"), errFieldValue},
		"two lengths":           {get("/", "Content-Length: 1", "Content-Length: 2"), errLengths},
		"two equal lengths":     {get("/", "Content-Length: 1", "Content-Length: 1"), errLengths},
		"list of lengths":       {get("/", "Content-Length: 1, 1"), errLength},
		"plus":                  {get("/", "Content-Length: +1"), errLength},
		"minus":                 {get("/", "Content-Length: -1"), errLength},
		"hexadecimal":           {get("/", "Content-Length: 0x1"), errLength},
		"fraction":              {get("/", "Content-Length: 1.0"), errLength},
		"empty length":          {get("/", "Content-Length:"), errLength},
		"underscore":            {get("/", "Content-Length: 1_0"), errLength},
		"blank inside":          {get("/", "Content-Length: 1 0"), errLength},
		"huge length":           {get("/", "Content-Length: 99999999999999999999"), errLongBody},
		"long body":             {get("/", "Content-Length: 1048577"), errLongBody},
		"length and coding":     {get("/", "Content-Length: 1", "Transfer-Encoding: chunked"), errBothFrames},
		"coding and length":     {get("/", "Transfer-Encoding: chunked", "Content-Length: 1"), errBothFrames},
		"two codings":           {get("/", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), errCodings},
		"gzip, chunked":         {get("/", "Transfer-Encoding: gzip, chunked"), errCoding},
		"chunked twice":         {get("/", "Transfer-Encoding: chunked, chunked"), errCoding},
		"identity":              {get("/", "Transfer-Encoding: identity"), errCoding},
		"chunked with quote":    {get("/", "Transfer-Encoding: \"chunked\""), errCoding},
		"empty coding":          {get("/", "Transfer-Encoding:"), errCoding},
		"old chunked":           {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", errOldChunked},
		"trailer of lengths":    {get("/", "Transfer-Encoding: chunked", "Trailer: a, content-length"), errTrailerName},
		"other expectation":     {get("/", "Expect: tea"), errExpectation},
		"old, another one":      {"GET / HTTP/1.0\r\nExpect: tea\r\n\r\n", errExpectation},
		"long line":             {get("/" + strings.Repeat("x", 65536)), errLongLine},
		"long header":           {get("/", "A: "+strings.Repeat("x", 65536)), errLongHeader},
		"101 fields":            {get("/", strings.Split(strings.Repeat("A: b\n", 99)+"A: b", "\n")...), errManyFields},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(c.head); err != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestParseHeadAtItsLimits(t *testing.T) {
	const rest = " HTTP/1.1\r\n"
	line := "GET /" + strings.Repeat("x", 65536-len("GET /")-len(rest)) + rest
	if _, err := parse(line + "Host: h\r\n\r\n"); err != nil {
		t.Errorf("a request line of 65536 bytes: %v", err)
	}
	field := "A: " + strings.Repeat("x", 65536-len("Host: h\r\nA: \r\n"))
	if _, err := parse("GET / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n"); err != nil {
		t.Errorf("header lines of 65536 bytes: %v", err)
	}
	if _, err := parse("GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 99) + "\r\n"); err != nil {
		t.Errorf("100 header lines: %v", err)
	}
}

func TestHeaderLookup(t *testing.T) {
	r, err := parse(get("/", "A: 1", "b:2", "a:   3  "))
	if err != nil {
		t.Fatal(err)
	}
	h := r.Header
	if h.Get("A") != "1" || h.Get("B") != "2" || h.Get("C") != "" || h.Has("C") || !h.Has("HOST") {
		t.Errorf("Get, Has: %v", h)
	}
	if diff := cmp.Diff([]string{"1", "3"}, h.Values("a")); diff != "" {
		t.Error(diff)
	}
}

func TestCleanPath(t *testing.T) {
	for raw, want := range map[string]string{
		"/":              "/",
		"/a/b.c":         "/a/b.c",
		"/a/":            "/a/",
		"//a":            "/a",
		"///evil.com/a":  "/evil.com/a",
		"/a//b///":       "/a/b/",
		"/.":             "/",
		"/a/.":           "/a/",
		"/a/..":          "/",
		"/a/b/..":        "/a/",
		"/a/../b":        "/b",
		"/a/%2e%2E/b":    "/b",
		"/a/.%2e/b":      "/b",
		"/a/%2e/b":       "/a/b",
		"/a/...":         "/a/...",
		"/.a/..b":        "/.a/..b",
		"/%61%C3%A4":     "/aä",
		"/a%25%32%65":    "/a%2e",
		"/%252e%252e/x":  "/%2e%2e/x",
		"/a%3Fb%23":      "/a?b#",
		"/a b":           "/a b",
		"/..":            "404",
		"/../a":          "404",
		"/a/../../b":     "404",
		"/%2e%2e/a":      "404",
		"//..":           "404",
		"/a%2fb":         "404",
		"/..%2F..%2fetc": "404",
		"/a%5cb":         "404",
		`/a\..\b`:        "404",
		"/%00":           "400",
		"/a%0a":          "400",
		"/a%7F":          "400",
		"/%":             "400",
		"/%a":            "400",
		"/%%41":          "400",
	} {
		got, err := cleanPath(raw)
		switch err {
		case errNoPath:
			got = "404"
		case errTarget:
			got = "400"
		}
		if got != want {
			t.Errorf("cleanPath(%q) is %q, want %q", raw, got, want)
		}
	}
}

// TestCleanPathIsClean states what every path that comes out has, and that it survives the way out and in again.
func TestCleanPathIsClean(t *testing.T) {
	pieces := []string{"/", ".", "..", "%2e", "%2f", "%5c", "\\", "%00", "a", "%", "b%20", "ä", "%c3"}
	rapid.Check(t, func(t *rapid.T) {
		raw := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "raw"), "")
		path, err := cleanPath(raw)
		if err != nil {
			return
		}
		if path[0] != '/' || strings.ContainsAny(path, "\\\x00\r\n") {
			t.Fatalf("%q became %q", raw, path)
		}
		for i, segment := range strings.Split(path[1:], "/") {
			last := i == strings.Count(path[1:], "/")
			if segment == "." || segment == ".." || segment == "" && !last {
				t.Fatalf("%q became %q", raw, path)
			}
		}
		again, err := cleanPath(escapePath(path))
		if err != nil || again != path {
			t.Fatalf("%q became %q and then %q, %v", raw, path, again, err)
		}
	})
}

// TestHeadEndInPieces: however a head is cut, its end is found where it is found in one piece.
func TestHeadEndInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "\r", "\n", "\r\n", "\n\n"}), 0,
			30).Draw(t, "text"), ""))
		want := headEnd(text, 0)
		scanned := 0
		for n := range len(text) + 1 {
			n = min(len(text), max(scanned, n+rapid.IntRange(0, 3).Draw(t, "step")))
			if got := headEnd(text[:n], scanned); got >= 0 {
				if got != want {
					t.Fatalf("%q: %d in pieces, %d at once", text, got, want)
				}
				return
			}
			scanned = n
		}
		if want >= 0 {
			t.Fatalf("%q: not found in pieces, %d at once", text, want)
		}
	})
}

func TestParseChunkSize(t *testing.T) {
	for line, want := range map[string]int64{
		"0": 0, "5": 5, "a": 10, "A": 10, "ff": 255, "0001": 1, "5;a=b": 5, "5;": 5, "fffffffffffffff": 1<<60 - 1,
		"": -1, "g": -1, "-1": -1, "+1": -1, "0x1": -1, " 1": -1, "1 ": -1, "1 ;a": -1, "1\r": -1, ";a": -1,
		"1;a\x00":           -1,
		"10000000000000000": -1, "ffffffffffffffff": -1, "0000000000000001": -1, "1_0": -1, "1,": -1,
	} {
		size, err := parseChunkSize([]byte(line))
		if err != nil {
			size = -1
		}
		if size != want {
			t.Errorf("parseChunkSize(%q) is %d, want %d", line, size, want)
		}
	}
}

func TestParseRange(t *testing.T) {
	for value, want := range map[string]string{
		"bytes=0-0":                    "0-0",
		"bytes=0-99":                   "0-99",
		"bytes=0-100":                  "0-99",
		"bytes=50-":                    "50-99",
		"bytes=-1":                     "99-99",
		"bytes=-1000":                  "0-99",
		"BYTES = 5-6":                  "5-6",
		"bytes=0-99999999999999999999": "0-99",
		"bytes=-99999999999999999999":  "0-99",
		"bytes=100-":                   "outside",
		"bytes=100-200":                "outside",
		"bytes=-0":                     "outside",
		"bytes=99999999999999999999-":  "outside",
		"":                             "none",
		"bytes":                        "none",
		"bytes=":                       "none",
		"bytes=-":                      "none",
		"bytes=2-1":                    "none",
		"bytes=a-b":                    "none",
		"bytes=1-b":                    "none",
		"bytes=--1":                    "none",
		"bytes=+1-2":                   "none",
		"bytes=0-1,5-6":                "none",
		"lines=0-1":                    "none",
	} {
		first, last, kind := parseRange(value, 100)
		got := [...]string{"none", fmt.Sprintf("%d-%d", first, last), "outside"}[kind]
		if got != want {
			t.Errorf("parseRange(%q, 100) is %s, want %s", value, got, want)
		}
	}
	if _, _, kind := parseRange("bytes=-5", 0); kind != rangeOutside {
		t.Error("a suffix of an empty file is not outside")
	}
}

// TestParseRangeStaysInside: whatever is asked, a part lies within the file.
func TestParseRangeStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`bytes=[0-9]{0,20}-[0-9]{0,20}`).Draw(t, "value")
		size := rapid.Int64Range(0, 1<<40).Draw(t, "size")
		first, last, kind := parseRange(value, size)
		if kind == rangePart && (first < 0 || last < first || last >= size) {
			t.Fatalf("%q of %d bytes: %d-%d", value, size, first, last)
		}
	})
}

func TestParseDate(t *testing.T) {
	for text, want := range map[string]int64{
		"Sun, 06 Nov 1994 08:49:37 GMT":  784111777,
		"Sunday, 06-Nov-94 08:49:37 GMT": 784111777,
		"Sun Nov  6 08:49:37 1994":       784111777,
		"yesterday":                      -1,
		"":                               -1,
		"Sun, 06 Nov 1994 08:49:37":      -1,
	} {
		got := int64(-1)
		if date, ok := parseDate(text); ok {
			got = date.Unix()
		}
		if got != want {
			t.Errorf("parseDate(%q) is %d, want %d", text, got, want)
		}
	}
}

func TestEscapedForTheLog(t *testing.T) {
	for text, want := range map[string]string{
		"GET /foo HTTP/1.1":   "GET /foo HTTP/1.1",
		"/\x1bbar\x00\x1b":    `/\x1bbar\x00\x1b`,
		"\x1b\x7f\x9f\xa0b":   `\x1b\x7f\x9f\xa0b`,
		"GET /foo\\b\"ar\x07": `GET /foo\\b\"ar\x07`,
		"a\r\nb":              `a\x0d\x0ab`,
	} {
		if got := string(appendEscaped(nil, text)); got != want {
			t.Errorf("%q is logged as %s, want %s", text, got, want)
		}
	}
}
