package probes

import "tracer/event"

// calls are this machine's system calls by their numbers.
var calls = func() (calls [len(callNames)]event.Call) {
	for number, name := range callNames {
		if name != "" {
			calls[number] = event.ParseCall(name)
		}
	}
	return calls
}()

// callOf returns the system call of a number; none, when there is no such call, or it is newer than the table.
func callOf(number int32) event.Call {
	if number < 0 || int(number) >= len(calls) {
		return event.CallNone
	}
	return calls[number]
}
