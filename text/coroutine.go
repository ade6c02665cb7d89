package text

import (
	"fmt"
	"strconv"

	"tracer/event"
)

// CoroutineText names a coroutine in the words of its runtime: "greenlet 0x7f31c4", "goroutine 18", "coroutine 5".
// Goroutines of old versions of Go have an address for a number.
func CoroutineText(r event.Runtime, id uint64) string {
	const firstAddress = 1 << 32 // no number is as high: Go's arenas begin at 0xc000000000
	word := "coroutine"
	switch r {
	case event.Greenlet:
		word = "greenlet"
	case event.Goroutine:
		word = "goroutine"
	}
	if r == event.Greenlet || id >= firstAddress {
		return fmt.Sprintf("%s %#x", word, id)
	}
	return word + " " + strconv.FormatUint(id, 10)
}

// HowText says how a coroutine ended, "" when it returned as most do, or nothing is known.
func HowText(how event.How) string {
	return map[event.How]string{event.Failed: "by an error", event.Exited: "told to end", event.Panicked: "panicked",
		event.Dropped: "never ran"}[how]
}

func spawn(e *event.Event) string {
	line := "new " + CoroutineText(e.Runtime, e.Coroutine)
	if e.Partner != 0 {
		line += ", by " + CoroutineText(e.Runtime, e.Partner)
	}
	return line
}

func switchTo(e *event.Event) string {
	switch {
	case e.Coroutine != 0:
		return "switch -> " + CoroutineText(e.Runtime, e.Coroutine)
	case e.Runtime == event.Goroutine && e.Partner != 0:
		return CoroutineText(e.Runtime, e.Partner) + " leaves its thread"
	case e.Runtime == event.Goroutine:
		return "a goroutine leaves its thread"
	}
	return CoroutineText(e.Runtime, e.Partner) + " gives control back to its caller"
}

func finish(e *event.Event) string {
	line := CoroutineText(e.Runtime, e.Coroutine)
	switch e.How {
	case event.Failed:
		return line + " ended by an error"
	case event.Exited:
		return line + " was told to end"
	case event.Panicked:
		return line + " panicked"
	case event.Dropped:
		return line + " left the memory"
	}
	return line + " ended"
}
