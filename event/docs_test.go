package event

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated documents")

const eventsPage = "../docs/events.md"

// TestDocs holds docs/events.md against the table that it is made from.
func TestDocs(t *testing.T) {
	want := page()
	if *update {
		if err := os.WriteFile(eventsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(eventsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the table of events says; run: make docs", eventsPage)
	}
}

func page() string {
	var b strings.Builder
	b.WriteString(`# Events

Every event that tracer reports, with its fields. ` + "`tracer export FILE --to jsonl`" + ` writes each event as a JSON object on
a line of its own, with these names; the text form of recordings uses the same names. (` + "`make docs`" + ` generates this page
from the table in ` + "`event/spec.go`" + `.)

In JSON, fields that are zero or empty are omitted, except ` + "`kind`, `time`, `pid` and `tid`" + `. Times are nanoseconds since
boot (CLOCK_BOOTTIME), durations are in nanoseconds. Ids are those of the initial PID namespace unless stated otherwise.
Strings from other programs are bytes: one that is not valid UTF-8 is written as ` + "`{\"base64\": \"...\"}`" + `, and unprintable
characters are escaped.

After the events come the marks that were set in the viewer, as objects of kind ` + "`mark`" + `: ` + "`event`" + ` is the number of the
marked event, counted from 0 in the whole recording, ` + "`time`" + ` when it happened, and ` + "`note`" + ` what was written down, if
anything.

## Fields of every event

`)
	table(&b, append([]Field{{Name: "kind", Type: Enum,
		Doc: "the kind of event: one of the headings below"}}, Common...))
	for _, k := range Kinds() {
		spec := k.Spec()
		if spec.Doc == "" { // another test tells
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", spec.Name, broken(strings.ToUpper(spec.Doc[:1])+spec.Doc[1:]))
		if len(spec.Fields) > 0 {
			b.WriteString("\n")
			table(&b, spec.Fields)
		}
	}
	return b.String()
}

// broken breaks a sentence into lines of at most 119 bytes, so that a period has room.
func broken(sentence string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(sentence) {
		if i > 0 && column+1+len(word) > 119 {
			b.WriteByte('\n')
			column = 0
		} else if i > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

func table(b *strings.Builder, fields []Field) {
	b.WriteString("| field | JSON | meaning |\n| --- | --- | --- |\n")
	for _, f := range fields {
		doc := f.Doc
		if f.Type == Hex {
			for i, name := range f.Names {
				if name != "" {
					doc += fmt.Sprintf(", `%#x` %s", uint64(1)<<i, name)
				}
			}
		} else if len(f.Names) > 0 && f.Name != "lost" && len(f.Names) < 200 {
			names := slices.DeleteFunc(slices.Clone(f.Names), func(name string) bool { return name == "" })
			doc += ": `" + strings.Join(names, "`, `") + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.Name, jsonType(f.Type), doc)
	}
}

func jsonType(t Type) string {
	switch t {
	case Enum, String:
		return "string"
	case Bits:
		return "array of strings"
	}
	return "number"
}
