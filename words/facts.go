package words

import (
	"tracer/event"
)

// FactWords are the few words that stand beside a task in the tree.
type FactWords struct {
	ZombieFor      func(duration string) string
	AtLeast        func(duration string) string
	PIDInside      func(pid event.PID) string
	ZombiesWait    func(n uint64) string
	ZombiesDeeper  func(n uint64) string
	LeaderExited   func(threads uint64) string
	AdoptedBy      func(who string) string
	Accepts        func(n uint64) string
	LastPeer       func(peer string) string
	MoreThreads    func(n uint64) string
	MoreCoroutines func(n uint64) string
	Serves         func(peer string) string
	Served         func(peer string) string
	Switches       func(n uint64) string
	KilledByTracer func(status string) string
	KilledBy       func(status string, pid event.PID) string
	ClosedItsPidfd string
	MustReap       func(who string) string
	ParentMustReap string
	ReapedByKernel string
	Dropped        string // by the kernel, a zombie for which nobody waited
	ReapedByTracer string
	ReapedUnseen   string
	ReapedBy       func(who string) string
	Reaped         string
}
