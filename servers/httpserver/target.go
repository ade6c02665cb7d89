package httpserver

import (
	"bytes"
	"net/netip"
	"strings"
)

// errNoPath answers a path that can name nothing here: one that climbs above the root, or hides a separator in an
// escape.
var errNoPath = &StatusError{Code: 404, Text: "the path names nothing here"}

// parseTarget splits the target into path and query, and settles the host. The forms are "/path?query",
// "http://host/path?query" and, of OPTIONS, "*" (RFC 9112, 3.2). A path that is well formed but names nothing is not an
// error of the request: it waits in r.noPath until the request is answered, and the connection goes on.
func parseTarget(r *Request) error {
	target := r.Target
	authority := ""
	if target[0] != '/' {
		if r.Method == "CONNECT" {
			return errConnect
		}
		if target == "*" && r.Method == "OPTIONS" {
			r.Path = "*"
			return parseHost(r, "")
		}
		var ok bool
		if authority, target, ok = cutAuthority(target); !ok {
			return errTarget
		}
	}
	if err := parseHost(r, authority); err != nil {
		return err
	}
	path, query, _ := strings.Cut(target, "?")
	r.Query = query
	clean, err := cleanPath(path)
	if err == errNoPath {
		r.noPath = true
		return nil
	}
	r.Path = clean
	return err
}

// cutAuthority splits "http://host:port/path?query" behind the authority. The rest begins with "/", which is added
// where the path is empty.
func cutAuthority(target string) (authority, rest string, ok bool) {
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !equalFold(scheme, "http") && !equalFold(scheme, "https") {
		return "", "", false
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, rest = rest[:end], rest[end:]
	if authority == "" || !validHost(authority) {
		return "", "", false
	}
	if rest == "" || rest[0] != '/' {
		rest = "/" + rest
	}
	return authority, rest, true
}

// parseHost settles r.Host: the target's authority overrules the header, which HTTP/1.1 demands even so, once (RFC
// 9112, 3.2).
func parseHost(r *Request, authority string) error {
	c := &r.control
	if c.hosts > 1 || c.hosts == 0 && r.Minor > 0 || !validHost(c.host) {
		return errHost
	}
	r.Host = c.host
	if authority != "" {
		r.Host = authority
	}
	return nil
}

// validHost accepts "", "name", "1.2.3.4", "[::1]", each with an optional ":port".
func validHost(host string) bool {
	name, port, hasPort := host, "", false
	if strings.HasPrefix(host, "[") {
		literal, rest, ok := strings.Cut(host[1:], "]")
		address, err := netip.ParseAddr(literal)
		if !ok || err != nil || !address.Is6() || address.Zone() != "" || rest != "" && rest[0] != ':' {
			return false
		}
		name, port = "", strings.TrimPrefix(rest, ":")
	} else if name, port, hasPort = strings.Cut(host, ":"); hasPort && name == "" {
		return false
	}
	for i := range len(port) {
		if !digit(port[i]) {
			return false
		}
	}
	return all(name, inHost)
}

// cleanPath decodes a path and resolves it: no ".", "..", or empty segment remains, escaped or not; a slash at the end
// stays. An escape is decoded once. Bad escapes and control characters are errTarget; a segment that would hold a
// separator ("/" or, as other systems have it, "\") and a ".." that climbs above the root are errNoPath.
func cleanPath(raw string) (string, error) {
	if plainPath(raw) {
		return raw, nil
	}
	clean := make([]byte, 0, len(raw))
	folder := false // the last segment stands for a folder: the path ends with a slash
	for segment := range strings.SplitSeq(raw[1:], "/") {
		start := len(clean)
		var err error
		if clean, err = appendSegment(append(clean, '/'), segment); err != nil {
			return "", err
		}
		name := string(clean[start+1:])
		folder = name == "" || name == "." || name == ".."
		if folder {
			clean = clean[:start]
		}
		if name == ".." {
			if len(clean) == 0 {
				return "", errNoPath
			}
			clean = clean[:bytes.LastIndexByte(clean, '/')]
		}
	}
	if folder || len(clean) == 0 {
		clean = append(clean, '/')
	}
	return string(clean), nil
}

// plainPath recognises the usual path, which is its own clean form.
func plainPath(raw string) bool {
	for i := range len(raw) {
		switch raw[i] {
		case '%', '\\':
			return false
		case '.', '/':
			if i > 0 && raw[i-1] == '/' {
				return false
			}
		}
	}
	return true
}

func appendSegment(b []byte, segment string) ([]byte, error) {
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		if c == '%' {
			if i+2 >= len(segment) || hexValue(segment[i+1]) < 0 || hexValue(segment[i+2]) < 0 {
				return nil, errTarget
			}
			c = byte(hexValue(segment[i+1])<<4 | hexValue(segment[i+2]))
			i += 2
		}
		switch {
		case c < ' ' || c == 0x7f:
			return nil, errTarget
		case c == '/' || c == '\\':
			return nil, errNoPath
		}
		b = append(b, c)
	}
	return b, nil
}

// hexValue is the value of a hexadecimal digit, or -1.
func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// escapePath is the way back: a path as it may stand in a Location or a link. Only what is certainly harmless stays as
// it is.
func escapePath(path string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(path))
	for i := range len(path) {
		c := path[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || digit(c) || strings.IndexByte("/-._~", c) >= 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
