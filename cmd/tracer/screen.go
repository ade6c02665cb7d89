package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/probes"
	"tracer/viewer"
)

// viewFlags say how a trace is shown.
type viewFlags struct {
	plain, quiet, asJSON bool
	ascii                bool
	theme                *viewer.Theme
	told                 bool // why there is no screen
}

func (v *viewFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&v.plain, "plain", false, "text lines, no screen")
	f.BoolVarP(&v.quiet, "quiet", "q", false, "only the summary: no screen, no line for each event")
	f.BoolVar(&v.asJSON, "json", false, "only the summary, as one JSON object")
	f.BoolVar(&v.ascii, "ascii", false, "ASCII characters only")
	v.theme = viewer.Dark
	f.Var(choice[*viewer.Theme]{&v.theme, viewer.ThemeByName, "name"}, "theme", "colours: "+strings.Join(viewer.ThemeNames(), ", "))
}

// screen reports whether there is a terminal to show it on, and the user wants that. When only the terminal cannot, it says so once.
func (v *viewFlags) screen(s *streams) bool {
	if !s.terminal() || v.plain || v.quiet || v.asJSON {
		return false
	}
	err := viewer.Drawable()
	if err != nil && !v.told {
		v.told = true
		s.message("%v: text lines instead of the screen", err)
	}
	return err == nil
}

// options are what the flags say to the viewer.
func (v *viewFlags) options(title string) viewer.Options {
	return viewer.Options{Title: title, Theme: v.theme, ASCII: v.ascii}
}

// follow shows a session to its end and gives the exit code of what was launched. Whatever way it is shown, the summary ends it.
func (v *viewFlags) follow(s *streams, session *session, output *capture) (code int, err error) {
	tally := model.New(model.Options{})
	if v.screen(s) {
		err = v.onScreen(session, tally, output)
	} else {
		err = v.asLines(s, session, tally)
	}
	code, finished := session.finish()
	if finished == nil && session.options.output != "" && !v.asJSON {
		s.message("recorded %s", session.whereabouts("see it again"))
	}
	if err := errors.Join(err, finished); err != nil {
		return code, err
	}
	summary := export.Summarize(tally)
	if v.asJSON {
		return code, summary.JSON(s.out)
	}
	return code, summary.Text(s.out)
}

// asLines prints the events as they come. When that fails a recording goes on.
func (v *viewFlags) asLines(s *streams, session *session, tally *model.Model) (err error) {
	for batch := range session.events {
		for i := range batch {
			tally.Apply(&batch[i])
		}
		if v.quiet || v.asJSON || err != nil {
			continue
		}
		if err = export.Lines(s.out, tally.Start(), batch); err != nil {
			err = fmt.Errorf("print the events: %w", err)
			if session.file == nil { // nobody would know of what comes
				session.cutShort()
			}
		}
	}
	if err == nil && !v.quiet && !v.asJSON {
		fmt.Fprintln(s.out)
	}
	return err
}

// onScreen runs the viewer. When the user leaves before the trace has ended, what was launched is told to stop.
func (v *viewFlags) onScreen(session *session, tally *model.Model, output *capture) error {
	o := v.options(session.target.title)
	batches := make(chan []event.Event, 16)
	go func() {
		defer close(batches)
		for batch := range session.events {
			for i := range batch {
				tally.Apply(&batch[i])
			}
			batches <- batch
		}
	}()
	o.Batches, o.Live, o.Now = batches, true, probes.Now
	if output != nil {
		o.Output = output.lines
	}
	err := viewer.Run(session.ending, o)
	if session.ending.Err() != nil {
		err = nil
	}
	session.leave()
	for range batches { // what was on its way
	}
	return err
}

// replaySource lets the viewer travel in a recording.
type replaySource struct{ r *recording }

func (s replaySource) Len() uint64 {
	n, _ := s.r.Len()
	return n
}

func (s replaySource) At(from uint64, buf []event.Event) (n int, err error) {
	if s.r.Ordinal() != from {
		if err := s.r.Seek(from); err != nil {
			return 0, err
		}
	}
	for n < len(buf) && from+uint64(n) < s.Len() {
		k, err := s.r.Next(buf[n:])
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// captureTail is how much of a program's output is kept.
const captureTail = 64 << 10

// capture keeps the output of the launched program while the screen is the viewer's. It is a file without a name, not a pipe: the program
// can go on writing when tracer is killed, and nothing is left behind.
type capture struct {
	file *os.File
	size int64
	text []string
}

func newCapture() (*capture, error) {
	f, err := os.CreateTemp("", "tracer-output-")
	if err != nil {
		return nil, fmt.Errorf("make a file for the program's output: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFL, unix.O_APPEND); err != nil {
		return nil, errors.Join(fmt.Errorf("append to the program's output: %w", err), f.Close())
	}
	return &capture{file: f}, nil
}

// lines gives the last lines of the output, and gives the disk back what is older.
func (c *capture) lines() []string {
	info, err := c.file.Stat()
	if err != nil || info.Size() == c.size {
		return c.text
	}
	c.size = info.Size()
	from := max(0, c.size-captureTail)
	tail := make([]byte, c.size-from)
	n, _ := c.file.ReadAt(tail, from)
	c.text = strings.Split(strings.TrimRight(string(tail[:n]), "\n"), "\n")
	if from > 0 {
		c.text = c.text[1:] // cut in the middle
		_ = unix.Fallocate(int(c.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, from)
	}
	return c.text
}

func (c *capture) close() error {
	if c == nil {
		return nil
	}
	return c.file.Close()
}
