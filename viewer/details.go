package viewer

import (
	"fmt"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// detailsPane tells all about what is selected in the tree, and about the event at the cursor.
type detailsPane struct{ textPane }

func (p *detailsPane) opening() []binding {
	return []binding{{[]string{"Enter", "i"}, "Enter", "details", 4,
		"all there is to know of the selected process, and of the event at the cursor", nil,
		func(s *state, _ string) { s.open(p) }}}
}

func (p *detailsPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	d := details{scene: s.scene(), fields: fields{width: w}}
	p.head = d.of(s.tree.current())
	if n, ok := s.cursor.event(); ok && s.tree.current() != nil {
		d.event(s.cursor.log.at(n), n)
	}
	p.all = d.fields.lines
}

// details are what there is to know, as labels and words.
type details struct {
	scene
	fields
}

// of tells all about what a row of the tree is of, and returns a title for it.
func (d *details) of(who *node) string {
	switch {
	case who == nil:
		d.say(roleDim, "nothing is selected")
		return "DETAILS"
	case who.thread != nil:
		d.thread(who.thread)
		return "THREAD " + strconv.Itoa(int(who.thread.ID.TID))
	case who.coroutine != nil:
		d.coroutine(who.coroutine)
		return "COROUTINE"
	}
	d.process(who.process)
	return "PROCESS " + english.BothPIDs(who.process.PID, who.process.InnerPID)
}

func (d *details) thread(th *model.Thread) {
	d.say(roleThread, d.glyphs.safe(string(th.Comm)))
	d.add("process", roleText, d.who(th.Process.PID))
	d.add("state", roleText, map[model.State]string{model.Alive: "alive", model.Gone: "ended"}[th.State])
	d.times(born(th.Born, th.ID), th.Ended)
	if th.State == model.Gone {
		d.add("status", roleText, english.StatusText(th.Status))
	}
	d.add("accepts", roleText, text.Count(th.Accepts))
	d.service(th.Serves)
}

func (d *details) coroutine(c *model.Coroutine) {
	d.say(roleThread, english.CoroutineText(c.Runtime, c.ID))
	d.add("process", roleText, d.who(c.Process.PID))
	if c.Vanished {
		d.add("state", roleText, "not finished: its process ended, or its end was not seen")
	} else {
		d.add("state", roleText, c.State.String())
	}
	d.add("ended how", roleText, english.HowText(c.How))
	if c.Creator != 0 {
		d.add("creator", roleText, english.CoroutineText(c.Runtime, c.Creator))
	}
	d.times(c.Born, c.Ended)
	if c.Thread != 0 {
		d.add("thread", roleText, strconv.Itoa(int(c.Thread)))
	}
	d.add("switches", roleText, text.Count(c.Switches)+" to it")
	d.service(c.Serves)
}

// lesson says in one sentence what the state of a process means.
func lesson(p *model.Process) string {
	switch {
	case p.State == model.Zombie && p.Root:
		return "It has ended. tracer launched it and reaps it."
	case p.State == model.Zombie && p.ParentPID == 1:
		return "It is dead and its parent ended without a wait: init adopted it and will reap it."
	case p.State == model.Zombie:
		return "It is dead. Only its exit status is left, and its process id stays taken until its parent waits for it."
	case p.State == model.Gone && p.Reaping == model.ByKernel:
		return "It is gone. Its parent has SIGCHLD at SIG_IGN (or its PID namespace ended), so the kernel kept no " +
			"status and it was never a zombie."
	case p.State == model.Gone:
		return "It is gone: its status was collected, and its process id is free again."
	case p.LeaderEnded:
		return "Its first thread has ended, but the process lives on in its other threads."
	case p.Zombies > 0:
		return "It lives, and has dead children that it has not waited for."
	}
	return "It lives."
}

func (d *details) process(p *model.Process) {
	look := &looks[d.stateOf(p)]
	d.say(look.name, d.glyphs.safe(string(p.Comm))+"  "+look.glyph(d.glyphs)+" "+look.word)
	d.say(roleDim, lesson(p))
	d.blank()
	if p.Guessed {
		d.add("inferred", roleWarn, "events were lost: some of this is a guess")
	}
	if p.Seen {
		d.add("met", roleText, "it was there before tracer attached")
	}
	switch {
	case p.Root:
		d.add("creator", roleText, "tracer launched it")
	case p.Creator != 0:
		d.add("creator", roleText, d.who(p.Creator))
	}
	parent := d.who(p.ParentPID)
	if p.ParentPID == 0 {
		parent = "outside of what is traced"
	} else if p.Adopted() {
		parent += ", who adopted it"
	}
	d.add("parent", roleText, parent)
	if p.DiedBefore {
		d.times(born(p.Born, p.ID), 0)
		d.add("ended", roleText, "before tracer attached")
	} else {
		d.times(born(p.Born, p.ID), p.Ended)
	}
	d.ending(p)
	if p.Subreaper {
		d.add("subreaper", roleText, "it inherits the orphans among its descendants")
	}
	d.add("path", roleText, d.glyphs.safe(p.Path))
	d.add("arguments", roleText, d.glyphs.plain(text.Arguments(p.Args)))
	d.add("children", roleText, text.Count(p.ChildrenMade)+" made")
	if p.Zombies > 0 {
		d.add("", roleZombie, text.Plural(uint64(p.Zombies), "waits", "wait")+" to be reaped")
	}
	if p.ThreadsMade > 0 {
		d.add("threads", roleText, fmt.Sprintf("%d alive, %d made, besides the leader", p.ThreadsAlive, p.ThreadsMade))
	}
	d.coroutines(p)
	d.accepts(p)
	d.service(p.Serves)
	d.add("SIGCHLD", roleText, sigchldText(p.Signals))
	d.add("identity", roleDim, fmt.Sprintf("tid %d, started %v s after boot", p.ID.TID, p.ID.Start))
}

// ending tells of a process that has ended, and what became of it.
func (d *details) ending(p *model.Process) {
	if p.State != model.Alive {
		d.add("status", roleText, english.StatusText(p.Status)+fmt.Sprintf("  (wait status 0x%04x)", uint32(p.Status)))
	}
	switch {
	case isZombie(p):
		d.add("zombie", roleZombie, "for "+zombieText(p, d.now)+"; "+mustReap(d.who(p.ParentPID)))
	case p.State == model.Gone:
		d.add("reaped", roleText, reapedFully(p))
	}
}

// sigchldText tells what p does about the ends of its children, and what came of them.
func sigchldText(g model.Signals) string {
	words := ""
	switch g.Disposition {
	case event.Default:
		words = "default action"
	case event.Ignore:
		words = "SIG_IGN: not sent, the kernel reaps"
	case event.Handler:
		words = "has a handler"
	}
	if g.NoCldWait {
		words += ", SA_NOCLDWAIT"
	}
	if g.Blocked {
		words += ", blocked"
	}
	if g.SignalFD {
		words += ", has a signalfd for it"
	}
	if words != "" {
		words += "; up to now: "
	}
	words += strings.TrimSpace(signalCounts(g).String())
	return words
}

// service tells of a connection that somebody reads or writes, phase by phase.
func (d *details) service(c *model.Connection) {
	if c == nil {
		return
	}
	words := fmt.Sprintf("connection %d from %s, accepted by %d", c.Number, d.glyphs.safe(string(c.Peer)), c.AcceptedBy)
	if c.Coroutine.ID != 0 {
		words += ", first by " + english.CoroutineText(c.Coroutine.Runtime, c.Coroutine.ID)
	}
	d.add("serves", roleAccept, words)
	for _, line := range exchangeWords(c) {
		d.add("", roleAccept, line)
	}
	var phases []string
	if c.Queued != 0 {
		phases = append(phases, "queued "+text.DurationText(c.Queued))
	}
	for _, phase := range []struct {
		words string
		at    event.Time
	}{{"process", c.Spawned()}, {"read", c.FirstRead}, {"reply", c.FirstReply}, {"closed", c.Closed}} {
		if phase.at != 0 {
			phases = append(phases, phase.words+" after "+text.DurationText(since0(phase.at, c.Accepted)))
		}
	}
	d.add("", roleText, strings.Join(phases, ", "))
	switch {
	case c.Guessed:
		d.add("", roleText, "its close was lost: nobody is left who can have held it")
	case c.Closed != 0:
		d.add("", roleText, fmt.Sprintf("%s read, %s written", text.Plural(c.BytesRead, "byte", "bytes"),
			text.Plural(c.BytesWritten, "byte", "bytes")))
	}
}

// shownExchanges is how many HTTP requests of a connection are told, the last ones.
const shownExchanges = 3

func exchangeWords(c *model.Connection) (words []string) {
	for _, x := range c.Exchanges[max(0, len(c.Exchanges)-shownExchanges):] {
		line := text.HTTPLine(x.Request, x.Cut)
		if x.Answered != 0 {
			line += fmt.Sprintf(" -> %d after %s", x.Status, text.DurationText(x.Answered-x.Asked))
		}
		words = append(words, line)
	}
	return words
}

// coroutines tells of those of a process.
func (d *details) coroutines(p *model.Process) {
	if p.CoroutinesMade+p.CoroutinesFinished+p.Switches > 0 {
		d.add("coroutines", roleText,
			text.Count(uint64(p.CoroutinesAlive))+" alive, "+text.Count(p.CoroutinesMade)+" made, "+
				text.Plural(p.Switches, "switch", "switches"))
	}
}

func (d *details) accepts(p *model.Process) {
	if p.Accepts == 0 {
		return
	}
	d.add("accepts", roleAccept, text.Count(p.Accepts)+", the last from "+d.glyphs.safe(string(p.LastPeer)))
	d.add("listener", roleText, d.glyphs.safe(string(p.Listener))+fmt.Sprintf(", %d queued of %d", p.Queue, p.Backlog))
}

func (d *details) times(begin, end event.Time) {
	start := d.start()
	at := func(t event.Time) string {
		if t < start {
			return text.DurationText(start-t) + " before the trace"
		}
		return "at " + text.TimeText(start, t, 6) + " s"
	}
	if begin != 0 {
		d.add("born", roleText, at(begin))
	}
	if end == 0 {
		return
	}
	words := at(end)
	if begin != 0 {
		words += ", lived " + text.DurationText(since0(end, begin))
	}
	d.add("ended", roleText, words)
}

func reapedFully(p *model.Process) string {
	words := strings.TrimPrefix(reapedBy(p), "reaped ")
	words += map[event.Call]string{event.Wait4: ", by wait4", event.Waitid: ", by waitid",
		event.Ring: ", by waitid through an io_uring"}[p.ReapCall]
	if p.ZombieTime(p.GoneAt) > 0 {
		words += ", " + zombieText(p, p.GoneAt) + " after its end"
	}
	switch p.Reaping {
	case model.ByParent:
		words += "; that is its parent"
	case model.ByOther:
		words += "; that one had adopted it"
	}
	return words
}

// event lists the fields of event n as the table of kinds describes them.
func (d *details) event(e *event.Event, n uint64) {
	if e == nil {
		return
	}
	d.blank()
	d.say(roleStrong, "EVENT "+text.Count(n+1)+": "+e.Kind.String())
	d.say(roleDim, e.Kind.Spec().Doc)
	own := e.Kind.Spec().Fields
	for i := range event.Common {
		d.field(&event.Common[i], e)
	}
	for i := range own {
		d.field(&own[i], e)
	}
}

func (d *details) field(field *event.Field, e *event.Event) {
	var words string
	switch field.Type {
	case event.String:
		words = d.glyphs.safe(field.Text(e))
	case event.Duration:
		words = event.Time(field.Number(e)).String() + " s"
	case event.Hex:
		words = strings.TrimSpace("0x" + strconv.FormatUint(uint64(field.Number(e)), 16) + " " + bitNames(field, e))
	case event.Enum:
		if v := field.Number(e); v >= 0 && v < int64(len(field.Names)) {
			words = field.Names[v]
		} else {
			words = strconv.FormatInt(v, 10)
		}
	case event.Bits:
		words = bitNames(field, e)
	default:
		words = strconv.FormatInt(field.Number(e), 10)
	}
	d.add(field.Name, roleText, words)
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
