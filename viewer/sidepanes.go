package viewer

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// plainLines are the lines of a side pane that is no list of events, and its title.
func (s *state) plainLines(width int) (title string, lines []line) {
	switch s.side {
	case paneDetail:
		return s.detail(width)
	case paneSummary:
		return "SUMMARY", s.summary(width)
	case paneOutput:
		return "OUTPUT of the traced program", s.outputLines(width)
	}
	return "", nil
}

const labelWidth = 15

// fields makes lines of a label and words that are wrapped beside it.
type fields struct {
	width int
	lines []line
}

func (f *fields) add(label string, r role, words string) {
	if words == "" {
		return
	}
	for i, part := range wrap(words, f.width-labelWidth-2) {
		var l line
		l.gap(1)
		if i == 0 {
			l.add(roleDim, label)
		}
		f.lines = append(f.lines, *l.to(labelWidth).add(r, part))
	}
}

func (f *fields) say(r role, words string) {
	for _, part := range wrap(words, f.width-2) {
		var l line
		f.lines = append(f.lines, *l.gap(1).add(r, part))
	}
}

func (f *fields) blank() { f.lines = append(f.lines, line{}) }

// wrap breaks words into lines of at most width cells, within a word only when it is longer than a line.
func wrap(words string, width int) []string {
	width = max(width, 4)
	var lines []string
	current := ""
	for _, w := range strings.Split(words, " ") {
		for {
			candidate := w
			if current != "" {
				candidate = current + " " + w
			}
			if text.Width(candidate) <= width {
				current = candidate
				break
			}
			if current != "" {
				lines, current = append(lines, current), ""
				continue
			}
			head := text.Cut(w, width, "")
			if head == "" { // a character wider than the line
				head = w
			}
			lines, w = append(lines, head), w[len(head):]
			if w == "" {
				break
			}
		}
	}
	return append(lines, current)
}

// detail tells all about the selected process, or about the event at the cursor when the events have the keys.
func (s *state) detail(width int) (string, []line) {
	f := &fields{width: width}
	who := s.selected()
	if who == nil {
		f.say(roleDim, "nothing is selected")
		return "DETAILS", f.lines
	}
	title := "PROCESS " + text.BothPIDs(who.process.PID, who.process.InnerPID)
	switch {
	case who.thread != nil:
		title = "THREAD " + strconv.Itoa(int(who.thread.ID.TID))
		s.threadDetail(f, who.thread)
	case who.coroutine != nil:
		title = "COROUTINE"
		s.coroutineDetail(f, who.coroutine)
	default:
		s.processDetail(f, who.process)
	}
	if n, ok := s.cursorEvent(); ok {
		s.eventDetail(f, n)
	}
	return title, f.lines
}

func (s *state) threadDetail(f *fields, th *model.Thread) {
	f.say(roleThread, s.glyphs.safe(string(th.Comm)))
	f.add("process", roleText, s.who(th.Process.PID, s.shown().model))
	f.add("state", roleText, map[model.State]string{model.Alive: "alive", model.Gone: "ended"}[th.State])
	s.addTimes(f, born(th.Born, th.ID), th.Ended)
	if th.State == model.Gone {
		f.add("status", roleText, text.StatusText(th.Status))
	}
	f.add("accepts", roleText, text.Count(th.Accepts))
	s.addService(f, th.Serves)
}

// lesson says in one sentence what the state of a process means.
func (s *state) lesson(p *model.Process) string {
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

func (s *state) processDetail(f *fields, p *model.Process) {
	m := s.shown().model
	look := s.stateOf(p)
	f.say(look.name, s.glyphs.safe(string(p.Comm))+"  "+look.glyph+" "+look.word)
	f.say(roleDim, s.lesson(p))
	f.blank()
	if p.Guessed {
		f.add("inferred", roleWarn, "events were lost: some of this is a guess")
	}
	if p.Seen {
		f.add("met", roleText, "it was there before tracer attached")
	}
	switch {
	case p.Root:
		f.add("creator", roleText, "tracer launched it")
	case p.Creator != 0:
		f.add("creator", roleText, s.who(p.Creator, m))
	}
	parent := s.who(p.ParentPID, m)
	if p.ParentPID == 0 {
		parent = "outside of what is traced"
	} else if p.Adopted() {
		parent += ", who adopted it"
	}
	f.add("parent", roleText, parent)
	if p.DiedBefore {
		s.addTimes(f, born(p.Born, p.ID), 0)
		f.add("ended", roleText, "before tracer attached")
	} else {
		s.addTimes(f, born(p.Born, p.ID), p.Ended)
	}
	if p.State != model.Alive {
		f.add("status", roleText, text.StatusText(p.Status)+fmt.Sprintf("  (wait status 0x%04x)", uint32(p.Status)))
	}
	switch {
	case isZombie(p):
		f.add("zombie", roleZombie, "for "+zombieText(p, s.shown().now)+"; "+mustReap(s.who(p.ParentPID, m)))
	case p.State == model.Gone:
		f.add("reaped", roleText, s.reapedFully(p))
	}
	f.add("path", roleText, s.glyphs.safe(p.Path))
	f.add("arguments", roleText, s.glyphs.plain(text.Arguments(p.Args)))
	f.add("children", roleText, text.Count(p.ChildrenMade)+" made")
	if p.Zombies > 0 {
		f.add("", roleZombie, text.Plural(uint64(p.Zombies), "waits", "wait")+" to be reaped")
	}
	if p.ThreadsMade > 0 {
		f.add("threads", roleText, fmt.Sprintf("%d alive, %d made, besides the leader", p.ThreadsAlive, p.ThreadsMade))
	}
	f.addCoroutines(p)
	s.addAccepts(f, p)
	s.addService(f, p.Serves)
	f.add("SIGCHLD", roleText, sigchldText(p.Signals))
	f.add("identity", roleDim, fmt.Sprintf("tid %d, started %v s after boot", p.ID.TID, p.ID.Start))
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

// addService tells of a connection that somebody reads or writes, phase by phase.
func (s *state) addService(f *fields, c *model.Connection) {
	if c == nil {
		return
	}
	words := s.glyphs.safe(string(c.Peer)) + fmt.Sprintf(", accepted by %d", c.AcceptedBy)
	if c.Coroutine.ID != 0 {
		words += ", first by " + text.CoroutineText(c.Coroutine.Runtime, c.Coroutine.ID)
	}
	f.add("serves", roleAccept, words)
	for _, line := range exchangeWords(c) {
		f.add("", roleAccept, line)
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
	f.add("", roleText, strings.Join(phases, ", "))
	switch {
	case c.Guessed:
		f.add("", roleText, "its close was lost: nobody is left who can have held it")
	case c.Closed != 0:
		f.add("", roleText, fmt.Sprintf("%s read, %s written", text.Plural(c.BytesRead, "byte", "bytes"),
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

func (s *state) addAccepts(f *fields, p *model.Process) {
	if p.Accepts == 0 {
		return
	}
	f.add("accepts", roleAccept, text.Count(p.Accepts)+", the last from "+s.glyphs.safe(string(p.LastPeer)))
	f.add("listener", roleText, s.glyphs.safe(string(p.Listener))+fmt.Sprintf(", %d queued of %d", p.Queue, p.Backlog))
}

func (s *state) addTimes(f *fields, begin, end event.Time) {
	start := s.shown().start()
	at := func(t event.Time) string {
		if t < start {
			return text.DurationText(start-t) + " before the trace"
		}
		return "at " + text.TimeText(start, t, 6) + " s"
	}
	if begin != 0 {
		f.add("born", roleText, at(begin))
	}
	if end == 0 {
		return
	}
	words := at(end)
	if begin != 0 {
		words += ", lived " + text.DurationText(since0(end, begin))
	}
	f.add("ended", roleText, words)
}

func (s *state) reapedFully(p *model.Process) string {
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

// eventDetail lists the fields of an event as the table of kinds describes them.
func (s *state) eventDetail(f *fields, n uint64) {
	e := s.shown().log.at(n)
	if e == nil {
		return
	}
	f.blank()
	f.say(roleStrong, "EVENT "+text.Count(n+1)+": "+e.Kind.String())
	f.say(roleDim, e.Kind.Spec().Doc)
	own := e.Kind.Spec().Fields
	for i := range event.Common {
		s.addField(f, &event.Common[i], e)
	}
	for i := range own {
		s.addField(f, &own[i], e)
	}
}

func (s *state) addField(f *fields, field *event.Field, e *event.Event) {
	var words string
	switch field.Type {
	case event.String:
		words = s.glyphs.safe(field.Text(e))
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
	f.add(field.Name, roleText, words)
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

// summary returns the findings, and every counter by the name that checks use.
func (s *state) summary(width int) []line {
	f := &fields{width: width}
	m := s.shown().model
	if root := m.Root(); root != nil && root.State != model.Alive {
		f.say(roleText, "The launched program ended: "+text.StatusText(root.Status)+".")
		f.blank()
	}
	findings := m.Findings()
	if len(findings) == 0 {
		f.say(roleAlive, "Nothing unusual so far.")
	}
	for _, found := range findings {
		r := [...]role{model.Note: roleText, model.Warning: roleWarn, model.Incomplete: roleAlarm}[found.Severity]
		head := found.Severity.String()
		if found.PID != 0 {
			head += ", " + s.who(found.PID, m)
		}
		f.say(r, head+": "+s.glyphs.plain(found.Text))
	}
	f.blank()
	f.counters(m.Counters())
	return f.lines
}

// counters lists the numbers, by the names of their JSON keys: the one set of names.
func (f *fields) counters(c model.Counters) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name, ok := v.Type().Field(i).Tag.Lookup("json")
		if !ok {
			continue
		}
		words, zero := counterText(v.Field(i))
		r := roleStrong
		if zero {
			r = roleDim
		}
		var l line
		l.gap(1).add(roleDim, name).to(22)
		for k, part := range wrap(words, f.width-24) {
			if k > 0 {
				l = line{}
				l.to(22)
			}
			f.lines = append(f.lines, *l.add(r, part))
		}
	}
}

func counterText(v reflect.Value) (words string, zero bool) {
	switch v.Kind() {
	case reflect.Map:
		return mapText(v), v.Len() == 0
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', 3, 64), v.Float() == 0
	case reflect.Uint64:
		return text.Count(v.Uint()), v.Uint() == 0
	}
	return fmt.Sprint(v.Interface()), v.IsZero()
}

// mapText returns the largest counts of a map: "127.0.0.1:80: 12, [::1]:80: 3, and 4 more".
func mapText(v reflect.Value) string {
	type entry struct {
		key string
		n   uint64
	}
	var entries []entry
	for i := v.MapRange(); i.Next(); {
		entries = append(entries, entry{text.Escape(fmt.Sprint(i.Key().Interface())), i.Value().Uint()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.key, b.key)) })
	const most = 8
	words := make([]string, 0, most+1)
	for i, e := range entries {
		if i == most {
			words = append(words, "and "+text.Count(uint64(len(entries)-most))+" more")
			break
		}
		words = append(words, e.key+": "+text.Count(e.n))
	}
	return strings.Join(words, ", ")
}

// maxOutput is how many of the last lines of output are shown.
const maxOutput = 2000

// outputLines are what the traced program wrote.
func (s *state) outputLines(width int) []line {
	var lines []line
	var raw []string
	if s.output != nil {
		raw = s.output()
	}
	for _, whole := range raw[max(len(raw)-maxOutput, 0):] {
		for rest := s.glyphs.safe(whole); ; {
			head := text.Cut(rest, max(width-2, 2), "")
			lines = append(lines, textLine(roleText, " "+head))
			if rest = rest[len(head):]; rest == "" || head == "" {
				break
			}
		}
	}
	if len(lines) == 0 {
		lines = append(lines, textLine(roleDim, " nothing so far"))
	}
	return lines
}
