package viewer

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
)

func TestKeyboardLetsKeysPass(t *testing.T) {
	for _, keys := range []string{
		"q", "?", "é", "語", "😀", "\r", "\t", "\x7f", "\x03",
		"\x1b", "\x1b[A", "\x1bOP", "\x1b[[A", "\x1b[1;5D", "\x1b[15~", "\x1bz", "\x1b[Z",
		"\x1b[<0;12;7M", "\x1b[<0;12;7m", "\x1b[97;5u", "\x1b[27;5;97~",
		"\x1b[65;30;97;1;0;1_", "\x1b[0;0;27;1;0;1_\x1b[0;0;91;1;0;1_\x1b[0;0;60;1;0;1_",
		"/ngïnx\r\x1b[B\x1b[Bé",
	} {
		var k keyboard
		if got := string(k.filter(nil, []byte(keys))); got != keys {
			t.Errorf("%q becomes %q", keys, got)
		}
		var one keyboard // the same, as slowly as can be
		var out []byte
		for _, b := range []byte(keys) {
			out = one.filter(out, []byte{b})
		}
		if string(out) != keys {
			t.Errorf("%q, byte by byte, becomes %q", keys, out)
		}
	}
}

func TestKeyboardDropsWhatIsNoText(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"a\xffb", "ab"}, {"a\xe4", "a"}, {"\xc0\xafz", "z"}, {"\xe8\xaa-", "-"}, {"\x80q", "q"},
		{"\x1b\x1b\x1bq", "\x1bq"},
		{"\x1b]0;a title\x07q", "\x1b\\q"}, {"\x1bP1$r0m\x1b\\q", "\x1b\\q"},
		{"\x1b_an end that never comes", "\x1b\\"},
		{"\x1b[65;30;97;1;0;30000_", "\x1b[65;30;97;1;0;30000"}, {"\x1b[;;_", "\x1b[;;"},
		{"\x1b[" + strings.Repeat("1", 500) + "A", "\x1b[" + strings.Repeat("1", mostParameters) + "A"},
	} {
		var k keyboard
		if got := string(k.filter(nil, []byte(c.in))); got != c.out {
			t.Errorf("%q becomes %q, want %q", c.in, got, c.out)
		}
	}
}

// A person's keys come alone: an introducer is then a key, with Alt when it follows Esc at once.
func TestKeyboardKnowsAKeyFromAString(t *testing.T) {
	var k keyboard
	out := k.filter(nil, []byte("\x1b"))
	out = k.filter(out, []byte("]"))
	out = k.filter(out, []byte("q"))
	if want := "\x1b\x1b[93uq"; string(out) != want {
		t.Errorf("gave %q, want %q", out, want)
	}
}

// FuzzKeyboard holds what it gives against the library itself: whatever came before, keys are heard.
func FuzzKeyboard(f *testing.F) {
	for _, keys := range []string{"q", "\x1b[A", "é", "\x1b[<0;12;7M", "\x1b[65;30;97;1;0;1_", "\x1b[0;0;27;1;0;1_"} {
		f.Add([]byte(keys), uint8(len(keys)))
	}
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		in = in[:min(len(in), 500)]
		var k keyboard
		var out []byte
		for piece := range slices.Chunk(in, max(int(step), 1)) {
			out = k.filter(out, piece)
		}
		if !utf8.Valid(out) {
			t.Fatalf("%q becomes %q, which is no UTF-8", in, out)
		}
		if len(k.keys.parameters) > mostParameters || len(k.inner.parameters) > mostParameters {
			t.Fatal("it keeps more and more")
		}
		if !bytes.ContainsRune(in, esc) && utf8.Valid(in) && string(out) != string(in) {
			t.Fatalf("%q becomes %q", in, out)
		}
		for range 3 { // one may end a sequence, and one may belong to an Esc
			out = k.filter(out, []byte("q"))
		}
		if !hears(out) {
			t.Fatalf("after %q, which became %q, no key is heard", in, out)
		}
	})
}

// hears reports whether the library takes the last of what it gets for the key q.
func hears(in []byte) bool {
	events := make(chan tcell.Event, len(in)+mostRepeats*bytes.Count(in, []byte("_")))
	input := tcell.NewInputProcessor(events)
	input.ScanUTF8(in)
	heard := false
	for {
		select {
		case e := <-events:
			key, ok := e.(*tcell.EventKey)
			heard = ok && keyName(key) == "q"
		default:
			return heard
		}
	}
}
