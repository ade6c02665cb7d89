package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// subject is a way in which tracer runs when it is killed.
type subject struct {
	name     string
	argv     []string // after tracer
	screen   bool     // in a terminal
	attached bool     // the steady program runs already
	alone    bool     // there is no steady program
}

// The words that stand for what each try has of its own.
const (
	theRecording = "RECORDING"
	theProcess   = "PROCESS"
	theProgram   = "PROGRAM"
	theCounter   = "COUNTER"
	theSample    = "SAMPLE"
)

var subjects = []subject{
	{name: "record", argv: []string{"record", "-q", "-o", theRecording, "--", theProgram, theCounter}},
	{name: "run --plain", argv: []string{"run", "--plain", "-o", theRecording, "--", theProgram, theCounter}},
	{name: "run", argv: []string{"run", "--leave", "-o", theRecording, "--", theProgram, theCounter}, screen: true},
	{name: "record PID", argv: []string{"record", "-q", "-o", theRecording, theProcess}, attached: true},
	{name: "attach --plain", argv: []string{"attach", "--plain", "-o", theRecording, theProcess}, attached: true},
	{name: "attach", argv: []string{"attach", "-o", theRecording, theProcess}, screen: true, attached: true},
	{name: "demo --plain", argv: []string{"demo", "--plain", "-n", "500", "-o", theRecording}, alone: true},
	{name: "demo", argv: []string{"demo", "-o", theRecording}, screen: true, alone: true},
	{name: "view", argv: []string{"view", theSample}, screen: true, alone: true},
}

var deadly = []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT,
	syscall.SIGABRT}

// kills has what all its tries share.
type kills struct{ program, sample string }

// lifetime is the longest that tracer lives before it is killed.
const lifetime = 2 * time.Second

func beginKills(s *stage) (attempt, error) {
	ctx := context.Background()
	var k kills
	var err error
	if err := s.mountTracefs(); err != nil {
		return attempt{}, err
	}
	if k.program, err = s.build(ctx, "steady"); err != nil {
		return attempt{}, err
	}
	k.sample, err = s.sample(ctx, "sample.trc", "--", "sh", "-c", "for i in 1 2 3; do (exit $i) & done; wait")
	return attempt{try: k.try, least: 4}, err
}

// sample makes a recording.
func (s *stage) sample(ctx context.Context, name string, flags ...string) (string, error) {
	file := s.folder + "/" + name
	o, err := s.run(ctx, time.Minute, append([]string{s.tracer, "record", "-q", "-o", file}, flags...)...)
	if err == nil && o.code != 0 {
		err = fmt.Errorf("record: exit code %d: %s", o.code, o.stderr)
	}
	return file, err
}

// victim is a tracer that is to be killed.
type victim struct {
	subject
	signal  syscall.Signal
	traces  bool   // it is killed while it traces, not while it starts
	counter string // the file of the steady program
	pid     int
	begun   bool     // the steady program ran when it was killed
	ended   chan int // its exit code
	screen  *terminal
	target  *exec.Cmd // when it was started before
}

func (v *victim) signalName() string { return unix.SignalName(v.signal) }

func (k *kills) try(ctx context.Context, t *try) error {
	v := victim{subject: pick(t, subjects), signal: pick(t, deadly), counter: t.file("count"), ended: make(chan int, 1)}
	moment, of := time.Duration(t.Int64N(int64(lifetime))), "its start"
	if v.traces = t.IntN(3) > 0; v.traces {
		of = "it begins to trace"
	}
	t.doing = fmt.Sprintf("%s, killed by %s %.3f s after %s", v.name, v.signalName(), moment.Seconds(), of)
	before, err := t.look()
	if err != nil {
		return err
	}
	if err := k.start(ctx, t, &v); err != nil {
		return err
	}
	early, err := v.strike(ctx, t, moment)
	if err != nil {
		return err
	}
	code, err := v.died(ctx, t)
	if err != nil {
		return err
	}
	if early {
		t.fail("it runs until it is killed", fmt.Sprintf("exit code %d", code))
	} else if !slices.Contains(v.codes(), code) {
		t.fail(fmt.Sprintf("exit code %v", v.codes()), code)
	}
	if v.screen != nil {
		t.terminalRestored(ctx, v.screen)
	}
	t.unharmed(ctx, &v)
	if err := v.reap(ctx, t); err != nil {
		return err
	}
	t.count(v.name, 1)
	t.count(v.signalName(), 1)
	return errors.Join(t.steadily(ctx, &v), t.same(ctx, before), t.byBpftool(ctx, before))
}

func (k *kills) start(ctx context.Context, t *try, v *victim) (err error) {
	target := 0
	if v.attached {
		v.target = t.command(ctx, k.program, v.counter)
		if err := v.target.Start(); err != nil {
			return err
		}
		target = v.target.Process.Pid
	}
	words := map[string]string{theRecording: t.file("a.trc"), theProcess: strconv.Itoa(target), theProgram: k.program,
		theCounter: v.counter, theSample: k.sample}
	argv := []string{t.tracer}
	for _, word := range v.argv {
		if own, ok := words[word]; ok {
			word = own
		}
		argv = append(argv, word)
	}
	if v.subject.screen {
		if v.screen, err = t.openTerminal(argv...); err != nil {
			return err
		}
		v.pid = v.screen.pid
		go func() {
			code, _ := v.screen.wait()
			v.ended <- code
		}()
		return nil
	}
	cmd := t.command(ctx, argv...)
	if err := cmd.Start(); err != nil {
		return err
	}
	v.pid = cmd.Process.Pid
	go func() {
		_ = cmd.Wait() // the status has it
		v.ended <- statusCode(cmd.ProcessState.Sys().(syscall.WaitStatus))
	}()
	return nil
}

// strike kills the victim at its moment, and reports whether it was dead before.
func (v *victim) strike(ctx context.Context, t *try, moment time.Duration) (early bool, err error) {
	if v.traces && !until(ctx, func() bool { return v.works(t) || len(v.ended) > 0 }) {
		t.fail("it begins to trace", "it does not")
	}
	select {
	case code := <-v.ended:
		v.ended <- code
		return true, nil
	case <-time.After(moment):
		_, v.begun = v.made()
		return false, syscall.Kill(v.pid, v.signal)
	}
}

// works reports whether the victim has begun what it is there for: it shows its screen, or writes its recording.
func (v *victim) works(t *try) bool {
	if v.screen != nil {
		return strings.Contains(v.screen.written(), "\x1b[?1049h")
	}
	info, err := os.Stat(t.file("a.trc"))
	return err == nil && info.Size() > 0
}

// died waits for the end of the victim.
func (v *victim) died(ctx context.Context, t *try) (code int, err error) {
	struck := time.Now()
	select {
	case code = <-v.ended:
	case <-time.After(patience):
		if err := syscall.Kill(v.pid, syscall.SIGKILL); err != nil {
			return 0, err
		}
		code = <-v.ended
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if took, most := time.Since(struck), soon(); took > most {
		t.fail(fmt.Sprintf("it ends within %v", most), fmt.Sprintf("%.1f s", took.Seconds()))
	}
	return code, nil
}

// codes are the exit codes that a signal may lead to (docs/exit-codes.md). What was attached to and a server are left
// in order, and so is a replay. A program that was just being launched may not have heard of the signal, and is told to
// end. Until tracer takes signals, the Go runtime's own action stands.
func (v *victim) codes() []int {
	codes := []int{128 + int(v.signal)}
	switch v.signal {
	case syscall.SIGKILL:
	case syscall.SIGABRT:
		codes = append(codes, 2)
	default:
		if v.attached || v.alone {
			codes = append(codes, 0)
		}
		if !v.begun {
			codes = append(codes, 2, 130, 143)
		}
	}
	return codes
}

// unharmed expects that the steady program goes on, then tells it to end.
func (t *try) unharmed(ctx context.Context, v *victim) {
	if v.alone {
		return
	}
	if made, begun := v.made(); begun && !until(ctx, func() bool { now, _ := v.made(); return now > made }) {
		t.fail("the program goes on", fmt.Sprintf("stays at %d children", made))
	}
	if err := os.WriteFile(v.counter+".stop", nil, 0o644); err != nil {
		t.fail("the program is told to end", err)
	}
	if v.target == nil {
		return
	}
	if err := v.target.Wait(); err != nil {
		t.fail("the program ends with 0 when it is told to", err)
	}
}

// reap expects that nobody is left. The terminal is there until then: its end would be a signal to those in it.
func (v *victim) reap(ctx context.Context, t *try) error {
	var shell []int
	if v.screen != nil {
		shell = append(shell, v.screen.leader.Process.Pid)
	}
	for _, e := range t.alone(ctx, shell...) {
		if e.comm == "steady" && e.code != 0 {
			t.fail("the program ends with 0 when it is told to", e.code)
		}
	}
	if v.screen != nil {
		return v.screen.close()
	}
	return nil
}

// made is how many children the steady program has reaped, if it runs yet.
func (v *victim) made() (n uint64, begun bool) {
	text, err := os.ReadFile(v.counter)
	if err != nil || len(text) < 8 {
		return 0, false
	}
	return binary.NativeEndian.Uint64(text), true
}

// story is what a recording tells of the steady program.
type story struct {
	forks, exits, waits []uint64 // process ids
	codes               []uint64
	events              int
}

// steadily expects that the recording can be read, and tells exactly what happened up to some moment.
func (t *try) steadily(ctx context.Context, v *victim) error {
	if info, err := os.Stat(t.file("a.trc")); err != nil || info.Size() == 0 {
		return nil // killed before
	}
	o, err := t.run(ctx, patience, t.tracer, "export", t.file("a.trc"), "--to", "jsonl")
	if err != nil {
		return err
	}
	t.sane("export", o, readable...)
	s, err := tell(o.stdout)
	if err != nil {
		t.fail("JSON", err)
	}
	t.count("events", s.events)
	if v.alone {
		return nil
	}
	made, _ := v.made()
	if n := len(s.forks); uint64(n) > made {
		t.fail(fmt.Sprintf("at most %d forks", made), n)
	}
	exits, waits := s.exits, s.waits
	if v.attached { // there can have been a child before
		exits, waits = since(s.forks, exits), since(s.forks, waits)
	}
	if !prefix(exits, s.forks) || len(s.forks) > len(exits)+1 {
		t.fail("an exit for each fork, in their order", fmt.Sprintf("forks of %v, exits of %v", s.forks, exits))
	}
	if !prefix(waits, exits) || len(exits) > len(waits)+1 {
		t.fail("a wait for each exit, in their order", fmt.Sprintf("exits of %v, waits for %v", exits, waits))
	}
	for i, code := range s.codes {
		if code != (s.codes[0]+uint64(i))%7 || !v.attached && s.codes[0] != 0 {
			t.fail("exit codes 0, 1 ... 6 and again", fmt.Sprint(s.codes))
			break
		}
	}
	return nil
}

// prefix reports whether all begins with part.
func prefix(part, all []uint64) bool {
	return len(part) <= len(all) && slices.Equal(part, all[:len(part)])
}

// since leaves out what comes before the first fork's child.
func since(forks, list []uint64) []uint64 {
	if len(list) > 0 && (len(forks) == 0 || list[0] != forks[0]) {
		return list[1:]
	}
	return list
}

// tell reads a recording as JSON lines.
func tell(jsonl []byte) (s story, err error) {
	for line := range bytes.Lines(jsonl) {
		var e struct {
			Kind   string   `json:"kind"`
			PID    uint64   `json:"pid"`
			Child  uint64   `json:"child"`
			Status uint64   `json:"status"`
			Flags  []string `json:"flags"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			return s, fmt.Errorf("%w: %s", err, line)
		}
		s.events++
		switch {
		case e.Kind == "fork":
			s.forks = append(s.forks, e.Child)
		case e.Kind == "exit" && !slices.Contains(e.Flags, "root"):
			s.exits, s.codes = append(s.exits, e.PID), append(s.codes, e.Status>>8)
		case e.Kind == "wait" && e.Child != 0:
			s.waits = append(s.waits, e.Child)
		}
	}
	return s, nil
}

// byBpftool looks once more, now and then: with bpftool, whose answer does not come from a library that tracer uses,
// too.
func (t *try) byBpftool(ctx context.Context, before scene) error {
	if t.number%8 != 0 {
		return nil
	}
	left, err := before.objects.gone(ctx, func() (objects, error) { return bpftoolObjects(ctx, t.stage) })
	if len(left) > 0 {
		t.fail("nothing left in the kernel, as bpftool has it", left)
	}
	return err
}
