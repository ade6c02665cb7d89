package probes

import (
	"sync"

	"tracer/event"
)

// calls are this machine's system calls by their numbers; they are looked up when the first one is to be told.
var calls = sync.OnceValue(func() (calls []event.Call) {
	for _, name := range callNames {
		call := event.CallNone
		if name != "" {
			call = event.ParseCall(name)
		}
		calls = append(calls, call)
	}
	return calls
})

// callOf returns the system call of a number; none, when there is no such call, or it is newer than the table.
func callOf(number int32) event.Call {
	all := calls()
	if number < 0 || int(number) >= len(all) {
		return event.CallNone
	}
	return all[number]
}
