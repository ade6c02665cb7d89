package words

import (
	"strconv"
	"strings"

	"tracer/event"
	"tracer/text"
)

// CoroutineWords are the names of coroutines, and what happens to them.
type CoroutineWords struct {
	// The names, in the words of their runtimes.
	Greenlet, Goroutine, Coroutine string
	// How one ended, to stand in a list.
	ByAnError, ToldToEnd, Panicked, NeverRan string

	Spawned   func(coroutine string) string
	SpawnedBy func(coroutine, creator string) string
	// A switch: to a coroutine; of one to whoever drives it; of a goroutine to Go's scheduler.
	SwitchTo                func(coroutine string) string
	GivesBack, LeavesThread func(coroutine string) string
	SomeoneLeavesThread     string
	// Sentences of the end.
	Ended, EndedByAnError, WasToldToEnd, HasPanicked, LeftMemory func(coroutine string) string
}

// CoroutineText names a coroutine in the words of its runtime: "greenlet 0x7f31c4", "goroutine 18", "coroutine 5"; or
// by its class, where that is known: "Hub 0x7f31c4". Goroutines of old versions of Go have an address for a number.
func (l *Language) CoroutineText(r event.Runtime, class event.Text, id uint64) string {
	return l.CoroutineWord(r, class) + " " + CoroutineID(r, id)
}

// CoroutineID returns what stands for a coroutine beside the word for its runtime.
func CoroutineID(r event.Runtime, id uint64) string {
	const firstAddress = 1 << 32 // no number is as high: Go's arenas begin at 0xc000000000
	if r == event.Greenlet || id >= firstAddress {
		return "0x" + strconv.FormatUint(id, 16)
	}
	return strconv.FormatUint(id, 10)
}

// ClassName returns a class without its module: "Hub" of "gevent.hub.Hub". It is raw.
func ClassName(class event.Text) string {
	return string(class[strings.LastIndexByte(string(class), '.')+1:])
}

// CoroutineWord returns what stands before the id of a coroutine: its class without the module, else the word of its
// runtime.
func (l *Language) CoroutineWord(r event.Runtime, class event.Text) string {
	if class != "" {
		return text.Line(ClassName(class))
	}
	switch r {
	case event.Greenlet:
		return l.Coroutines.Greenlet
	case event.Goroutine:
		return l.Coroutines.Goroutine
	}
	return l.Coroutines.Coroutine
}

// HowText says how a coroutine ended, "" when it returned as most do, or nothing is known.
func (l *Language) HowText(how event.How) string {
	switch how {
	case event.Failed:
		return l.Coroutines.ByAnError
	case event.Exited:
		return l.Coroutines.ToldToEnd
	case event.Panicked:
		return l.Coroutines.Panicked
	case event.Dropped:
		return l.Coroutines.NeverRan
	}
	return ""
}

func (l *Language) spawn(e *event.Event) string {
	var class event.Text
	if e.Rare != nil {
		class = e.Rare.Class
	}
	if e.Creator != 0 {
		return l.Coroutines.SpawnedBy(l.CoroutineText(e.Runtime, class, e.Coroutine),
			l.CoroutineText(e.Runtime, "", e.Creator))
	}
	return l.Coroutines.Spawned(l.CoroutineText(e.Runtime, class, e.Coroutine))
}

func (l *Language) switchTo(e *event.Event) string {
	switch {
	case e.Coroutine != 0:
		return l.Coroutines.SwitchTo(l.CoroutineText(e.Runtime, "", e.Coroutine))
	case e.Runtime == event.Goroutine && e.Previous != 0:
		return l.Coroutines.LeavesThread(l.CoroutineText(e.Runtime, "", e.Previous))
	case e.Runtime == event.Goroutine:
		return l.Coroutines.SomeoneLeavesThread
	}
	return l.Coroutines.GivesBack(l.CoroutineText(e.Runtime, "", e.Previous))
}

func (l *Language) finish(e *event.Event) string {
	w, say := &l.Coroutines, l.Coroutines.Ended
	switch e.How {
	case event.Failed:
		say = w.EndedByAnError
	case event.Exited:
		say = w.WasToldToEnd
	case event.Panicked:
		say = w.HasPanicked
	case event.Dropped:
		say = w.LeftMemory
	}
	return say(l.CoroutineText(e.Runtime, "", e.Coroutine))
}
