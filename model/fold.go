package model

import (
	"maps"

	"tracer/event"
)

// fold takes a fact into the numbers. Nothing else changes them.
func (c *Counters) fold(f *Fact) {
	n := max(f.Count, 1)
	if f.Retracted {
		n = -n // the numbers wrap around, and come back
	}
	switch f.Kind {
	case Launched:
		c.alive += n
	case Created, Met:
		c.began(f, n)
	case Ended:
		c.ended(f, n)
	case Waitable:
		c.ending -= n
		c.waits(f, n)
	case Reaped:
		c.reaped(f, n)
	case Executed:
		c.Execs += n
	case Reparented:
		c.Reparented += n
	case Signaled, Delivered, WaitedInVain:
		c.signaled(f, n)
	case EventsLost:
		c.lost(f.Event)
	case Failed:
		tally(c.Failures, f.Event.Call.String()+" "+f.Event.Rare.Value().Errno.String(), n)
	case Overflowed:
		c.ListenDrops += n
	case Contradicted:
		c.Contradictions += n
	case CoroutineCreated, CoroutineInherited, CoroutineEnded, TookControl:
		c.coroutine(f, n)
	default:
		c.served(f, n)
	}
}

func (c *Counters) began(f *Fact, n uint64) {
	created := f.Kind == Created
	switch {
	case f.Thread != nil:
		c.threadsKnown += n
		if created {
			c.ThreadsCreated += n
		} else {
			c.ThreadsSeen += n
		}
		return
	case created:
		c.ProcessesCreated += n
	case f.Flags.Has(Before):
		c.ZombiesSeen += n
	default:
		c.ProcessesSeen += n
	}
	c.alive += n
}

// used counts what was used by the end of a task. What ran before the trace has used the most of it then.
func (c *Counters) used(f *Fact) {
	p, t := f.Process, f.Thread
	switch {
	case p.Seen || f.Retracted:
	case t != nil && t.Cost != nil:
		c.runDelay += t.Cost.RunDelay
		c.spentByThread.add(c.CPUMsByThread, event.PID(t.ID.TID), t.Cost.Task.CPU)
	case t == nil && p.Cost != nil:
		u := &p.Cost.Process
		c.cpu += u.CPU
		if f.Event.Task.TID == event.TID(f.Event.PID) { // or its last thread has told of that
			c.runDelay += p.Cost.RunDelay
		}
		c.spentByProcess.add(c.CPUMsByProcess, p.PID, u.CPU)
		c.Voluntary += u.Voluntary
		c.Involuntary += u.Involuntary
		c.MinorFaults += u.MinorFaults
		c.MajorFaults += u.MajorFaults
		c.MaxRSS = max(c.MaxRSS, p.Cost.MaxRSS)
	}
}

// spent is whose CPU time has an entry of its own, and what all others had, of whom there can be many: for those no
// names are made.
type spent struct {
	named     map[event.PID]struct{}
	low, high event.PID // of them; most of the others are above, as ids go up
	others    event.Time
}

// add adds to the CPU time of a task.
func (s *spent) add(ms map[string]float64, pid event.PID, cpu event.Time) {
	full := len(s.named) >= MaxNames
	if full && (pid < s.low || pid > s.high) {
		s.others += cpu
		return
	}
	if _, ok := s.named[pid]; !ok {
		if full {
			s.others += cpu
			return
		}
		if len(s.named) == 0 {
			s.low, s.high = pid, pid
		}
		s.named[pid], s.low, s.high = struct{}{}, min(s.low, pid), max(s.high, pid)
	}
	ms[pidText(pid)] += float64(cpu) / 1e6
}

// tell gives the others their entry.
func (s *spent) tell(ms map[string]float64) {
	if s.others > 0 {
		ms[Others] = float64(s.others) / 1e6
	}
}

func (s spent) clone() spent {
	s.named = maps.Clone(s.named)
	return s
}

func (c *Counters) ended(f *Fact, n uint64) {
	c.used(f)
	if f.Thread != nil {
		if f.Flags.Has(Renamed) {
			c.threadsRenamed += n
		} else {
			c.ThreadsExited += n
		}
		return
	}
	p := f.Process
	c.alive -= n
	if p.Root { // it is not counted, and nor is its end
		return
	}
	if p.State == Ending {
		c.ending += n
	} else {
		c.waits(f, n)
	}
	if f.Flags.Has(Before) {
		return
	}
	c.ProcessesExited += n
	status := event.WaitStatus(p.Status)
	if code, ok := status.Exited(); ok {
		c.ExitCodes[code] += n
	} else if number, core, ok := status.Killed(); ok {
		c.ExitSignals[number] += n
		if core {
			c.CoresDumped += n
		}
	}
}

// waits counts a process that its parent can wait for now or, with NoZombie, that the kernel is about to reap.
func (c *Counters) waits(f *Fact, n uint64) {
	c.ZombiesNow += n
	c.zombieSince += f.Process.ZombieSince
	if !f.Flags.Has(NoZombie) {
		c.ZombiesPeak = max(c.ZombiesPeak, c.ZombiesNow)
	}
}

func (c *Counters) reaped(f *Fact, n uint64) {
	p := f.Process
	if p.Root {
		return
	}
	c.ZombiesNow -= n
	if f.Retracted {
		c.zombieSince += p.ZombieSince
	} else {
		c.zombieSince -= p.ZombieSince
	}
	switch f.Reaping {
	case NotReaped: // when the parent had ended, another process did it
		if p.Adopted() {
			c.unseenByOther += n
		} else {
			c.ReapedUnseen += n
		}
		return
	case ByKernel:
		c.AutoReaped += n
		if p.Asked {
			c.autoReapedAsked += n
		}
		return
	case Dropped:
		c.ZombiesDropped += n
		if f.Flags.Has(Doubted) { // since when it is gone is not known
			return
		}
	case ByParent:
		c.ReapedByParent += n
	case ByOther:
		c.ReapedByOther += n
	}
	waited := p.ZombieTime(f.At)
	if f.Retracted { // it is told again with the same time
		c.zombieTotal -= waited
		return
	}
	c.zombieTotal += waited
	c.zombieMax = max(c.zombieMax, waited)
}

func (c *Counters) signaled(f *Fact, n uint64) {
	switch {
	case f.Kind == Delivered:
		c.SigchldDelivered += n
	case f.Kind == WaitedInVain && f.Event.Flags.Has(event.NoChild):
		c.WaitsNoChild += n
	case f.Kind == WaitedInVain:
		c.WaitsNothing += n
	case f.Event.Result == event.Queued:
		c.SigchldQueued += n
	case f.Event.Result == event.Coalesced:
		c.SigchldCoalesced += n
	case f.Event.Result == event.Ignored:
		c.SigchldIgnored += n
	}
}

func (c *Counters) served(f *Fact, n uint64) {
	switch f.Kind {
	case Accepted:
		c.Accepts += n
		tally(c.AcceptsByListener, string(f.Connection.Listener), n)
		tally(c.AcceptsByTask, pidText(f.Connection.AcceptedBy), n)
		c.ConnectionsOpen += n
		c.ConnectionsPeak = max(c.ConnectionsPeak, c.ConnectionsOpen)
	case Closed:
		c.ConnectionsOpen -= n
		if f.Flags.Has(Inferred) {
			c.closesGuessed += n
		}
	case Received:
		c.DatagramsReceived += n
	case Requested:
		c.HTTPRequests += n
	case Responded:
		c.HTTPStatuses[StatusOf(f.Event.Line)] += n
	case RingCreated:
		c.IOUrings += n
		if f.Event.Flags.Has(event.Unknown) {
			c.ringsUnseen += n
			c.ringOwner, c.ringOwnerComm = f.Event.PID, ""
			if f.Process != nil {
				c.ringOwnerComm = f.Process.Comm
			}
		}
	}
}

func (c *Counters) coroutine(f *Fact, n uint64) {
	alive := f.Process != nil
	switch {
	case f.Kind == TookControl:
		if !toScheduler(f.Event) {
			c.CoroutineSwitches += n
		}
		return
	case f.Kind == CoroutineCreated:
		c.CoroutinesCreated += n
		if alive {
			c.coroutinesAlive += n
		} else { // after a loss
			c.coroutinesVanished += n
		}
		return
	case f.Kind == CoroutineInherited:
		c.coroutinesMet += n
		c.coroutinesAlive += n
		return
	case f.Flags.Has(Vanished):
		c.coroutinesVanished += n
	default:
		c.CoroutinesFinished += n
	}
	if f.Coroutine != nil || f.Flags.Has(Unlisted) {
		c.coroutinesAlive -= n
	} else { // it was there before: in the parent of a process that forked, or its creation was lost
		c.coroutinesMet += n
	}
}

func (c *Counters) lost(e *event.Event) {
	c.EventsLost += e.Count
	if c.lostByKind == nil {
		c.lostByKind = map[event.Kind]uint64{}
	}
	c.lostByKind[e.Lost] += e.Count
	if e.Flags.Has(event.Guessed) {
		c.skipped += e.Count
	}
}
