package value

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

type colour string

func (c colour) String() string { return string(c) }

func parseColour(s string) (colour, error) {
	if s != "red" {
		return "blue", errors.New("choose red")
	}
	return "red", nil
}

func TestValues(t *testing.T) {
	chosen := colour("blue")
	for _, c := range []struct {
		value  pflag.Value
		text   string
		want   string // as it is written again
		refuse string // what the error says
	}{
		{new(Size), "64K", "64K", ""},
		{new(Size), "4194304", "4M", ""},
		{new(Size), "1000", "1000", ""},
		{new(Size), "1g", "1G", ""},
		{new(Size), "0", "", "not a size"},
		{new(Size), "2G", "", "not a size"},
		{new(Size), "K", "", "not a size"},
		{new(Positive), "7", "7", ""},
		{new(Positive), "0", "", "not a positive number"},
		{new(Positive), "x", "", "not a positive number"},
		{new(PerSecond), "0.5", "0.5", ""},
		{new(PerSecond), "NaN", "", "not a rate"},
		{new(PerSecond), "-1", "", "not a rate"},
		{new(Ports), "80", "80", ""},
		{new(Ports), "80,8080", "80 8080", ""},
		{new(Ports), "0", "", `"0" is not a port`},
		{new(Ports), "80,65536", "", `"65536" is not a port`},
		{new(Ports), "http", "", `"http" is not a port`},
		{new(FileName), "a b", "a b", ""},
		{new(FileName), "-", "-", ""},
		{new(FileName), "", "", "name a file"},
		{new(Besides), "./-", "./-", ""},
		{new(Besides), "-", "", "standard output shows the trace"},
		{new(Besides), "", "", "name a file"},
		{new(Span), "90s", "1m30s", ""},
		{new(Span), "0s", "", "not a time"},
		{new(Span), "10", "", "not a time"},
		{ChoiceOf(&chosen, parseColour, "name"), "red", "red", ""},
		{ChoiceOf(&chosen, parseColour, "name"), "green", "", "choose red"},
	} {
		switch err := c.value.Set(c.text); {
		case c.refuse == "" && (err != nil || c.value.String() != c.want):
			t.Errorf("%T %q: %v, %q; want %q", c.value, c.text, err, c.value, c.want)
		case c.refuse != "" && (err == nil || !strings.Contains(err.Error(), c.refuse)):
			t.Errorf("%T %q: %v, want %q", c.value, c.text, err, c.refuse)
		}
	}
}

// TestNoDefaultTime: the help leaves out what is written as nothing.
func TestNoDefaultTime(t *testing.T) {
	if v := Span(0); v.String() != "" {
		t.Errorf("%q", v.String())
	}
	if v := Span(time.Minute); v.String() != "1m0s" {
		t.Errorf("%q", v.String())
	}
}
