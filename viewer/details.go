package viewer

import (
	"fmt"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// detailsPane shows all about what is selected in the tree, and about the event at the cursor.
type detailsPane struct {
	textPane
	behind bool // what was is not read yet, as far as it is to be shown
}

func (p *detailsPane) opening(say *words.KeyWords) []binding {
	return []binding{{"open,details", []string{"Enter", "i"}, "Enter", say.Details.Label, 4, say.Details.Help, nil,
		func(s *state, _ string) { s.open(p) }}}
}

func (p *detailsPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	d := details{scene: s.scene(), fields: fields{width: w}}
	if p.behind = false; p.looksBack(s) {
		s.past.work(s.cursor)
		if p.behind = s.past.behind(s.cursor); !p.behind {
			at := momentOf(s)
			d.past = &at
		}
	}
	if of := s.tree.groupOf(s.tree.current()); of != nil && of.chosen == nil {
		d.group(of)
	}
	p.head = d.of(s.tree.current())
	if n, ok := s.cursor.event(); ok && s.tree.current() != nil {
		d.event(s.cursor.log.at(n), n)
	}
	p.all = d.fields.lines
}

// looksBack reports whether it shows what the history alone knows: the children that have gone.
func (p *detailsPane) looksBack(s *state) bool {
	who := s.tree.current()
	return who != nil && who.thread == nil && who.coroutine == nil && who.process.ChildrenMade > 0 && !s.cursor.busy()
}

// details are what there is to know, as labels and words.
type details struct {
	scene
	fields
	past *moment // nil: it is not read
}

// of shows all about what a row of the tree is of, and returns a title for it.
func (d *details) of(who *node) string {
	say := &d.words.Details
	switch {
	case who == nil:
		d.say(roleDim, say.Nothing)
		return say.Title
	case who.thread != nil:
		d.thread(who.thread)
		return say.Thread(who.thread.ID.TID)
	case who.coroutine != nil:
		d.coroutine(who.coroutine)
		return say.Coroutine
	}
	d.process(who.process)
	return say.Process(d.words.BothPIDs(who.process.PID, who.process.InnerPID))
}

// group says what there is to know of zombies that are alike, before the oldest of them.
func (d *details) group(g *group) {
	say := &d.words.Details
	d.say(roleAlarm, d.words.Screen.Zombies(g.count)+": "+d.glyphs.safe(string(g.comm)))
	d.add(say.StatusLabel, roleText, d.endings(g))
	d.say(roleDim, say.AlikeOldest)
	d.blank()
}

func (d *details) thread(th *model.Thread) {
	say := &d.words.Details
	d.say(roleThread, d.glyphs.safe(string(th.Comm)))
	d.add(say.ProcessLabel, roleText, d.who(th.Process.PID))
	states := map[model.State]string{model.Alive: d.words.Tree.Alive, model.Gone: d.words.Tree.Ended}
	d.add(say.StateLabel, roleText, states[th.State])
	d.times(born(th.Born, th.ID), th.Ended)
	d.lane(stages{born: th.Born, gone: th.Ended}, d.glyphs.lanes().thread, roleThread)
	if th.State == model.Gone {
		d.add(say.StatusLabel, roleText, d.words.StatusText(th.Status))
	}
	if c := th.Cost; c != nil {
		d.used(&c.Task, c.RunDelay, 0)
	}
	d.add(say.AcceptsLabel, roleText, text.Count(th.Accepts))
	d.service(th.Serves)
}

func (d *details) coroutine(c *model.Coroutine) {
	say := &d.words.Details
	d.say(roleThread, d.words.CoroutineText(c.Runtime, c.Class, c.ID))
	d.add(say.ProcessLabel, roleText, d.who(c.Process.PID))
	if c.Vanished {
		d.add(say.StateLabel, roleText, say.Vanished)
	} else {
		d.add(say.StateLabel, roleText, d.words.CoroutineState(c.State.String()))
	}
	d.add(say.EndedHowLabel, roleText, d.words.HowText(c.How))
	if c.Inherited {
		d.add(say.CreatorLabel, roleText, say.CopiedFrom(d.who(c.Process.Creator)))
	} else if c.Creator != 0 {
		d.add(say.CreatorLabel, roleText, d.words.CoroutineText(c.Runtime, "", c.Creator))
	}
	d.times(c.Born, c.Ended)
	d.lane(stages{born: c.Born, gone: c.Ended}, d.glyphs.lanes().waiting, roleThread)
	if c.Thread != 0 {
		d.add(say.ThreadLabel, roleText, strconv.Itoa(int(c.Thread)))
	}
	d.add(say.SwitchesLabel, roleText, say.SwitchesTo(c.Switches))
	d.switches("", c.Process)
	d.service(c.Serves)
}

// lesson says in one sentence what the state of a process means.
func (d *details) lesson(p *model.Process) string {
	say := &d.words.Details
	switch {
	case p.State == model.Zombie && p.Root:
		return say.LessonRoot
	case p.State == model.Zombie && p.ParentPID == 1:
		return say.LessonInit
	case p.State == model.Zombie:
		return say.LessonZombie
	case p.State == model.Ending:
		return say.LessonEnding
	case p.State == model.Gone && p.Reaping == model.ByKernel:
		return say.LessonIgnored
	case p.State == model.Gone && p.Reaping == model.Dropped:
		return say.LessonDropped
	case p.State == model.Gone:
		return say.LessonGone
	case p.LeaderEnded:
		return say.LessonLeader
	case p.Zombies > 0:
		return say.LessonChildren
	}
	return say.LessonAlive
}

func (d *details) process(p *model.Process) {
	say, look := &d.words.Details, &looks[d.stateOf(p)]
	d.say(look.name, d.glyphs.safe(string(p.Comm))+"  "+look.glyph(d.glyphs)+" "+look.word(&d.words.Screen))
	d.say(roleDim, d.lesson(p))
	d.blank()
	switch {
	case model.EndUnseen(d.model, p):
		d.add(say.InferredLabel, roleWarn, say.GuessOfEnd)
	case p.Guessed:
		d.add(say.InferredLabel, roleWarn, say.Guess)
	}
	if p.Seen {
		d.add(say.MetLabel, roleText, say.ThereBefore)
	}
	switch {
	case p.Root:
		d.add(say.CreatorLabel, roleText, say.ByTracer)
	case p.Creator != 0:
		d.add(say.CreatorLabel, roleText, d.who(p.Creator))
	}
	parent := d.who(p.ParentPID)
	if p.ParentPID == 0 {
		parent = say.Outside
	} else if p.Adopted() {
		parent = say.Adopter(parent)
	}
	d.add(say.ParentLabel, roleText, parent)
	if p.DiedBefore {
		d.times(born(p.Born, p.ID), 0)
		d.add(say.EndedLabel, roleText, say.EndedBefore)
	} else {
		d.times(born(p.Born, p.ID), p.Ended)
	}
	d.lane(stagesOf(p), d.glyphs.lanes().alive, roleAlive)
	d.ending(p)
	if p.Subreaper {
		d.add(say.SubreaperLabel, roleText, say.Inherits)
	}
	d.add(say.PathLabel, roleText, d.glyphs.safe(p.Path))
	d.add(say.ArgumentsLabel, roleText, d.glyphs.plain(text.Arguments(p.Args)))
	d.add(say.ChildrenLabel, roleText, say.ChildrenMade(p.ChildrenMade))
	if p.Zombies > 0 {
		d.add("", roleZombie, say.WaitToBeReaped(uint64(p.Zombies)))
	}
	d.lifetimes(p)
	d.waits(p)
	if p.ThreadsMade > 0 {
		d.add(say.ThreadsLabel, roleText, say.Threads(int(p.ThreadsAlive), int(p.ThreadsMade)))
	}
	d.coroutines(p)
	d.switches(say.SwitchesLabel, p)
	d.accepts(p)
	d.service(p.Serves)
	d.holds(p)
	d.add("SIGCHLD", roleText, d.sigchldText(p.Signals()))
	d.add(say.IdentityLabel, roleDim, say.Identity(p.ID.TID, p.ID.Start.String()))
}

// ending describes a process that has ended, and what became of it.
func (d *details) ending(p *model.Process) {
	say := &d.words.Details
	if p.State != model.Alive {
		raw := fmt.Sprintf("0x%04x", uint32(p.Status))
		d.add(say.StatusLabel, roleText, say.Status(d.scene.ending(p), raw))
	}
	if c := p.Cost; c != nil {
		delay := c.RunDelay // of its last task
		if p.ThreadsMade > 0 {
			delay = 0
		}
		d.used(&c.Process, delay, c.MaxRSS)
	}
	switch {
	case isZombie(p):
		d.zombie(p)
	case p.State == model.Ending:
		d.add("", roleWarn, d.words.Events.EndsLater(p.EndedInit))
	case p.State == model.Gone:
		d.add(say.ReapedLabel, roleText, d.reapedFully(p))
	}
}

// waits tell which of those that pass over other children p is in.
func (d *details) waits(p *model.Process) {
	say := &d.words.Details
	label := say.InWaitLabel
	for _, w := range p.Waiting() {
		duration := text.DurationText(w.For(d.now))
		if w.AtLeast {
			duration = d.words.Facts.AtLeast(duration)
		}
		line := say.InWait(d.words.Events.WaitCall(w.Call, w.IDType, w.ID), duration)
		if w.Thread != event.TID(p.PID) {
			line = d.words.Events.OfThread(w.Thread, line)
		}
		d.add(label, roleWait, line)
		label = ""
	}
}

// used tells what a task or a process has used, since it was created; a delay or a memory of 0 is not known.
func (d *details) used(u *event.Usage, delay event.Time, memory uint64) {
	say := &d.words.Details
	cpu := say.CPU(text.DurationText(u.CPU))
	if delay > 0 {
		cpu = d.list([]string{cpu, say.RunDelay(text.DurationText(delay))})
	}
	d.add(say.UsedLabel, roleText, cpu)
	d.add("", roleText, say.Switches(u.Voluntary, u.Involuntary))
	d.add("", roleText, say.Faults(u.MinorFaults, u.MajorFaults))
	if memory > 0 {
		d.add("", roleText, say.Memory(memory))
	}
}

// zombie says for how long a process has been a zombie, who has to wait for it, and what else that takes.
func (d *details) zombie(p *model.Process) {
	say, c := &d.words.Details, d.model.Cause(p)
	parent := d.who(p.ParentPID)
	if p.ParentPID == 0 {
		parent = ""
	}
	must, more := d.mustReap(parent), ""
	switch {
	case c.Held:
		debugger := ""
		if c.Debugger != 0 {
			debugger = d.who(c.Debugger)
		}
		must, more = d.words.Facts.Held(debugger), say.HeldFirst
	case c.ExitSignal == 0:
		more = say.SentNoSignal
	case c.ExitSignal != event.SIGCHLD:
		more = say.SentOther(text.SignalName(c.ExitSignal))
	case c.Stopped != 0:
		more = say.ParentStopped(d.who(c.Parent), text.SignalName(c.Stopped))
	case c.Wait.Call != event.CallNone:
		more = say.ParentWaits(d.who(c.Parent), d.words.Events.WaitCall(c.Wait.Call, c.Wait.IDType, c.Wait.ID))
	}
	d.add(say.ZombieLabel, roleZombie, say.ZombieFor(d.zombieText(p, d.now), must))
	if more != "" {
		d.add("", roleZombie, more)
	}
}

// sigchldText says what a process does about the ends of its children, and what came of them.
func (d *details) sigchldText(g model.Signals) string {
	say := &d.words.Details
	var does []string
	switch g.Disposition {
	case event.Default:
		does = append(does, say.DefaultAction)
	case event.Ignore:
		does = append(does, say.Ignored)
	case event.Handler:
		does = append(does, say.HasHandler)
	}
	if g.NoCldWait {
		does = append(does, say.NoCldWait)
	}
	if g.Blocked {
		does = append(does, d.words.Events.Blocked)
	}
	if g.SignalFD {
		does = append(does, say.HasSignalFD)
	}
	counts := strings.TrimSpace(signalCounts(g, d.words).String())
	if len(does) == 0 {
		return counts
	}
	return say.UpToNow(d.list(does), counts)
}

func (d *details) list(clauses []string) string {
	return strings.Join(clauses, d.words.Punctuation.Comma)
}

// service describes a connection that somebody reads or writes, phase by phase.
func (d *details) service(c *model.Connection) {
	if c == nil {
		return
	}
	say := &d.words.Details
	connection := say.Connection(words.Number(c.Number), d.glyphs.safe(string(c.Peer)), c.AcceptedBy)
	if c.Coroutine.ID != 0 {
		first := say.FirstBy(d.words.CoroutineText(c.Coroutine.Runtime, "", c.Coroutine.ID))
		connection += d.words.Punctuation.Comma + first
	}
	d.add(say.ServesLabel, roleAccept, connection)
	defer d.holders(c)
	for _, line := range d.exchanges(c) {
		d.add("", roleAccept, line)
	}
	var phases []string
	if c.Queued != 0 {
		phases = append(phases, say.Queued(text.DurationText(c.Queued)))
	}
	for _, phase := range []struct {
		after func(string) string
		at    event.Time
	}{{say.ProcessAfter, c.Spawned()}, {say.ReadAfter, c.FirstRead}, {say.ReplyAfter, c.FirstReply},
		{say.ClosedAfter, c.Closed}} {
		if phase.at != 0 {
			phases = append(phases, phase.after(text.DurationText(since0(phase.at, c.Accepted))))
		}
	}
	d.phasesOf(c)
	d.add("", roleText, d.list(phases))
	switch {
	case c.Guessed:
		d.add("", roleText, say.CloseLost)
	case c.Closed != 0:
		d.add("", roleText, say.Bytes(c.BytesRead, c.BytesWritten))
	}
}

// holders tell who let go of a connection, and who has it without use.
func (d *details) holders(c *model.Connection) {
	d.letGo(c)
	for _, h := range c.HoldersIn(d.model) {
		found := ""
		if h.Seen != 0 {
			found = text.DurationText(since0(h.Seen, c.Accepted))
		}
		d.add("", roleWarn, d.words.Findings.Holding.HeldBy(d.whoThen(h.PID, h.Comm), h.Executed, found))
	}
}

// holds tells which sockets a process has without use, and who else has.
func (d *details) holds(p *model.Process) {
	say := &d.words.Details
	label := say.HoldsLabel
	all := model.HeldIn(d.model)
	for _, h := range all {
		if h.PID != p.PID || p.State != model.Alive {
			continue
		}
		number, peer := words.Number(0), event.Addr("")
		if h.Connection != nil {
			number, peer = words.Number(h.Connection.Number), h.Connection.Peer
		}
		d.add(label, roleWarn, words.Held(d.words, number, d.glyphs.safe(string(peer)),
			d.glyphs.safe(string(h.Listener)), h.FD, h.Executed))
		label = ""
		d.heldToo(all, func(o *model.HeldSocket) bool {
			return o.Connection == h.Connection && o.Listener == h.Listener && o.PID != p.PID
		})
		if h.Connection != nil {
			d.letGo(h.Connection)
		}
	}
}

// heldToo tells who holds the sockets that are meant, too.
func (d *details) heldToo(all []model.HeldSocket, meant func(*model.HeldSocket) bool) {
	var others []string
	for i := range all {
		if h := &all[i]; meant(h) {
			others = append(others, d.whoThen(h.PID, h.Comm))
		}
	}
	if len(others) > 0 {
		d.add("", roleWarn, d.words.Details.HeldToo(d.list(others)))
	}
}

func (d *details) letGo(c *model.Connection) {
	if by, comm, at := c.LastLetGo(); by != 0 {
		after := text.DurationText(since0(at, c.Accepted))
		d.add("", roleText, d.words.Findings.Holding.LetGo(d.whoThen(by, comm), after))
	}
}

// shownExchanges is how many HTTP requests of a connection are told, the last ones.
const shownExchanges = 3

func (d *details) exchanges(c *model.Connection) (lines []string) {
	for _, x := range c.Exchanges[max(0, len(c.Exchanges)-shownExchanges):] {
		line := text.HTTPLine(x.Request, x.Cut)
		if x.Answered != 0 {
			line = d.words.Details.Answered(line, int(x.Status), text.DurationText(x.Answered-x.Asked))
		}
		lines = append(lines, line)
	}
	return lines
}

// coroutines describes those of a process.
func (d *details) coroutines(p *model.Process) {
	say := &d.words.Details
	if c := p.Coroutines(); c.Made+c.Finished+c.Switches > 0 {
		d.add(say.CoroutinesLabel, roleText, say.Coroutines(uint64(c.Alive), c.Made, c.Switches))
	}
}

func (d *details) accepts(p *model.Process) {
	say := &d.words.Details
	a := p.Accepting()
	if a.Accepts == 0 {
		return
	}
	d.add(say.AcceptsLabel, roleAccept, say.Accepts(a.Accepts, d.glyphs.safe(string(a.LastPeer))))
	listener := say.Listener(d.glyphs.safe(string(a.Listener)), a.Queue, a.Backlog)
	if n := d.model.Evidence().Listeners.DroppedAt(a.Listener); n > 0 {
		listener += d.words.Punctuation.Comma + say.ListenDrops(n)
	}
	d.add(say.ListenerLabel, roleText, listener)
	d.heldToo(model.HeldIn(d.model), func(h *model.HeldSocket) bool {
		return h.Listener == a.Listener && h.Connection == nil && h.PID != p.PID
	})
}

func (d *details) times(begin, end event.Time) {
	say := &d.words.Details
	start := d.start()
	at := func(t event.Time) string {
		if t < start {
			return say.BeforeTrace(text.DurationText(start - t))
		}
		return say.At(text.TimeText(start, t, 6))
	}
	if begin != 0 {
		d.add(say.BornLabel, roleText, at(begin))
	}
	if end == 0 {
		return
	}
	ended := at(end)
	if begin != 0 {
		ended = say.Lived(ended, text.DurationText(since0(end, begin)))
	}
	d.add(say.EndedLabel, roleText, ended)
}

func (d *details) reapedFully(p *model.Process) string {
	say := &d.words.Details
	var how []string
	switch {
	case p.Reaping == model.ByKernel:
		how = append(how, say.ReapedByKernel)
	case p.Reaping == model.Dropped:
		how = append(how, say.Dropped)
	case p.Reaping == model.NotReaped && p.Root:
		how = append(how, say.ReapedByTracer)
	case p.Reaping == model.NotReaped:
		how = append(how, say.ReapedUnseen)
	case p.ReapedBy != 0:
		how = append(how, say.ReapedBy(parentText(p.ReapedBy)))
	default:
		how = append(how, say.Reaped)
	}
	switch p.ReapCall {
	case event.Wait4:
		how = append(how, say.ByWait4)
	case event.Waitid:
		how = append(how, say.ByWaitid)
	case event.Ring:
		how = append(how, say.ByRing)
	}
	if p.ZombieTime(p.GoneAt) > 0 {
		how = append(how, say.AfterItsEnd(d.zombieText(p, p.GoneAt)))
	}
	switch line := d.list(how); p.Reaping {
	case model.ByParent:
		return line + d.words.Punctuation.Semicolon + say.ThatIsParent
	case model.ByOther:
		return line + d.words.Punctuation.Semicolon + say.ThatAdopted
	default:
		return line
	}
}

// event lists the fields of event n as the table of kinds describes them.
func (d *details) event(e *event.Event, n uint64) {
	if e == nil {
		return
	}
	d.blank()
	d.say(roleStrong, d.words.Details.Event(text.Count(n+1), e.Kind.String()))
	d.say(roleDim, d.words.Help.Kind(e.Kind))
	own := e.Kind.Spec().Fields
	for i := range event.Common {
		d.field(&event.Common[i], e)
	}
	for i := range own {
		d.field(&own[i], e)
	}
}

func (d *details) field(field *event.Field, e *event.Event) {
	var value string
	switch field.Type {
	case event.String:
		value = d.glyphs.safe(field.Text(e))
	case event.Duration:
		value = d.words.Details.Seconds(event.Time(field.Number(e)).String())
	case event.Hex:
		value = strings.TrimSpace("0x" + strconv.FormatUint(uint64(field.Number(e)), 16) + " " + bitNames(field, e))
	case event.Enum:
		if v := field.Number(e); v >= 0 && v < int64(len(field.Names)) {
			value = field.Names[v]
		} else {
			value = strconv.FormatInt(v, 10)
		}
	case event.Bits:
		value = bitNames(field, e)
	default:
		value = strconv.FormatInt(field.Number(e), 10)
	}
	d.add(field.Name, roleText, value)
}

func bitNames(field *event.Field, e *event.Event) string {
	var names []string
	for i, name := range field.Names {
		if field.Number(e)>>i&1 != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
