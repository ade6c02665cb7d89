// Package output is where tracer writes to: data to standard output, messages of one line each to standard error, and
// files that are there as a whole or not at all. Names that others chose are made safe to show on the way.
package output

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"tracer/inherited"
	"tracer/text"
	"tracer/words"
)

// Standard is the name that stands for standard input or output. A file that has it is ./-
const Standard = "-"

// Streams are the standard ones, and the language of what is written for people.
type Streams struct {
	In       *os.File
	Out, Err io.Writer
	Words    *words.Language
}

// Terminal reports whether both input and output are one.
func (s *Streams) Terminal() bool {
	out := File(s.Out)
	return out != nil && s.In != nil && term.IsTerminal(int(s.In.Fd())) && term.IsTerminal(int(out.Fd()))
}

// Message writes one line for the user. It may hold names that others chose.
func (s *Streams) Message(format string, args ...any) { Tell(s.Err, fmt.Sprintf(format, args...)) }

// Warn writes a message for each thing that is wrong with what is named.
func (s *Streams) Warn(name string, warnings []words.Message) {
	for _, say := range warnings {
		s.Message("%s", s.Words.Usage.In(name, say(s.Words)))
	}
}

// Tell is where all messages come by.
func Tell(w io.Writer, message string) { fmt.Fprintf(w, "tracer: %s\n", text.Line(message)) }

// File returns the file behind a stream, nil when there is none.
func File(w io.Writer) *os.File {
	if c, ok := w.(*Checked); ok {
		w = c.Writer
	}
	f, _ := w.(*os.File)
	return f
}

// Escape returns a writer of whole lines to w, made safe to show: they can hold names which others chose.
func Escape(w io.Writer) io.Writer { return escaped{w} }

type escaped struct{ io.Writer }

func (e escaped) Write(b []byte) (int, error) {
	lines := strings.SplitAfter(string(b), "\n")
	for i, line := range lines {
		content, ended := strings.CutSuffix(line, "\n")
		if lines[i] = text.Line(content); ended {
			lines[i] += "\n"
		}
	}
	_, err := io.WriteString(e.Writer, strings.Join(lines, ""))
	return len(b), err
}

// Checked remembers that a write to standard output failed, for what is written without looking at it, as the help is.
type Checked struct {
	io.Writer
	// Closed: tracer was given it so, and Go's runtime has opened /dev/null in its place.
	Closed bool
	Err    error // of the first write that failed
}

// Check returns a stream that remembers.
func Check(stdout io.Writer) *Checked {
	return &Checked{Writer: stdout, Closed: stdout == os.Stdout && inherited.Closed(1)}
}

func (c *Checked) Write(b []byte) (n int, err error) {
	if err = (&fs.PathError{Op: "write", Path: "/dev/stdout", Err: unix.EBADF}); !c.Closed { // as of any other file
		n, err = c.Writer.Write(b)
	}
	if c.Err == nil && err != nil {
		c.Err = fmt.Errorf("write to standard output: %w", err)
	}
	return n, err
}
