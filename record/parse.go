package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"tracer/event"
)

// maxLine holds an event with all its strings, quoted.
const maxLine = 32 << 20

// ParseText reads the text form: a header, events and what was marked of them. Its errors begin with the number of the
// line.
func ParseText(r io.Reader) (meta Meta, events []event.Event, marks []event.Mark, err error) {
	var now event.Time
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	number := 1
	for ; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
			continue
		case firstWord(line) == marksLine:
			if marks = parseMarks([]byte(line[len(marksLine):])); marks == nil {
				return Meta{}, nil, nil, fmt.Errorf("line %d: it holds no list of marks", number)
			}
		case line[0] == '@' && len(events) > 0:
			return Meta{}, nil, nil, fmt.Errorf("line %d: a header line stands behind the first event", number)
		case line[0] == '@':
			if err := parseMeta(&meta, line[1:]); err != nil {
				return Meta{}, nil, nil, fmt.Errorf("line %d: %w", number, err)
			}
		default:
			e, err := parseEvent(line, now)
			if err != nil {
				return Meta{}, nil, nil, fmt.Errorf("line %d: %w", number, err)
			}
			now = e.Time
			events = append(events, e)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Meta{}, nil, nil, fmt.Errorf("line %d: it is longer than %d bytes", number, maxLine)
	} else if err != nil {
		return Meta{}, nil, nil, fmt.Errorf("read text form: %w", err)
	}
	return meta.valid(), events, marks, nil
}

// parseMeta reads "key value". A value that is no JSON, or not of the right sort, is taken as a string.
func parseMeta(meta *Meta, line string) error {
	key := firstWord(line)
	value := strings.TrimSpace(line[len(key):])
	name, _ := json.Marshal(key) // strings can always be marshalled
	quoted, _ := json.Marshal(value)
	set := func(value []byte) (Meta, error) {
		next := *meta
		d := json.NewDecoder(bytes.NewReader(fmt.Appendf(nil, "{%s:%s}", name, value)))
		d.DisallowUnknownFields()
		err := d.Decode(&next)
		if err == nil {
			_, err = json.Marshal(next.valid()) // a time can be read that cannot be written
		}
		return next, err
	}
	err := errors.New("no JSON")
	if json.Valid([]byte(value)) {
		var next Meta
		if next, err = set([]byte(value)); err == nil {
			*meta = next
			return nil
		}
	}
	next, textErr := set(quoted)
	if textErr != nil {
		return fmt.Errorf("header %q: %w", key, err)
	}
	*meta = next
	return nil
}

// parseEvent reads one line. now is the time of the line before.
func parseEvent(line string, now event.Time) (event.Event, error) {
	var e event.Event
	stamp := firstWord(line)
	var err error
	if e.Time, err = parseStamp(stamp, now); err != nil {
		return e, err
	}
	rest := strings.TrimLeft(line[len(stamp):], " \t")
	name := firstWord(rest)
	rest = rest[len(name):]
	if e.Kind, err = event.ParseKind(name); err != nil {
		return e, err
	}
	given := map[string]bool{}
	for {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" || rest[0] == '#' {
			break
		}
		if rest, err = parseField(&e, rest, given); err != nil {
			return e, err
		}
	}
	for _, fields := range [][]event.Field{event.Common, e.Kind.Spec().Fields} {
		for i := range fields {
			if f := &fields[i]; f.Type != event.String && !given[f.Name] && implied(&e, f.Name) != 0 {
				f.SetNumber(&e, implied(&e, f.Name))
			}
		}
	}
	return e, nil
}

// parseStamp reads the time at the beginning of a line.
func parseStamp(s string, now event.Time) (event.Time, error) {
	after, relative := strings.CutPrefix(s, "+")
	t, err := parseTime(after)
	if err != nil {
		return 0, err
	}
	if !relative {
		return t, nil
	}
	if now+t < now {
		return 0, fmt.Errorf("time %s is too far", s)
	}
	return now + t, nil
}

// parseTime reads seconds with decimals, or a number with units.
func parseTime(s string) (event.Time, error) {
	bad := fmt.Errorf("time %q is neither seconds nor a duration such as 1.5 or 20ms", s)
	if s == "" {
		return 0, bad
	}
	if last := s[len(s)-1]; last < '0' || last > '9' {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return 0, bad
		}
		return event.Time(d), nil
	}
	whole, decimals, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || len(decimals) > 9 {
		return 0, bad
	}
	nanos, err := strconv.ParseUint((decimals + "000000000")[:9], 10, 64)
	if err != nil {
		return 0, bad
	}
	if seconds > math.MaxUint64/uint64(time.Second) || seconds*1e9 > math.MaxUint64-nanos {
		return 0, fmt.Errorf("time %s is too far", s)
	}
	return event.Time(seconds*1e9 + nanos), nil
}

// parseField reads "key=value" from the beginning of s and returns the rest.
func parseField(e *event.Event, s string, given map[string]bool) (rest string, err error) {
	end := strings.IndexAny(s, "= \t")
	if end < 0 || s[end] != '=' {
		return "", fmt.Errorf("%q is not key=value", firstWord(s))
	}
	key, rest := s[:end], s[end+1:]
	f := fieldOf(e.Kind, key)
	if f == nil {
		return "", fmt.Errorf("%v has no field %q, only %s", e.Kind, key, fieldNames(e.Kind))
	}
	if given[key] {
		return "", fmt.Errorf("%s stands twice", key)
	}
	given[key] = true
	value := firstWord(rest)
	if strings.HasPrefix(rest, `"`) {
		if value, err = strconv.QuotedPrefix(rest); err != nil {
			return "", fmt.Errorf("%s: the quotation mark is not closed", key)
		}
	}
	rest = rest[len(value):]
	if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", fmt.Errorf("%s: a blank is missing after %s", key, value)
	}
	if err := setField(e, f, value); err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return rest, nil
}

func firstWord(s string) string {
	if end := strings.IndexAny(s, " \t"); end >= 0 {
		return s[:end]
	}
	return s
}

// fieldOf finds a field that a line can have: all but the time.
func fieldOf(k event.Kind, name string) *event.Field {
	if name == event.Common[0].Name {
		return nil
	}
	if f := findField(k, name, false); f != nil {
		return f
	}
	return findField(k, name, true)
}

func fieldNames(k event.Kind) string {
	var names []string
	for _, fields := range [][]event.Field{event.Common[1:], k.Spec().Fields} {
		for i := range fields {
			names = append(names, fields[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

func setField(e *event.Event, f *event.Field, value string) error {
	if f.Type == event.String {
		if strings.HasPrefix(value, `"`) {
			text, err := strconv.Unquote(value)
			if err != nil {
				return fmt.Errorf("bad string %s", value)
			}
			value = text
		}
		if len(value) > MaxText {
			return fmt.Errorf("a string of %d bytes is longer than %d", len(value), MaxText)
		}
		f.SetText(e, value)
		return nil
	}
	v, err := parseNumber(f, value)
	if err != nil {
		return err
	}
	if f.SetNumber(e, v); f.Number(e) != v {
		return fmt.Errorf("%s is out of range", value)
	}
	return nil
}

// parseNumber reads a value by the type of its field; names of an enum and of bits may be numbers, too.
func parseNumber(f *event.Field, value string) (int64, error) {
	switch f.Type {
	case event.Duration:
		t, err := parseTime(value)
		return int64(t), err
	case event.Enum:
		return parseName(f.Names, value, func(i int) int64 { return int64(i) })
	case event.Bits:
		var all int64
		for part := range strings.SplitSeq(value, ",") {
			v, err := parseName(f.Names, part, func(i int) int64 { return 1 << i })
			if err != nil {
				return 0, err
			}
			all |= v
		}
		return all, nil
	}
	return parseInteger(value)
}

func parseName(names []string, value string, number func(i int) int64) (int64, error) {
	for i, name := range names {
		if name == value {
			return number(i), nil
		}
	}
	if v, err := parseInteger(value); err == nil {
		return v, nil
	}
	return 0, fmt.Errorf("%q is none of %s", value, strings.Join(names, ", "))
}

// parseInteger reads a signed or an unsigned number of 64 bits, decimal or with 0x.
func parseInteger(value string) (int64, error) {
	if v, err := strconv.ParseInt(value, 0, 64); err == nil {
		return v, nil
	}
	u, err := strconv.ParseUint(value, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", value)
	}
	return int64(u), nil
}
