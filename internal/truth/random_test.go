package truth

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/rules"
)

const (
	seedsAtOnce = 25 // in one recording
	mostTasks   = 24 // of one seed
	mostSlots   = 90
	noHang      = 1
	wStopped    = 2
	wExited     = 4
	wContinued  = 8
	wNoWait     = 1 << 24
	wNoThread   = 1 << 29
	wAll        = 1 << 30
	wClone      = 1 << 31
)

// TestRandomPrograms draws small programs, performs them under the tracer, and holds what it concludes after each of
// their steps against what the steps must have done. TRUTH_SEEDS is how many, TRUTH_SEED the first of them.
func TestRandomPrograms(t *testing.T) {
	needProbes(t)
	if prebuilt != "" {
		t.Skip("its program is not among those that were built before")
	}
	binary, err := tracer()
	if err != nil {
		t.Fatal(err)
	}
	actors := buildActors(t)
	first, n := number64(t, "TRUTH_SEED", 1), number64(t, "TRUTH_SEEDS", 2*seedsAtOnce)
	slots := make(chan struct{}, 2)
	for seed := first; seed < first+n; seed += seedsAtOnce {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			recordSeeds(t, binary, actors, seed, min(seed+seedsAtOnce, first+n))
		})
	}
}

func number64(t *testing.T, name string, without uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return without
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		t.Fatalf("%s=%s: want a positive number", name, text)
	}
	return n
}

func buildActors(t *testing.T) string {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		unable(t, errNoCompiler.Error())
	}
	actors := filepath.Join(workshop, "actors")
	if err := run(compiler, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", actors,
		filepath.Join(sources, "random", "actors.c"), filepath.Join(sources, "truth.c")); err != nil {
		t.Fatal(err)
	}
	return actors
}

// company is the actors of one recording, and what must have become of them.
type company struct {
	t     *testing.T
	in    io.Writer
	out   *bufio.Scanner
	w     *world
	slots map[int]*task
	next  int
	rng   *rand.Rand
	seed  uint64
	tasks int // of this seed
	style style
	steps []step
	known map[int]bool // pids
}

// style is what the program of one seed does.
type style struct{ threads, stops, debuggers, signals, odd, executes, groups, deaths, takes, namespaces bool }

// step is what was done, and what is to be seen after it.
type step struct {
	seed  uint64
	text  string
	at    int64
	count tally
	procs []standing
	want  verdicts
}

type standing struct {
	pid, parent int
	state       state
	stopped     bool
}

// answered is what a step, or a wait that began before it, has returned.
type answered struct {
	slot                int
	blocked             bool
	result, errno, x, y int64
}

func recordSeeds(t *testing.T, binary, actors string, from, to uint64) {
	file := filepath.Join(t.TempDir(), "seeds.trc")
	cmd := exec.Command(binary, append(recordTo(binary, file)[1:], "-q", "--", actors)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var messages strings.Builder
	cmd.Stderr = &messages
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(patience, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer kill.Stop()
	c := &company{t: t, in: in, out: bufio.NewScanner(out), known: map[int]bool{}}
	for _, k := range []int64{1, 30, 200} {
		if from/seedsAtOnce%3 == map[int64]uint64{1: 0, 30: 1, 200: 2}[k] {
			c.w = newWorld(k)
		}
	}
	fine := c.perform(from, to)
	in.Close()
	if !fine && c.w.root.pid != 0 {
		_ = syscall.Kill(-c.w.root.pid, syscall.SIGKILL)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("record: %v\n%s", err, &messages)
	}
	if fine {
		c.compare(binary, file)
	}
}

func newWorld(scale int64) *world {
	root := &actor{root: true, action: map[syscall.Signal]action{}, subreaper: true, comm: "actors", group: 1}
	root.leader = &task{of: root}
	root.tasks = []*task{root.leader}
	nobody := &actor{root: true, action: map[syscall.Signal]action{}} // of the same session
	root.parent = &task{of: nobody}
	return &world{root: root, procs: []*actor{root}, scale: scale, vforked: map[int]bool{},
		count: tally{codes: map[int]uint64{}, signals: map[int]uint64{}}}
}

// perform does the programs one after the other. It returns whether the kernel did what the world foretold.
func (c *company) perform(from, to uint64) (fine bool) {
	for seed := from; seed < to; seed++ {
		c.seed, c.rng = seed, rand.New(rand.NewPCG(seed, 1))
		c.slots, c.next, c.tasks = map[int]*task{0: c.w.root.leader}, 1, 0
		c.w.procs = slices.DeleteFunc(c.w.procs, func(a *actor) bool { return a.state == gone })
		if !c.program() {
			return false
		}
	}
	return true
}

func (c *company) chance(n, of int) bool { return c.rng.IntN(of) < n }

func (c *company) program() bool {
	c.style = style{c.chance(1, 2), c.chance(1, 2), c.chance(1, 2), c.chance(1, 2), c.chance(1, 2), c.chance(1, 2),
		c.chance(1, 2), c.chance(1, 2), c.chance(1, 2), c.chance(1, 2)}
	root := c.w.root.leader
	how, flags := pick(c, byDefault, byDefault, byDefault, handle, ignore), pick(c, 0, 0, 0, noCldWait)
	ok := c.do(root, "action", int64(syscall.SIGCHLD), int64(how), int64(flags)) && c.forkBy(root)
	for n := 10 + c.rng.IntN(30); ok && n > 0; n-- {
		ok = c.randomStep()
	}
	return ok && c.finish()
}

func pick[T any](c *company, of ...T) T { return of[c.rng.IntN(len(of))] }

// idle are the tasks that can be told to do something.
func (c *company) idle() (all []*task) {
	for _, a := range c.w.procs {
		if a.state != alive || a.stopped || a.root || a.debugger != nil {
			continue
		}
		for _, t := range a.tasks {
			if t.waiting == nil {
				all = append(all, t)
			}
		}
	}
	return all
}

func (c *company) randomStep() bool {
	idle := c.idle()
	if len(idle) == 0 || c.chance(1, 12) {
		return c.rootStep()
	}
	t := pick(c, idle...)
	switch {
	case c.style.groups && c.chance(1, 6):
		return c.groupBy(t)
	case c.style.deaths && c.chance(1, 6):
		return c.deathBy(t)
	case c.style.takes && c.chance(1, 6):
		return c.takeBy(t)
	}
	switch n := c.rng.IntN(100); {
	case n < 25:
		return c.forkBy(t)
	case n < 37:
		return c.endBy(t)
	case n < 62:
		return c.waitBy(t, c.chance(1, 2))
	case n < 72:
		return c.killBy(t)
	case n < 80:
		return c.actionBy(t)
	case n < 85:
		sig := syscall.SIGCHLD
		if c.style.takes {
			sig = pick(c, syscall.SIGCHLD, syscall.SIGTERM)
		}
		return c.maskBy(t, sig)
	case n < 88:
		return c.do(t, "subreaper", int64(pick(c, 1, 1, 0)))
	case n < 93:
		return !c.style.threads || c.threadBy(t)
	case n < 96:
		return !c.style.executes || c.orphans(t) || c.do(t, "exec")
	}
	return !c.style.debuggers || c.seizeBy(t)
}

// groupBy makes sessions, process groups in them, and stops of these.
func (c *company) groupBy(t *task) bool {
	a := t.of
	switch {
	case c.chance(1, 4) && c.forks(t) && !t.unshared:
		return c.strandBy(t)
	case a.session == c.w.root.session || c.chance(1, 6):
		return c.do(t, "setsid")
	case a.group == a.process().group || c.chance(1, 6):
		return c.do(t, "setpgid")
	}
	return slices.ContainsFunc(a.tasks, func(t *task) bool { return t.waiting != nil }) || c.stop(a)
}

func (c *company) stop(a *actor) bool {
	sig := pick(c, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGSTOP)
	return c.do(c.w.root.leader, "kill", int64(a.pid), int64(sig))
}

// strandBy has a process make a group in a session of its own, which is stopped, and end.
func (c *company) strandBy(t *task) bool {
	slot := c.next
	if !c.do(t, "setsid") || !c.do(t, "fork", int64(syscall.SIGCHLD), c.slot()) {
		return false
	}
	child := c.slots[slot]
	if c.chance(1, 2) && !c.do(child, "action", int64(syscall.SIGHUP), int64(c.rng.IntN(3))) {
		return false
	}
	if c.chance(5, 6) && !c.do(child, "setpgid") {
		return false
	}
	return c.stop(child.of) && (c.chance(1, 4) || !c.safe(t.of) || c.do(t, "exit", 0))
}

func (c *company) maskBy(t *task, sig syscall.Signal) bool {
	how := int64(c.rng.IntN(2))
	if how == 1 && sig == syscall.SIGTERM && !c.safe(t.of) { // it may end it
		return true
	}
	return c.do(t, "mask", how, int64(sig))
}

// deathBy has a task ask for a signal as its parent ends, or makes a child of a thread that does. One task of a process
// asks: of several signals at once it is not known which one is taken.
func (c *company) deathBy(t *task) bool {
	sig := int64(pick(c, syscall.SIGTERM, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGKILL, 0))
	if c.chance(1, 2) || !c.style.threads || !c.forks(t) || t.unshared || c.tasks+2 >= mostTasks ||
		c.next+2 >= mostSlots {
		return slices.ContainsFunc(t.of.mortals(), func(o *task) bool { return o != t }) || c.do(t, "pdeathsig", sig)
	}
	thread := c.next
	if !c.do(t, "thread", c.slot()) || !c.do(c.slots[thread], "fork", int64(syscall.SIGCHLD), c.slot()) ||
		!c.do(c.slots[thread+1], "pdeathsig", sig) {
		return false
	}
	return c.chance(1, 3) || c.do(c.slots[thread], "end", 0)
}

// takeBy has a process block a signal, get it, and take it in a wait for signals or through a signalfd.
func (c *company) takeBy(t *task) bool {
	a, sig := t.of, pick(c, syscall.SIGCHLD, syscall.SIGTERM)
	if a.signalfd != sig && c.chance(1, 2) && !c.do(t, "signalfd", int64(sig)) {
		return false
	}
	for _, o := range slices.Clone(a.tasks) {
		switch {
		case o.holds(sig):
		case o.waiting != nil || c.chance(1, 12):
			return true
		case !c.do(o, "mask", 0, int64(sig)):
			return false
		}
	}
	for n := c.rng.IntN(3); n > 0; n-- {
		if !c.do(c.w.root.leader, "kill", int64(a.pid), int64(sig)) {
			return false
		}
	}
	switch {
	case c.chance(1, 4):
		return true
	case a.signalfd != 0 && c.chance(2, 3):
		return c.do(t, "read")
	}
	return c.do(t, "take", int64(sig))
}

// orphans reports whether children of other tasks of the process of t are told of the end of those.
func (c *company) orphans(t *task) bool {
	for _, o := range t.of.tasks {
		for _, child := range o.children {
			if o != t && len(child.mortals()) > 0 {
				return true
			}
		}
	}
	return false
}

// safe reports whether it is determined what happens as a process ends.
func (c *company) safe(a *actor) bool {
	stranded := c.w.stranded(a)
	if len(stranded) > 1 || c.w.others(a) {
		return false
	}
	fall := slices.Clone(stranded)
	for _, t := range a.tasks {
		for _, child := range t.children {
			if len(child.mortals()) > 0 {
				fall = append(fall, child)
			}
		}
	}
	if len(fall) > 0 && (len(a.tasks) > 1 || len(stranded) > 0 && len(fall) > 1) {
		return false
	}
	if a.namespace == a { // all others are killed
		return len(stranded) == 0
	}
	return c.fall(fall, len(stranded) > 0)
}

// fall reports whether it is determined what becomes of processes that signals of the kernel may end at once.
func (c *company) fall(all []*actor, leaves bool) bool {
	for _, a := range all {
		if a.debugger != nil || len(a.tasks) > 1 || len(a.due) > 0 || leaves && len(a.leader.children) > 0 ||
			len(c.w.stranded(a)) > 0 || c.w.others(a) {
			return false
		}
		var next []*actor
		for _, child := range a.tasks[0].children {
			if len(child.mortals()) > 0 {
				next = append(next, child)
			}
		}
		if !c.fall(next, false) {
			return false
		}
	}
	return true
}

func (c *company) rootStep() bool {
	if c.chance(1, 2) {
		return c.waitBy(c.w.root.leader, false)
	}
	return c.killBy(c.w.root.leader)
}

func (c *company) slot() int64 { return int64(c.next) }

func (c *company) forkBy(t *task) bool {
	if !c.forks(t) {
		return true
	}
	if t.unshared { // a sibling of the init
		return c.do(t, "fork", int64(pick(c, syscall.SIGCHLD, syscall.SIGCHLD, 0)), c.slot())
	}
	if c.style.namespaces && t.of.namespace == nil && c.chance(1, 8) {
		if !c.do(t, "unshare", syscall.CLONE_NEWPID) {
			return false
		}
		return c.do(t, "fork", int64(pick(c, syscall.SIGCHLD, syscall.SIGCHLD, 0)), c.slot()) &&
			(c.chance(1, 3) || c.forkBy(t))
	}
	if c.style.namespaces && c.chance(1, 5) {
		flags := int64(syscall.SIGCHLD)
		if t.of.namespace == nil {
			flags |= syscall.CLONE_NEWPID
		}
		return c.do(t, "fork", flags, c.slot())
	}
	if t.of.namespace == nil && c.chance(1, 6) {
		executes := c.style.executes && c.chance(1, 2)
		return c.do(t, "vfork", map[bool]int64{true: 1}[executes], c.slot(), int64(pick(c, 0, 3)))
	}
	flags := int64(syscall.SIGCHLD)
	if c.style.odd && t.of.namespace == nil {
		flags = pick(c, flags, flags, 0, int64(syscall.SIGURG))
		if !t.of.root && !t.of.process().root && c.chance(1, 5) {
			flags |= syscall.CLONE_PARENT
		}
	}
	return c.do(t, "fork", flags, c.slot())
}

// forks reports whether a task can make a child. In a PID namespace, only its init does: when that ends, it is
// determined what becomes of all that is there. A task whose children come into another namespace makes them as long
// as the first one, its init, lives (alloc_pid in kernel/pid.c). The init does not end before them, which the truth
// cases of PID namespaces do.
func (c *company) forks(t *task) bool {
	if t.unshared && (t.within == nil || t.within.state != alive) {
		return false
	}
	return c.tasks < mostTasks && c.next < mostSlots && (t.of.namespace == nil || t.of.namespace == t.of)
}

func (c *company) threadBy(t *task) bool {
	if c.tasks >= mostTasks || c.next >= mostSlots || t.unshared { // EINVAL, then (copy_process in kernel/fork.c)
		return true
	}
	return c.do(t, "thread", c.slot())
}

func (c *company) endBy(t *task) bool {
	code := int64(pick(c, 0, 0, 1, 3, 255))
	ends := len(t.of.tasks) == 1
	if ends && !c.safe(t.of) {
		return true
	}
	if c.style.threads && c.chance(1, 2) {
		var told []*actor
		for _, child := range t.children {
			if len(child.mortals()) > 0 {
				told = append(told, child)
			}
		}
		return !ends && !c.fall(told, false) || c.do(t, "end", code)
	}
	return !c.safe(t.of) || c.do(t, "exit", code)
}

// waitBy is a wait of some form, for a child that is, or was, or for any.
func (c *company) waitBy(t *task, blocks bool) bool {
	options := int64(noHang)
	if blocks {
		options = 0
	}
	options |= pick(c, int64(0), 0, 0, wAll, wClone)
	if c.style.stops && c.chance(1, 3) {
		options |= pick(c, int64(wStopped), wContinued, wStopped|wContinued)
	}
	if c.style.threads && c.chance(1, 8) {
		options |= wNoThread
	}
	var mine []*actor
	for _, a := range c.w.procs {
		if a.parent != nil && !a.root && (a.process() == t.of || a.birth == t.of || a.debugger == t) {
			mine = append(mine, a)
		}
	}
	one, group := len(mine) > 0 && c.chance(3, 5), c.groupOf(t, mine)
	if !c.chance(2, 5) {
		return c.do(t, "wait4", map[bool]int64{true: int64(c.pidOf(mine, one)),
			false: pick(c, int64(-1), -1, -group)}[one], options)
	}
	options |= wExited | pick(c, int64(0), 0, wNoWait)
	if !one {
		if idtype := pick(c, int64(0), 0, 2); idtype != 0 {
			return c.do(t, "waitid", idtype, group, options)
		}
		return c.do(t, "waitid", 0, 0, options)
	}
	a := pick(c, mine...)
	if a.pidfd == t.of && c.chance(1, 2) {
		return c.do(t, "waitid", 3, int64(a.leaderSlot), options, int64(a.pid))
	}
	return c.do(t, "waitid", 1, int64(a.pid), options)
}

// groupOf is a process group that a task may wait for: 0, its own, or one that a process of its has made.
func (c *company) groupOf(t *task, mine []*actor) int64 {
	if t.of.namespace != nil || len(mine) == 0 || !c.style.groups {
		return 0
	}
	if a := pick(c, mine...); a.group > 1 { // that of the root has no number here
		return int64(a.group)
	}
	return 0
}

func (c *company) pidOf(mine []*actor, one bool) int {
	if !one {
		return 0
	}
	return pick(c, mine...).pid
}

func (c *company) killBy(t *task) bool {
	var all []*actor
	for _, a := range c.w.procs {
		if a.state == alive && !a.root && (t.of.namespace == nil || t.of.namespace == a.namespace) {
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		return true
	}
	to := pick(c, all...)
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGKILL}
	waiting := slices.ContainsFunc(to.tasks, func(t *task) bool { return t.waiting != nil })
	switch {
	case to.debugger != nil:
		signals = []syscall.Signal{syscall.SIGKILL}
	case to.stopped:
		signals = append(signals, syscall.SIGCONT, syscall.SIGCONT, syscall.SIGCONT, syscall.SIGCHLD)
	case c.style.stops && !waiting:
		signals = append(signals, syscall.SIGSTOP, syscall.SIGSTOP, syscall.SIGSTOP, syscall.SIGCONT)
	}
	if c.style.groups && to.debugger == nil && !waiting {
		signals = append(signals, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	}
	if c.style.signals && to.debugger == nil {
		signals = append(signals, syscall.SIGCHLD)
	}
	sig := pick(c, signals...)
	if fatal := sig != syscall.SIGCHLD && sig != syscall.SIGSTOP; fatal && !c.safe(to) {
		return true
	}
	if sig == syscall.SIGCONT && to.pending != nil && len(to.due) > 0 && len(to.tasks) > 1 {
		return true // one thread can take the one, as another is ended by the other
	}
	return c.do(t, "kill", int64(to.pid), int64(sig))
}

func (c *company) actionBy(t *task) bool {
	if c.chance(1, 4) {
		of := []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1}
		if c.style.groups {
			of = append(of, syscall.SIGHUP, syscall.SIGTSTP)
		}
		return c.do(t, "action", int64(pick(c, of...)), int64(c.rng.IntN(3)))
	}
	return c.do(t, "action", int64(syscall.SIGCHLD), int64(c.rng.IntN(3)), int64(pick(c, 0, 0, noCldWait, noCldStop)))
}

// seizeBy makes a task the debugger of a process that will do nothing more but end.
func (c *company) seizeBy(t *task) bool {
	var all []*actor
	for _, a := range c.w.procs {
		l := a.leader
		leaf := a.state == alive && a.namespace == nil && t.of.namespace == nil && !a.root && !a.stopped &&
			a.debugger == nil && a.pending == nil &&
			len(a.tasks) == 1 && a.tasks[0] == l && l.waiting == nil && len(l.children) == 0 &&
			len(l.tracees) == 0 && l.death == 0 && len(a.due) == 0
		for up := a; leaf && !up.root; up = up.process() {
			leaf = up != t.of
		}
		if leaf && a.process() != t.of {
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		return true
	}
	return c.do(t, "seize", int64(pick(c, all...).pid))
}

// releasing is a task that can wait for a zombie for which the init of a PID namespace has to wait.
func (c *company) releasing() *task {
	for _, t := range append(c.idle(), c.w.root.leader) {
		if slices.ContainsFunc(t.children, func(a *actor) bool {
			return a.state == zombie && !a.held && a.namespace != nil && a.namespace != a
		}) {
			return t
		}
	}
	return nil
}

// finish ends and reaps all that is left of a program.
func (c *company) finish() bool {
	root := c.w.root.leader
	for {
		var all []*actor
		for _, a := range c.w.procs {
			if a.state == alive && !a.root {
				all = append(all, a)
			}
		}
		if len(all) == 0 {
			break
		}
		to, sig := pick(c, all...), syscall.SIGKILL
		if safe := slices.DeleteFunc(slices.Clone(all), func(a *actor) bool { return !c.safe(a) }); len(safe) > 0 {
			to = pick(c, safe...)
		} else if stopped := slices.IndexFunc(all, func(a *actor) bool { return a.stopped }); stopped >= 0 {
			to, sig = all[stopped], syscall.SIGCONT
		} else if by := c.releasing(); by != nil {
			if !c.do(by, "wait4", -1, noHang|wAll) {
				return false
			}
			continue
		} else if free := slices.DeleteFunc(all, c.w.others); len(free) > 0 {
			to = pick(c, free...) // not the init of a namespace that would wait, for good, for who waits for it
		}
		if !c.do(root, "kill", int64(to.pid), int64(sig)) {
			return false
		}
	}
	for len(root.children) > 0 {
		before := len(root.children)
		if !c.do(root, "wait4", -1, noHang|wAll) {
			return false
		}
		if len(root.children) == before {
			c.t.Errorf("seed %d: children that nobody can reap", c.seed)
			return false
		}
	}
	return true
}

// do performs a step and takes in what it did.
func (c *company) do(t *task, op string, arguments ...int64) bool {
	var a [4]int64
	copy(a[:], arguments)
	b := c.asItCounts(t, op, a)
	text := fmt.Sprintf("%d %s %d %d %d %d", t.slot, op, b[0], b[1], b[2], b[3])
	s := step{seed: c.seed, text: fmt.Sprintf("process %d, task %d: %s %v", t.of.pid, t.tid, op, arguments)}
	if _, err := fmt.Fprintln(c.in, text); err != nil {
		c.t.Errorf("seed %d: %v", c.seed, err)
		return false
	}
	answers, states, err := c.read(t.slot)
	if err != nil {
		c.t.Errorf("seed %d: %s: %v\n%s", c.seed, s.text, err, c.history())
		return false
	}
	s.text += fmt.Sprintf(": %+v", answers)
	c.apply(t, op, a, answers)
	c.settle(states)
	for _, line := range c.differs(states) {
		c.t.Errorf("seed %d: %s:\n  the kernel is not as was foretold: %s\n%s", c.seed, s.text, line, c.history())
		return false
	}
	c.keep(s)
	return true
}

// asItCounts has the ids of processes as those of the caller's PID namespace.
func (c *company) asItCounts(t *task, op string, a [4]int64) [4]int64 {
	at := 0
	if op == "waitid" && a[0] == 1 {
		at = 1
	}
	if t.of.namespace == nil || op != "kill" && op != "wait4" && at == 0 || a[at] <= 0 {
		return a
	}
	for _, o := range slices.Backward(c.w.procs) {
		if o.pid == int(a[at]) {
			a[at] = int64(o.inner)
			break
		}
	}
	return a
}

// settle lets each process take what came.
func (c *company) settle(states [][]string) {
	for _, f := range states {
		pid, _ := strconv.Atoi(f[0])
		handled, _ := strconv.Atoi(f[4])
		if a := c.w.find(pid); a != nil {
			c.w.settle(a, uint64(handled))
		}
	}
}

func (c *company) history() string {
	var lines []string
	for _, s := range c.steps {
		if s.seed == c.seed {
			lines = append(lines, s.text)
		}
	}
	return strings.Join(lines, "\n")
}

func (c *company) keep(s step) {
	s.at, s.count, s.want = c.w.now.most, c.w.count, c.w.judge()
	s.count.codes, s.count.signals = copied(s.count.codes), copied(s.count.signals)
	for _, a := range c.w.procs {
		if !a.root && a.state != gone {
			s.procs = append(s.procs, standing{a.pid, a.process().pid, a.state, a.stopped})
		}
	}
	c.steps = append(c.steps, s)
}

func copied(m map[int]uint64) map[int]uint64 {
	n := map[int]uint64{}
	for k, v := range m {
		n[k] = v
	}
	return n
}

func (c *company) read(slot int) (answers []answered, states [][]string, err error) {
	for c.out.Scan() {
		fields := strings.Fields(c.out.Text())
		switch fields[0] {
		case ".":
			return answers, states, nil
		case "s":
			states = append(states, fields[1:])
		case "r":
			c.w.now.least, _ = strconv.ParseInt(fields[1], 10, 64)
			c.w.now.most, _ = strconv.ParseInt(fields[2], 10, 64)
			answers = append(answers, parseAnswer(slot, fields[3:]))
		case "d":
			other, _ := strconv.Atoi(fields[1])
			answers = append(answers, parseAnswer(other, fields[2:]))
		}
	}
	return nil, nil, errors.Join(io.ErrUnexpectedEOF, c.out.Err())
}

func parseAnswer(slot int, fields []string) (a answered) {
	a.slot, a.blocked = slot, fields[0] == "blocked"
	if !a.blocked {
		for i, to := range []*int64{&a.result, &a.errno, &a.x, &a.y} {
			*to, _ = strconv.ParseInt(fields[i], 10, 64)
		}
	}
	return a
}

// apply takes in a step, and then what has returned since: waits that found a child before those that did not.
func (c *company) apply(t *task, op string, a [4]int64, answers []answered) {
	r := answers[0]
	if op != "wait4" && op != "waitid" {
		c.applyCall(t, op, a, r)
	} else {
		q := c.askedBy(t, op, a)
		t.waiting = &q
	}
	for _, vain := range []bool{false, true} {
		for _, r := range answers {
			who := c.slots[r.slot]
			if who == nil || who.waiting == nil || r.blocked || (r.result < 0) != vain {
				continue
			}
			q := *who.waiting
			who.waiting = nil
			q.take(r)
			c.w.waited(q)
		}
	}
}

func (c *company) askedBy(t *task, op string, a [4]int64) asked {
	q := asked{by: t, call: event.Wait4, began: c.w.now}
	options := a[1]
	if op == "waitid" {
		q.call, q.idtype, q.id, q.peek = event.Waitid, event.IDAll, int(a[1]), a[2]&wNoWait != 0
		options = a[2]
		switch a[0] {
		case 1:
			q.idtype = event.IDProcess
		case 2:
			q.idtype = event.IDGroup
		case 3:
			q.idtype, q.id = event.IDPidfd, int(a[3])
		}
	}
	q.clones, q.all, q.own = options&wClone != 0, options&wAll != 0, options&wNoThread != 0
	if op == "waitid" {
		return q
	}
	switch q.id = int(a[0]); {
	case a[0] > 0:
		q.idtype = event.IDProcess
	case a[0] == -1:
		q.idtype, q.id = event.IDAll, 0
	default:
		q.idtype, q.id = event.IDGroup, -q.id
	}
	return q
}

func (q *asked) take(r answered) {
	q.found = int(r.result)
	if q.call == event.Waitid {
		q.found = int(r.x)
	}
	if q.by.of.namespace != nil && q.found > 0 { // only of its own children
		for _, c := range q.by.of.children() {
			if c.inner == q.found {
				q.found = c.pid
				break
			}
		}
	}
	q.noChild = r.result < 0 && syscall.Errno(r.errno) == syscall.ECHILD
	q.nothing = r.result >= 0 && q.found == 0
}

func (c *company) applyCall(t *task, op string, a [4]int64, r answered) {
	w := c.w
	switch op {
	case "fork", "vfork":
		c.born(t, op, a, r)
	case "thread":
		its := w.thread(t, int(a[0]))
		its.tid = int(r.x)
		c.slots[int(a[0])] = its
		c.next++
		c.tasks++
	case "exec":
		w.exec(t)
	case "exit":
		w.end(t.of, int(a[0])<<8)
	case "end":
		if len(t.of.tasks) > 1 {
			w.endTask(t)
		} else {
			w.end(t.of, int(a[0])<<8)
		}
	case "kill":
		w.kill(t.of, w.find(int(a[0])), syscall.Signal(a[1]))
	case "action":
		w.act(t, syscall.Signal(a[0]), action{int(a[1]), int(a[2])})
	case "mask":
		w.mask(t, syscall.Signal(a[1]), a[0] == 0)
	case "setsid", "setpgid":
		if r.result >= 0 {
			t.of.group = t.of.pid
		}
		if op == "setsid" && r.result >= 0 {
			t.of.session = t.of.pid
		}
	case "pdeathsig":
		t.death = syscall.Signal(a[0])
	case "take", "read":
		if r.result > 0 {
			w.take(t.of, syscall.Signal(r.result))
		}
	case "signalfd":
		t.of.signalfd = syscall.Signal(a[0])
	case "unshare":
		t.unshared = r.result == 0
	case "subreaper":
		t.of.subreaper = a[0] == 1
	case "seize":
		if tracee := w.find(int(a[0])); r.result == 0 {
			tracee.debugger = t
			t.tracees = append(t.tracees, tracee)
		}
	}
}

func (c *company) born(t *task, op string, a [4]int64, r answered) {
	flags := a[0]
	if op == "vfork" {
		flags = int64(syscall.SIGCHLD)
	}
	if c.known[int(r.result)] {
		c.t.Skip("an id was used again")
	}
	c.known[int(r.result)] = true
	child := c.w.fork(t, int(r.result), int(a[1]), int(flags))
	child.leaderSlot, child.inner = int(a[1]), int(r.y)
	switch {
	case t.within != nil:
		child.namespace, child.inner = t.within, innermost(c.t, child.pid)
	case t.unshared:
		t.within = child
		fallthrough
	case flags&syscall.CLONE_NEWPID != 0:
		child.namespace, child.inner = child, 1
	}
	if op == "vfork" {
		c.w.vforked[t.of.pid] = true
	}
	c.slots[int(a[1])] = child.leader
	c.next++
	c.tasks++
	switch {
	case op == "fork":
	case a[0] == 1:
		c.w.exec(child.leader)
	default:
		c.w.end(child, int(a[2])<<8)
	}
	if child.state != gone {
		child.pidfd = t.of
	}
}

// innermost is the id of a process in its own PID namespace, as the kernel says.
func innermost(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if ids := strings.Fields(line); ids[0] == "NSpid:" {
			inner, err := strconv.Atoi(ids[len(ids)-1])
			if err != nil {
				t.Fatal(err)
			}
			return inner
		}
	}
	t.Fatalf("%d has no NSpid:\n%s", pid, status)
	return 0
}

// differs says where the kernel's processes are not as they must be.
func (c *company) differs(states [][]string) (lines []string) {
	seen := map[int]bool{}
	for _, f := range states {
		var n [5]int
		for i := range n {
			n[i], _ = strconv.Atoi(f[i])
		}
		set, _ := strconv.ParseUint(f[5], 16, 64)
		pid := n[0]
		if pid == c.w.root.pid || c.w.root.pid == 0 {
			c.w.root.pid, c.w.root.leader.tid = pid, pid
			seen[pid] = true
			if n[4] != int(c.w.root.sent.delivered) {
				lines = append(lines, fmt.Sprintf("the root handled %d, not %d", n[4], c.w.root.sent.delivered))
			}
			continue
		}
		a := c.w.find(pid)
		if a == nil || f[1] == "gone" {
			if a != nil || f[1] != "gone" {
				lines = append(lines, fmt.Sprintf("process %d: %v", pid, f))
			}
			continue
		}
		seen[pid] = true
		dead, _ := map[bool]bool{true: f[1] == "Z" && n[3] <= 1}[true]
		pending := a.pendingSet()
		if dead != (a.state == zombie) || n[2] != a.process().pid || n[4] != int(a.sent.delivered) ||
			set&looked != pending || a.stopped != (f[1] == "T") && a.leaderAlive() {
			lines = append(lines, fmt.Sprintf("process %d: %v, want parent %d, handled %d, pending %x, stopped %v, "+
				"state %v", pid, f, a.process().pid, a.sent.delivered, pending, a.stopped, a.state))
		}
	}
	for _, a := range c.w.procs {
		if !a.root && a.state != gone && !seen[a.pid] {
			lines = append(lines, fmt.Sprintf("process %d is not there", a.pid))
		}
	}
	return lines
}

// looked are the signals of which it is compared whether they are pending.
const looked = 1<<(syscall.SIGCHLD-1) | 1<<(syscall.SIGTERM-1) | 1<<(syscall.SIGUSR1-1) | 1<<(syscall.SIGHUP-1)

func (a *actor) pendingSet() (set uint64) {
	if a.pending != nil {
		set |= 1 << (syscall.SIGCHLD - 1)
	}
	for _, k := range a.due {
		set |= 1 << (k.signal - 1)
	}
	return set
}

func (a *actor) leaderAlive() bool { return slices.Contains(a.tasks, a.leader) }

// compare replays the recording, and holds the model and the findings against the world after each step.
func (c *company) compare(binary, file string) {
	r, err := record.OpenRecording(file)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Close()
	m := model.New(model.Options{})
	p := player{c: c, m: m}
	batch := make([]event.Event, 1024)
	for {
		n, err := r.Next(batch)
		for i := range batch[:n] {
			if !p.apply(&batch[i]) {
				return
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	p.until(1 << 62)
	c.t.Logf("%d steps of %d seeds, %d findings", p.done, c.seed, len(rules.Find(m)))
	c.compareSummary(binary, file)
}

// player applies events as if all had lasted longer.
type player struct {
	c    *company
	m    *model.Model
	done int
	base event.Time
	log  []string
	bad  bool
}

func (p *player) scaled(t event.Time) event.Time {
	return p.base + (t-p.base)*event.Time(p.c.w.scale)
}

func (p *player) apply(e *event.Event) bool {
	if p.base == 0 {
		p.base = e.Time
	}
	if !p.until(e.Time) {
		return false
	}
	if len(p.log) > 60 {
		p.log = p.log[20:]
	}
	p.log = append(p.log, string(record.AppendText(nil, e)))
	f := *e
	f.Unshare()
	f.Time, f.Waited = p.scaled(e.Time), e.Waited*event.Time(p.c.w.scale)
	p.m.Apply(&f)
	return true
}

// until compares after each step that was over before a time.
func (p *player) until(t event.Time) bool {
	for ; p.done < len(p.c.steps) && event.Time(p.c.steps[p.done].at) < t; p.done++ {
		s := &p.c.steps[p.done]
		p.m.Advance(p.scaled(event.Time(s.at)))
		lines := slices.Concat(s.forest(p.m), s.counters(p.m), s.findings(p.m, p.scaled(event.Time(s.at))))
		if len(lines) > 0 {
			p.c.seed, p.c.steps = s.seed, p.c.steps[:p.done+1]
			p.c.t.Errorf("seed %d, after %s:\n  %s\nthe steps:\n%s\nthe last events:\n%s", s.seed, s.text,
				strings.Join(lines, "\n  "), p.c.history(), strings.Join(p.log, "\n"))
			p.bad = true
			return false
		}
	}
	return true
}

func (s *step) forest(m *model.Model) (lines []string) {
	for _, p := range s.procs {
		got := m.Find(event.PID(p.pid))
		switch {
		case got == nil:
			lines = append(lines, fmt.Sprintf("process %d is not known", p.pid))
		case (got.State == model.Zombie) != (p.state == zombie) || int(got.ParentPID) != p.parent ||
			(got.Stopped != 0) != p.stopped && p.state == alive:
			lines = append(lines, fmt.Sprintf("process %d is %v, child of %d, stopped by %d, want %+v", p.pid,
				got.State, got.ParentPID, got.Stopped, p))
		}
	}
	return lines
}

func (s *step) counters(m *model.Model) (lines []string) {
	got, c := m.Counters(), &s.count
	zombies := uint64(0)
	for _, p := range s.procs {
		if p.state == zombie {
			zombies++
		}
	}
	for _, one := range []struct {
		name      string
		got, want uint64
	}{
		{"processes_created", got.ProcessesCreated, c.processes}, {"threads_created", got.ThreadsCreated, c.threads},
		{"execs", got.Execs, c.execs}, {"processes_exited", got.ProcessesExited, c.exited},
		{"threads_exited", got.ThreadsExited, c.threadsExited}, {"reaped_by_parent", got.ReapedByParent, c.byParent},
		{"reaped_by_other", got.ReapedByOther, c.byOther}, {"auto_reaped", got.AutoReaped, c.byKernel},
		{"zombies_dropped", got.ZombiesDropped, c.dropped}, {"reparented", got.Reparented, c.reparented},
		{"sigchld_queued", got.SigchldQueued, min(max(got.SigchldQueued, c.queued-c.loose), c.queued)},
		{"sigchld_coalesced", got.SigchldCoalesced, c.queued + c.coalesced - got.SigchldQueued},
		{"sigchld_ignored", got.SigchldIgnored, c.ignored}, {"sigchld_delivered", got.SigchldDelivered, c.delivered},
		{"waits_nothing", got.WaitsNothing, c.nothing},
		{"waits_no_child", got.WaitsNoChild, min(max(got.WaitsNoChild, c.noChild), c.noChild+c.torn)},
		{"zombies_now", got.ZombiesNow, zombies}, {"reaped_unseen", got.ReapedUnseen, 0},
		{"contradictions", got.Contradictions, 0}, {"events_lost", got.EventsLost, 0},
	} {
		if one.got != one.want {
			lines = append(lines, fmt.Sprintf("%s is %d, want %d", one.name, one.got, one.want))
		}
	}
	if a, b := fmt.Sprint(got.ExitCodes, got.ExitSignals), fmt.Sprint(c.codes, c.signals); a != b {
		lines = append(lines, fmt.Sprintf("exit codes and signals are %s, want %s", a, b))
	}
	return lines
}

// found are findings of one kind about one process.
type found struct {
	tasks  []int
	fields map[string]int64
}

func (s *step) findings(m *model.Model, _ event.Time) (lines []string) {
	all := map[string]*found{}
	for _, f := range rules.Find(m) {
		at := fmt.Sprint(f.ID, " ", int(f.PID), " ", keyOf(&f))
		g := all[at]
		if g == nil {
			g = &found{fields: map[string]int64{}}
			all[at] = g
		}
		for _, pid := range f.Tasks {
			g.tasks = append(g.tasks, int(pid))
		}
		for name, n := range f.Arguments {
			if name == "processes" {
				g.fields[name] += int64(n)
			} else {
				g.fields[name] = int64(n)
			}
		}
	}
	for at, d := range s.want {
		if g := all[at]; g == nil && d.sure {
			lines = append(lines, "missing: "+d.text())
		} else if g != nil {
			lines = append(lines, d.differs(g)...)
		}
	}
	for at, g := range all {
		if s.want[at] == nil {
			lines = append(lines, fmt.Sprintf("false: %s: %+v", at, *g))
		}
	}
	return lines
}

// keyOf tells apart findings of one kind about one process.
func keyOf(f *rules.Finding) string {
	has := func(name string) bool { _, ok := f.Arguments[name]; return ok }
	why := ""
	for _, name := range []string{"sig_ign", "nocldwait", "namespace_ended"} {
		if has(name) {
			why = name
		}
	}
	switch f.ID {
	case "kernel_reaped":
		return why
	case "zombies_dropped":
		return fmt.Sprint(why, f.Arguments["whose"])
	case "ended_by_stranger", "init_spared":
		return fmt.Sprint(f.Arguments["signal"])
	case "parent_thread_ended":
		return fmt.Sprint(f.Arguments["signal"], f.Arguments["thread"])
	case "reaped_late":
		switch {
		case has("held_ns"):
			return fmt.Sprint(isHeld)
		case has("exit_signal"):
			return fmt.Sprint(noSIGCHLD)
		case has("stopped_ns"):
			return fmt.Sprint(parentStopped)
		case has("busy_ns"):
			return fmt.Sprint(parentBusy)
		}
		return fmt.Sprint(notWaited)
	}
	return ""
}

func (d *verdict) differs(g *found) (lines []string) {
	for _, pid := range g.tasks {
		if _, ok := d.tasks[pid]; !ok && len(d.tasks) > 0 {
			lines = append(lines, fmt.Sprintf("false of %d: %s", pid, d.text()))
		}
	}
	if len(d.tasks) <= named {
		for pid, sure := range d.tasks {
			if sure && !slices.Contains(g.tasks, pid) {
				lines = append(lines, fmt.Sprintf("not told of %d: %s", pid, d.text()))
			}
		}
	}
	for name, want := range d.fields {
		if got := g.fields[name]; got < want.least || got > want.most {
			lines = append(lines, fmt.Sprintf("%s is %d, want %v: %s", name, got, want, d.text()))
		}
	}
	return lines
}

// compareSummary holds the counters that tracer prints against those after the last step.
func (c *company) compareSummary(binary, file string) {
	summary, err := summarize(binary, file)
	if err != nil {
		c.t.Fatal(err)
	}
	last := &c.steps[len(c.steps)-1].count
	for name, want := range map[string]uint64{"processes_created": last.processes, "processes_exited": last.exited,
		"zombies_left": 0, "reaped_by_parent": last.byParent} {
		if got, _ := number(summary[name]); got != float64(want) {
			c.t.Errorf("summary: %s is %v, want %d", name, summary[name], want)
		}
	}
}
