package model

import (
	"strconv"

	"tracer/event"
)

// Counters are the numbers of a trace, by the names under which summary, check and the reports show them. Times are
// milliseconds.
type Counters struct {
	ProcessesCreated uint64         `json:"processes_created"`
	ThreadsCreated   uint64         `json:"threads_created"`
	Execs            uint64         `json:"execs"`
	ProcessesExited  uint64         `json:"processes_exited"`
	ExitCodes        map[int]uint64 `json:"exit_codes"`
	ExitSignals      map[int]uint64 `json:"exit_signals"`
	CoresDumped      uint64         `json:"cores_dumped"`
	ThreadsExited    uint64         `json:"threads_exited"`

	ProcessesSeen uint64 `json:"processes_seen"`
	ThreadsSeen   uint64 `json:"threads_seen"`
	ZombiesSeen   uint64 `json:"zombies_seen"`

	ZombiesNow  uint64 `json:"zombies_now"`
	ZombiesPeak uint64 `json:"zombies_peak"`
	ZombiesLeft uint64 `json:"zombies_left"`
	// ZombiesDropped are those that the kernel let go of, and nobody had waited for them.
	ZombiesDropped uint64  `json:"zombies_dropped"`
	ZombieMsTotal  float64 `json:"zombie_ms_total"`
	ZombieMsMax    float64 `json:"zombie_ms_max"`

	ReapedByParent uint64 `json:"reaped_by_parent"`
	ReapedByOther  uint64 `json:"reaped_by_other"`
	AutoReaped     uint64 `json:"auto_reaped"`
	ReapedUnseen   uint64 `json:"reaped_unseen"`
	Reparented     uint64 `json:"reparented"`

	SigchldQueued    uint64 `json:"sigchld_queued"`
	SigchldCoalesced uint64 `json:"sigchld_coalesced"`
	SigchldIgnored   uint64 `json:"sigchld_ignored"`
	SigchldDelivered uint64 `json:"sigchld_delivered"`

	WaitsNothing uint64 `json:"waits_nothing"`
	WaitsNoChild uint64 `json:"waits_no_child"`

	Accepts           uint64            `json:"accepts"`
	AcceptsByListener map[string]uint64 `json:"accepts_by_listener"`
	AcceptsByTask     map[string]uint64 `json:"accepts_by_task"`

	ListenDrops        uint64         `json:"listen_drops"` // attempts to connect
	ConnectionsOpen    uint64         `json:"connections_open"`
	ConnectionsPeak    uint64         `json:"connections_peak"`
	DatagramsReceived  uint64         `json:"datagrams_received"`
	HTTPRequests       uint64         `json:"http_requests"`
	HTTPStatuses       map[int]uint64 `json:"http_statuses"`
	IOUrings           uint64         `json:"io_urings"`
	CoroutinesCreated  uint64         `json:"coroutines_created"`
	CoroutinesFinished uint64         `json:"coroutines_finished"`
	CoroutineSwitches  uint64         `json:"coroutine_switches"`

	CPUMs          float64            `json:"cpu_ms"`
	CPUMsByProcess map[string]float64 `json:"cpu_ms_by_process"`
	CPUMsByThread  map[string]float64 `json:"cpu_ms_by_thread"`
	RunDelayMs     float64            `json:"run_delay_ms"`
	Voluntary      uint64             `json:"nvcsw"`
	Involuntary    uint64             `json:"nivcsw"`
	MinorFaults    uint64             `json:"minflt"`
	MajorFaults    uint64             `json:"majflt"`
	MaxRSS         uint64             `json:"maxrss"`

	// Failures has calls with their errors, such as "accept EMFILE".
	Failures map[string]uint64 `json:"failures"`

	TreeDepth  int    `json:"tree_depth"`
	Events     uint64 `json:"events"`
	EventsLost uint64 `json:"events_lost"`
	// Contradictions is how many events could not follow what was known before. After a loss that is to be expected.
	Contradictions uint64 `json:"contradictions"`

	alive                  uint64    // now, the root included
	ending                 uint64    // processes that have ended, and that nobody can wait for yet
	threadsKnown           uint64    // threads ever met
	threadsRenamed         uint64    // took their leader's id by an exec
	unseenByOther          uint64    // reaped by another, and no wait was seen
	closesGuessed          uint64    // connections
	autoReapedAsked        uint64    // of those, created so
	ringsUnseen            uint64    // io_urings through which nothing is seen
	ringOwner              event.PID // who set up the last of these
	ringOwnerComm          event.Text
	coroutinesAlive        uint64
	coroutinesMet          uint64     // ended, and their creation was not seen
	coroutinesVanished     uint64     // ended with their process, or unseen
	cpu, runDelay          event.Time // of those that ended
	zombieTotal, zombieMax event.Time // of those that are gone, if it is known when
	zombieSince            event.Time // the sum of since when those are zombies that are now
	lostByKind             map[event.Kind]uint64
	skipped                uint64 // of EventsLost: because the kernel skipped programs
	spentByProcess         spent
	spentByThread          spent
}

func newCounters() Counters {
	return Counters{HTTPStatuses: map[int]uint64{}, ExitCodes: map[int]uint64{}, ExitSignals: map[int]uint64{},
		AcceptsByListener: map[string]uint64{}, AcceptsByTask: map[string]uint64{},
		CPUMsByProcess: map[string]float64{}, CPUMsByThread: map[string]float64{},
		spentByProcess: spent{named: map[event.PID]struct{}{}}, spentByThread: spent{named: map[event.PID]struct{}{}},
		Failures: map[string]uint64{}}
}

// MaxNames bounds the entries of a counter that is an object with names of listeners or tasks. What has no entry of its
// own is counted under Others.
const (
	MaxNames = 1000
	Others   = "others"
)

func tally(counts map[string]uint64, name string, n uint64) {
	if _, ok := counts[name]; !ok && len(counts) >= MaxNames {
		name = Others
	}
	counts[name] += n
}

// Counters returns the numbers up to now. The maps in it are the model's own: read them before the next Apply.
func (m *Model) Counters() Counters {
	c := m.counters
	c.spentByProcess.tell(c.CPUMsByProcess)
	c.spentByThread.tell(c.CPUMsByThread)
	c.ZombiesLeft = c.ZombiesNow
	c.TreeDepth = m.forest.depthMax
	c.ReapedByOther += c.unseenByOther
	total, longest := c.zombieTotal, c.zombieMax
	if len(m.forest.dead) > 0 { // those that are left wait until now
		total += event.Time(c.ZombiesNow)*m.now - c.zombieSince
		longest = max(longest, m.now-m.forest.dead[0].ZombieSince)
	}
	for _, d := range m.reaping.doubts {
		if d.process.doubted {
			waited := d.process.ZombieTime(m.now)
			total, longest = total+waited, max(longest, waited)
		}
	}
	c.CPUMs, c.RunDelayMs = float64(c.cpu)/1e6, float64(c.runDelay)/1e6
	c.ZombieMsTotal, c.ZombieMsMax = float64(total)/1e6, float64(longest)/1e6
	return c
}

// ZombieTimesAreLeast reports whether the times of zombies are lower bounds: some had ended before tracer attached.
func (c *Counters) ZombieTimesAreLeast() bool { return c.ZombiesSeen > 0 }

// Reaped is how many dead processes were removed, in whatever way.
func (c *Counters) Reaped() uint64 {
	return c.ReapedByParent + c.ReapedByOther + c.AutoReaped + c.ReapedUnseen + c.ZombiesDropped
}

// Skipped is how many of the lost events were lost because the kernel skipped the programs that would have told.
func (c *Counters) Skipped() uint64 { return c.skipped }

// UnseenReapings is how many processes were reaped, by whomever, by a call that was not seen.
func (c *Counters) UnseenReapings() uint64 { return c.ReapedUnseen + c.unseenByOther }

// UnseenRings is how many io_urings were set up through which nothing is seen, and who set up the last one.
func (c *Counters) UnseenRings() (n uint64, owner event.PID, comm event.Text) {
	return c.ringsUnseen, c.ringOwner, c.ringOwnerComm
}

// InferredCloses is how many connections are taken for closed, since nobody is left who can hold them.
func (c *Counters) InferredCloses() uint64 { return c.closesGuessed }

// ReapedAsAsked is how many of those that the kernel reaped had been created so.
func (c *Counters) ReapedAsAsked() uint64 { return c.autoReapedAsked }

// Unexplained is how many contradictions there are that no loss accounts for.
func (c *Counters) Unexplained() uint64 {
	if c.EventsLost > 0 {
		return 0
	}
	return c.Contradictions
}

// Alive is how many processes live now, a launched root included.
func (c *Counters) Alive() uint64 { return c.alive }

// Tasks is how many tasks live now: processes, a launched root included, and their threads besides the leaders.
func (c *Counters) Tasks() uint64 {
	return c.alive + c.threadsKnown - c.ThreadsExited - c.threadsRenamed
}

// LostByKind returns what the kernel side had to drop; nil when nothing.
func (c *Counters) LostByKind() map[event.Kind]uint64 { return c.lostByKind }

func pidText(pid event.PID) string { return strconv.Itoa(int(pid)) }
