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

// PIDText returns a process id in decimal.
func PIDText(p event.PID) string { return strconv.Itoa(int(p)) }

// HTTPLine is the first line of a request or answer, escaped; cut tells that it was longer.
func HTTPLine(line string, cut bool) string {
	if cut {
		return Escape(line) + "..."
	}
	return Escape(line)
}

// Columns returns the lines of a table, with its columns two cells apart; what stands in the last column of a row is as
// long as it is.
func Columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(row[i]))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		for i, cell := range row[:len(row)-1] {
			lines[n] += Pad(cell, widths[i]+2)
		}
		lines[n] += row[len(row)-1]
	}
	return lines
}
