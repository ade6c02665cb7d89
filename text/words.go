package text

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tracer/event"
)

// SignalName returns "SIGCHLD" for 17, "SIGRTMIN+2" for 36, "signal 99" for a number that has no name.
func SignalName(n int32) string {
	const rtMin, rtMax = 34, 64 // as the C library numbers them
	if name := unix.SignalName(syscall.Signal(n)); name != "" {
		return name
	}
	switch {
	case n == rtMin:
		return "SIGRTMIN"
	case n > rtMin && n <= rtMax:
		return "SIGRTMIN+" + strconv.Itoa(int(n-rtMin))
	}
	return "signal " + strconv.Itoa(int(n))
}

// StatusText reads a wait status: "exit 0", "SIGKILL", "SIGSEGV, core dumped", "stopped by SIGTSTP", "continued".
func StatusText(status int32) string {
	e := event.Event{Status: status}
	if code, ok := e.Exited(); ok {
		return "exit " + strconv.Itoa(code)
	}
	if number, core, ok := e.Killed(); ok {
		if core {
			return SignalName(int32(number)) + ", core dumped"
		}
		return SignalName(int32(number))
	}
	if status == 0xffff {
		return "continued"
	}
	return "stopped by " + SignalName(status>>8&0xff)
}

const (
	microsecond = event.Time(1000)
	millisecond = 1000 * microsecond
	second      = 1000 * millisecond
	minute      = 60 * second
	hour        = 60 * minute
	day         = 24 * hour
)

// DurationText returns three digits of a duration, for a sentence: "45 us", "1.23 ms", "12.3 s", "2m05s", "1h02m",
// "3d04h".
func DurationText(d event.Time) string {
	switch {
	case d < millisecond/10:
		return strconv.FormatUint(uint64(d/microsecond), 10) + " us"
	case d < second:
		return digits(float64(d)/1e6) + " ms"
	case d < minute:
		return digits(float64(d)/1e9) + " s"
	}
	return clock(d)
}

// AgeText returns a duration in at most six cells, for a column: "45us", "1.2ms", "230ms", "1.2s", "45s", "2m05s",
// "1h02m".
func AgeText(d event.Time) string {
	switch {
	case d < millisecond/10:
		return strconv.FormatUint(uint64(d/microsecond), 10) + "us"
	case d < 10*millisecond:
		return tenths(d, millisecond) + "ms"
	case d < second:
		return strconv.FormatUint(uint64(d/millisecond), 10) + "ms"
	case d < 10*second:
		return tenths(d, second) + "s"
	case d < minute:
		return strconv.FormatUint(uint64(d/second), 10) + "s"
	}
	return clock(d)
}

// LeastAgeText returns a lower bound of a duration in as many cells: ">1.2s". What has no room is cut, as less is a
// lower bound, too.
func LeastAgeText(d event.Time) string {
	const room = 5
	words := AgeText(d)
	if len(words) > room { // "59m59s": the larger unit alone
		words = words[:strings.IndexAny(words, "mhd")+1]
	}
	return ">" + words
}

// tenths cuts and does not round, so that an age never shows a time that has not come.
func tenths(d, unit event.Time) string {
	n := uint64(d * 10 / unit)
	return strconv.FormatUint(n/10, 10) + "." + strconv.FormatUint(n%10, 10)
}

func digits(v float64) string {
	decimals := 2
	switch {
	case v >= 99.95:
		decimals = 0
	case v >= 9.995:
		decimals = 1
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

func clock(d event.Time) string {
	switch {
	case d < hour:
		return fmt.Sprintf("%dm%02ds", d/minute, d%minute/second)
	case d < day:
		return fmt.Sprintf("%dh%02dm", d/hour, d%hour/minute)
	case d < 100*day:
		return fmt.Sprintf("%dd%02dh", d/day, d%day/hour)
	}
	return fmt.Sprintf("%dd", d/day)
}

// TimeText returns the seconds from start to t with the given number of decimals (at most nine): "12.345678".
func TimeText(start, t event.Time, decimals int) string {
	sign := ""
	d := t - start
	if t < start {
		sign, d = "-", start-t
	}
	s := d.String()
	if decimals == 0 {
		return sign + s[:len(s)-10]
	}
	return sign + s[:len(s)-9+decimals]
}

// Count returns a number with its thousands apart: "1,234,567".
func Count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural returns "1 zombie", "2 zombies", "3 processes".
func Plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// PIDText returns a process id in decimal.
func PIDText(p event.PID) string { return strconv.Itoa(int(p)) }

// BothPIDs returns a process id with the one that the process has in its own PID namespace, when that is another: "1234
// (2 inside)".
func BothPIDs(p, inner event.PID) string {
	if inner == 0 || inner == p {
		return PIDText(p)
	}
	return PIDText(p) + " (" + PIDText(inner) + " inside)"
}
