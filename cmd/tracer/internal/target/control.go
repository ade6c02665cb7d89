package target

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tracer/event"
	"tracer/probes"
	"tracer/servers"
	"tracer/servers/load"
	"tracer/session"
	"tracer/viewer"
	"tracer/words"
)

// A Served is a server that takes commands.
type Served struct {
	flags  *Server
	server servers.Server
	in     io.Reader
	say    func(string)

	ctx  context.Context // what it serves in: ends when it has to go
	end  context.CancelFunc
	next string // the model that is to go on in its place; empty: none
}

// oneByte reads no more than it needs of a pipe that another reads after it.
type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }

// obey carries out the commands that come, until their end or a change of the model: a line each, reap WAY, work WORK
// or model NAME. What cannot be is said, and what comes then is carried out all the same.
func (s *Served) obey() {
	say := &s.flags.words.Control
	lines := bufio.NewScanner(oneByte{s.in})
	for s.next == "" && lines.Scan() {
		command, setting, _ := strings.Cut(lines.Text(), " ")
		setting = strings.TrimSpace(setting)
		var err error
		switch command {
		case "reap":
			if err = setReap(s.server, setting); err == nil {
				err = s.flags.flags.Set("reap", setting)
			}
		case "work":
			if err = setWork(s.server, setting); err == nil {
				err = s.flags.flags.Set("work", setting)
			}
		case "model":
			err = s.change(setting)
		default:
			s.say(say.UnknownCommand(strconv.Quote(lines.Text())))
		}
		if err != nil {
			s.say(say.Refused(s.flags.words.Error(err)))
		}
	}
}

// change has the server of another model go on in place of this one, if it can.
func (s *Served) change(model string) error {
	m, err := servers.Lookup(model)
	if err == nil {
		err = s.flags.suits(m, s.server.Report().Service)
	}
	if err == nil {
		s.next = model
		s.end()
	}
	return err
}

// suits returns why a model can not go on with these flags and that service; nil: it can.
func (v *Server) suits(m servers.Model, service servers.Service) error {
	o, err := v.options()
	if err != nil {
		return err
	}
	if o.Service = service; !m.Serves(service) {
		return words.Saying(func(l *words.Language) string { return l.Control.NotServed(m.Name, service.String()) })
	}
	_, err = servers.New(m.Name, o.For(m)) // it opens nothing
	return err
}

// Serve serves until the end, or until another model is to go on: then it ends in the same way, says what it did, and
// executes that in its place, at the same address.
func (s *Served) Serve(address string, report func() error) error {
	if err := s.server.Serve(s.ctx); err != nil {
		return err
	}
	if err := report(); err != nil || context.Cause(s.ctx) != errChange {
		return err
	}
	for flag, value := range map[string]string{"address": address, "service": s.server.Report().Service.String(),
		"instead": "true"} {
		if err := s.flags.flags.Set(flag, value); err != nil {
			return err
		}
	}
	if err := unix.SetNonblock(0, false); err != nil { // as it was, which Obey begins with
		return os.NewSyscallError("fcntl", err)
	}
	self := probes.Self()
	args := append([]string{"tracer", "serve", s.next}, s.flags.changed()...)
	return os.NewSyscallError("execve "+self, unix.Exec(self, args, os.Environ()))
}

var errChange = errors.New("model")

func setReap(server servers.Server, name string) error {
	way, err := servers.ParseReap(name)
	reaper, ok := server.(servers.Reaper)
	switch {
	case err != nil:
		return err
	case !ok:
		return servers.ErrNotServing
	}
	return reaper.SetReap(way)
}

func setWork(server servers.Server, text string) error {
	work, err := servers.ParseWork(text)
	worker, ok := server.(servers.Worker)
	switch {
	case err != nil:
		return err
	case !ok:
		return servers.ErrNotServing
	}
	return worker.SetWork(work)
}

// Obey has a server, which is to serve until ctx ends, take commands from standard input, if the flags say so.
func (v *Server) Obey(ctx context.Context, server servers.Server, in *os.File, say func(string)) *Served {
	s := &Served{flags: v, server: server, say: say}
	var cancel context.CancelCauseFunc
	s.ctx, cancel = context.WithCancelCause(ctx)
	s.end = func() { cancel(errChange) }
	if !v.control {
		return s
	}
	// a pipe is waited for without a thread of its own, which an observer would see
	if info, err := in.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 && in.Fd() == 0 &&
		unix.SetNonblock(0, true) == nil {
		in = os.NewFile(0, in.Name())
	}
	s.in = in
	go s.obey()
	return s
}

// Control adds to what the screen offers to change: how the server that is to be launched reaps, where its model has a
// choice, and what it does for a request; and how clients come, of which pace is that; nil: there are none.
func (v *Server) Control(t *session.Target, model string, pace *load.Pace, concurrency int,
	controls *[]*viewer.Control) error {
	m, err := servers.Lookup(model)
	bundled := err == nil && t.Server
	var write *os.File
	if bundled {
		var read *os.File
		if read, write, err = os.Pipe(); err != nil {
			return fmt.Errorf("make a pipe for the server's commands: %w", err)
		}
		t.Command.Stdin = read
		t.Command.Args = append(t.Command.Args, "--control")
	}
	now := m // the model that serves
	if bundled {
		*controls = append(*controls, v.reaping(write, &now))
	}
	if pace != nil {
		*controls = append(*controls, clients(pace, v.words), bursts(pace, v.words),
			atOnce(pace, concurrency, v.words))
	}
	if bundled {
		*controls = append(*controls, v.working(write, &now), v.models(write, &now, pace))
	}
	return nil
}

// models are those that can go on in place of the present one, with the same clients.
func (v *Server) models(pipe *os.File, now *servers.Model, pace *load.Pace) *viewer.Control {
	c := &viewer.Control{Title: v.words.Control.Model}
	service, _ := servers.ParseService(v.service) // it has been read before
	if !now.Serves(service) {
		service = servers.HTTP
	}
	var can []servers.Model
	for _, m := range servers.Models() {
		if v.suits(m, service) != nil {
			continue
		}
		if m.Name == now.Name {
			c.Chosen = len(can)
		}
		can = append(can, m)
		c.Choices = append(c.Choices, choice(m.Name, v.words.Manual.Model(m.Name), event.SetModel, m.Name))
	}
	c.Choose = func(i int) error {
		if can[i].Name == now.Name {
			return nil
		}
		if pace != nil {
			pace.Await(changeTime)
		}
		_, err := fmt.Fprintln(pipe, "model", can[i].Name)
		*now = can[i]
		return err
	}
	return c
}

// changeTime is how long it may take at most until another model serves: most of it is what clients have left.
const changeTime = 10 * time.Second

// reaping has room in the pipe for more than a user can press, so that it returns at once.
func (v *Server) reaping(pipe *os.File, now *servers.Model) *viewer.Control {
	say := &v.words.Control
	c := viewer.ReapControl(say)
	names := servers.ReapNames()
	docs := [...]string{servers.ReapHandler: say.Handler, servers.ReapNone: say.NoWait, servers.ReapIgnore: say.Ignore,
		servers.ReapOnce: say.Once, servers.ReapPoll: say.Poll, servers.ReapDoubleFork: say.DoubleFork}
	for i, name := range names {
		c.Choices = append(c.Choices, choice(name, docs[i], event.SetReap, name))
	}
	c.Chosen = slices.Index(names, v.reap)
	c.Between = [2]int{slices.Index(names, "handler"), c.Chosen}
	if c.Chosen == c.Between[0] {
		c.Between[1] = slices.Index(names, "none")
	}
	c.Possible = func() error {
		if now.Reaps() {
			return nil
		}
		return words.Saying(func(l *words.Language) string { return l.Control.NoChildren(now.Name) })
	}
	c.Choose = func(i int) error {
		_, err := fmt.Fprintln(pipe, "reap", names[i])
		return err
	}
	return c
}

// choice is one of which the trace is told that action with a setting.
func choice(label, doc string, action event.Action, setting string) viewer.Choice {
	return viewer.Choice{Label: label, Doc: doc, Told: event.Rare{Action: action, Setting: event.Text(setting)}}
}

// working is what the server does for a request: as the flags have it, or what is common.
func (v *Server) working(pipe *os.File, now *servers.Model) *viewer.Control {
	say := &v.words.Control
	works := []string{v.work, "sleep=0s", "sleep=50ms", "sleep=1s", "cpu=50ms"}
	docs := []string{say.WorkAsAsked, say.NoWork, say.ShortSleep, say.LongSleep, say.Compute}
	c := &viewer.Control{Title: say.Work}
	for i, work := range works {
		label := work
		if i == 0 {
			label = say.AsAsked.Label
			if work == "" {
				works[0], work = works[1], works[1]
			}
		}
		c.Choices = append(c.Choices, choice(label, docs[i], event.SetWork, work))
	}
	c.Possible = func() error {
		if now.Name == "prefork" {
			return servers.ErrForkedBefore
		}
		return nil
	}
	c.Choose = func(i int) error {
		_, err := fmt.Fprintln(pipe, "work", works[i])
		return err
	}
	return c
}

// bursts are clients that come at once, beside all others.
func bursts(pace *load.Pace, l *words.Language) *viewer.Control {
	say := &l.Control
	counts := []int{10, 50}
	c := &viewer.Control{Title: say.Bursts, Chosen: -1}
	for _, n := range counts {
		c.Choices = append(c.Choices, choice(strconv.Itoa(n), say.Burst, event.SendBurst, strconv.Itoa(n)))
	}
	c.Possible = pace.Goes
	c.Choose = func(i int) error { return pace.Burst(counts[i]) }
	return c
}

// atOnce is how many clients there are at once: as asked, fewer or more.
func atOnce(pace *load.Pace, concurrency int, l *words.Language) *viewer.Control {
	say := &l.Control
	limits := []int{1, max(concurrency/2, 1), concurrency, min(2*concurrency, load.MaxConcurrency)}
	docs := []string{say.OneClient, say.HalfAtOnce, say.AllAtOnce, say.TwiceAtOnce}
	c := &viewer.Control{Title: say.AtOnce, Chosen: 2}
	for i, n := range limits {
		c.Choices = append(c.Choices, choice(strconv.Itoa(n), docs[i], event.SetConcurrency, strconv.Itoa(n)))
	}
	c.Possible = pace.Goes
	c.Choose = func(i int) error { return pace.Limit(limits[i]) }
	return c
}

func clients(pace *load.Pace, l *words.Language) *viewer.Control {
	say := &l.Control
	c := viewer.HoldControl(say)
	c.Chosen, c.Between = 2, [2]int{0, 2}
	rates := []float64{0, 0.5, 1, 4}
	for i, p := range []words.Key{say.Paused, say.Half, say.AsAsked, say.Fourfold} {
		times := strconv.FormatFloat(rates[i], 'g', -1, 64)
		c.Choices = append(c.Choices, choice(p.Label, p.Help, event.SetRate, times))
	}
	c.Choose = func(i int) error {
		pace.Set(rates[i])
		return nil
	}
	return c
}
