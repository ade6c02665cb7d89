package httpserver

import (
	"fmt"
	"html"
	"io"
	"os"
	"slices"
	"strings"
)

// listLimit is how many names of a directory are shown.
const listLimit = 10_000

// list answers with a page of links to what is in the directory, and closes it. Names are any bytes but "/" and NUL: in
// a link they are percent-encoded, in the text escaped, and bytes that are no UTF-8 replaced.
func list(w *Response, r *Request, fd int) error {
	directory := os.NewFile(uintptr(fd), r.Path)
	defer directory.Close()
	entries, err := directory.ReadDir(listLimit)
	if err != nil && err != io.EOF {
		return fmt.Errorf("list directory: %w", err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	title := html.EscapeString(printable("Listing of " + r.Path))
	w.Type("text/html; charset=utf-8")
	w.Header("X-Content-Type-Options", "nosniff")
	_, err = fmt.Fprintf(w, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "+
		"charset=\"utf-8\"><title>%s</title></head>\n"+
		"<body><h1>%s</h1>\n<ul>\n", title, title)
	for _, entry := range entries {
		if err != nil {
			return err
		}
		name := entry.Name()
		if strings.ContainsRune(name, '\\') {
			continue // it cannot be asked for
		}
		if entry.IsDir() {
			name += "/"
		}
		_, err = fmt.Fprintf(w, "<li><a href=\"%s\">%s</a></li>\n", escapePath(name),
			html.EscapeString(printable(name)))
	}
	if err == nil {
		_, err = w.WriteString("</ul></body></html>\n")
	}
	return err
}

// printable replaces what is no text.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || 0x7f <= c && c < 0xa0 {
			return '\uFFFD'
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
