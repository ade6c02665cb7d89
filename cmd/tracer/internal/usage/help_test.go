package usage

import (
	"testing"
)

func TestFill(t *testing.T) {
	const text = "one two three\nfour five\n\nList:\n  a  stays as it is\n  b\nafter it\n"
	const want = "one two\nthree four\nfive\n\nList:\n  a  stays as it is\n  b\nafter it"
	if got := fill(text, 10); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
