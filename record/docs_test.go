package record

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// fenced returns the text of the document's block of that name.
func fenced(t *testing.T, doc, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(doc, "\n```"+name+"\n")
	text, _, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatalf("no block %q", name)
	}
	return text
}

// The example in the description of the format is what the encoder makes.
func TestDocumentedExample(t *testing.T) {
	doc, err := os.ReadFile("../docs/recording.md")
	if err != nil {
		t.Fatal(err)
	}
	_, events, _, err := ParseText(strings.NewReader(fenced(t, string(doc), "events")))
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	for line := range strings.Lines(fenced(t, string(doc), "chunk")) {
		digits, _, _ := strings.Cut(line, "   ") // what stands behind explains
		b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		body = append(body, b...)
	}
	if want := rawBody(filled(t, events)); !bytes.Equal(body, want) {
		t.Errorf("the document has\n% x\nthe encoder makes\n% x", body, want)
	}
}
