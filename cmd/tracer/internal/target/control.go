package target

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tracer/servers"
	"tracer/servers/load"
	"tracer/session"
	"tracer/viewer"
	"tracer/words"
)

// obey carries out the commands that come on standard input, until its end: a line each, reap WAY. What cannot be is
// said, and what comes then is carried out all the same.
func obey(in *os.File, server servers.Reaper, l *words.ControlWords, say func(string)) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		name, found := strings.CutPrefix(lines.Text(), "reap ")
		way, err := servers.ParseReap(strings.TrimSpace(name))
		switch {
		case !found:
			say(l.UnknownCommand(strconv.Quote(lines.Text())))
			continue
		case err == nil:
			err = server.SetReap(way)
		}
		if err != nil {
			say(l.Refused(err.Error()))
		}
	}
}

// Obey has a server take commands from standard input, if the flags say so.
func (v *Server) Obey(server servers.Server, in *os.File, say func(string)) {
	reaper, ok := server.(servers.Reaper)
	if !ok || !v.control {
		return
	}
	// a pipe is waited for without a thread of its own, which an observer would see
	if info, err := in.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 && in.Fd() == 0 &&
		unix.SetNonblock(0, true) == nil {
		in = os.NewFile(0, in.Name())
	}
	go obey(in, reaper, &v.words.Control, say)
}

// Control adds to what the screen offers to change: how the server that is to be launched reaps, where its model has a
// choice, and how clients come, of which pace is that; nil: there are none.
func (v *Server) Control(t *session.Target, model string, pace *load.Pace, controls *[]*viewer.Control) error {
	if m, err := servers.Lookup(model); err == nil && t.Server && m.Reaps() {
		read, write, err := os.Pipe()
		if err != nil {
			return fmt.Errorf("make a pipe for the server's commands: %w", err)
		}
		t.Command.Stdin = read
		t.Command.Args = append(t.Command.Args, "--control")
		*controls = append(*controls, v.reaping(write))
	}
	if pace != nil {
		*controls = append(*controls, clients(pace, v.words))
	}
	return nil
}

// reaping has room in the pipe for more than a user can press, so that it returns at once.
func (v *Server) reaping(pipe *os.File) *viewer.Control {
	say := &v.words.Control
	c := &viewer.Control{Title: say.Reap, Key: "W", Words: say.ReapKey}
	names := servers.ReapNames()
	docs := [...]string{servers.ReapHandler: say.Handler, servers.ReapNone: say.NoWait, servers.ReapIgnore: say.Ignore,
		servers.ReapOnce: say.Once, servers.ReapPoll: say.Poll, servers.ReapDoubleFork: say.DoubleFork}
	for i, name := range names {
		c.Choices = append(c.Choices, viewer.Choice{Label: name, Doc: docs[i]})
	}
	c.Chosen = slices.Index(names, v.reap)
	c.Between = [2]int{slices.Index(names, "handler"), c.Chosen}
	if c.Chosen == c.Between[0] {
		c.Between[1] = slices.Index(names, "none")
	}
	c.Choose = func(i int) error {
		_, err := fmt.Fprintln(pipe, "reap", names[i])
		return err
	}
	return c
}

func clients(pace *load.Pace, l *words.Language) *viewer.Control {
	say := &l.Control
	c := &viewer.Control{Title: say.Clients, Key: "H", Words: say.HoldKey, Chosen: 2, Between: [2]int{0, 2}}
	for _, p := range []words.Key{say.Paused, say.Half, say.AsAsked, say.Fourfold} {
		c.Choices = append(c.Choices, viewer.Choice{Label: p.Label, Doc: p.Help})
	}
	c.Choose = func(i int) error {
		pace.Set([]float64{0, 0.5, 1, 4}[i])
		return nil
	}
	return c
}
