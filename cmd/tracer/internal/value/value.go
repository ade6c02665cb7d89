// Package value has the values that flags of the command line can have beyond pflag's own. Each refuses what is no
// value of its kind, and says how one is written.
package value

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tracer/cmd/tracer/internal/output"
	"tracer/words"
)

// refuse returns the error that says so in any language.
func refuse(say words.Message) error { return &words.Error{Say: say} }

// Size is a flag for bytes: 4194304, 4M, 64K.
type Size int

func (v *Size) String() string {
	n, unit := int(*v), ""
	for _, larger := range []string{"K", "M", "G"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, larger
	}
	return strconv.Itoa(n) + unit
}

func (v *Size) Type() string { return "size" }

func (v *Size) Set(s string) error {
	digits, shift := s, 0
	for i, unit := range []string{"K", "M", "G"} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(s), unit); ok {
			digits, shift = rest, 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n == 0 || n<<shift > 1<<30 {
		return refuse(func(l *words.Language) string { return l.Usage.NotASize(s) })
	}
	*v = Size(n << shift)
	return nil
}

// Positive is a flag for a positive number. Its zero value stands for a default.
type Positive int

func (v *Positive) String() string { return strconv.Itoa(int(*v)) }
func (v *Positive) Type() string   { return "int" }

func (v *Positive) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return refuse(func(l *words.Language) string { return l.Usage.NotPositive(s) })
	}
	*v = Positive(n)
	return nil
}

// PerSecond is a flag for a number a second, more than none. Its zero value stands for a default.
type PerSecond float64

func (v *PerSecond) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }
func (v *PerSecond) Type() string   { return "float" }

func (v *PerSecond) Set(s string) error {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n > 0) { // not a number, too
		return refuse(func(l *words.Language) string { return l.Usage.NotARate(s) })
	}
	*v = PerSecond(n)
	return nil
}

// Ports is a flag for ports, which can be given several times, or be parted by commas.
type Ports []uint16

func (v *Ports) String() string { return strings.Trim(fmt.Sprint([]uint16(*v)), "[]") }
func (v *Ports) Type() string   { return "port" }

func (v *Ports) Set(s string) error {
	for port := range strings.SplitSeq(s, ",") {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return refuse(func(l *words.Language) string { return l.Usage.NotAPort(port) })
		}
		*v = append(*v, uint16(n))
	}
	return nil
}

// Ordinals is a flag for the numbers of events, which can be given several times, or be parted by commas.
type Ordinals []uint64

func (v *Ordinals) String() string { return strings.Trim(fmt.Sprint([]uint64(*v)), "[]") }
func (v *Ordinals) Type() string   { return "event" }

func (v *Ordinals) Set(s string) error {
	for ordinal := range strings.SplitSeq(s, ",") {
		n, err := strconv.ParseUint(ordinal, 10, 63)
		if err != nil {
			return refuse(func(l *words.Language) string { return l.Usage.NotAnEvent(ordinal) })
		}
		*v = append(*v, n)
	}
	return nil
}

// FileName is a flag for the name of a file.
type FileName string

func (v *FileName) String() string { return string(*v) }
func (v *FileName) Type() string   { return "file" }

func (v *FileName) Set(s string) error {
	if s == "" {
		return refuse(func(l *words.Language) string { return l.Usage.FileUnnamed })
	}
	*v = FileName(s)
	return nil
}

// Besides is a flag for a recording that is written while standard output shows the trace.
type Besides string

func (v *Besides) String() string { return string(*v) }
func (v *Besides) Type() string   { return "file" }

func (v *Besides) Set(s string) error {
	if s == output.Standard {
		return refuse(func(l *words.Language) string { return l.Usage.OutputInUse })
	}
	return (*FileName)(v).Set(s)
}

// Span is a flag for a time that is longer than none.
type Span time.Duration

func (v *Span) String() string {
	if *v == 0 {
		return "" // no default to speak of
	}
	return time.Duration(*v).String()
}

func (v *Span) Type() string { return "duration" }

func (v *Span) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return refuse(func(l *words.Language) string { return l.Usage.NotATime(s) })
	}
	*v = Span(d)
	return nil
}

// Choice is a flag for one of several names.
type Choice[T fmt.Stringer] struct {
	at    *T
	parse func(string) (T, error)
	kind  string
}

// ChoiceOf returns the flag for the value at a place; kind is what the help calls it.
func ChoiceOf[T fmt.Stringer](at *T, parse func(string) (T, error), kind string) Choice[T] {
	return Choice[T]{at, parse, kind}
}

func (c Choice[T]) String() string { return (*c.at).String() }
func (c Choice[T]) Type() string   { return c.kind }

func (c Choice[T]) Set(s string) (err error) {
	*c.at, err = c.parse(s)
	return err
}
