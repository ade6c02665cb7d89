package service

import (
	"syscall"
	"unsafe"
)

var (
	// The epoch was a Thursday
	weekdays = [7]string{"Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"}
	months   = [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"}
)

// line holds the longest moment. Its size is a power of two, so that no index needs a check, and no stack for its
// failure.
type line [lineSize]byte

const lineSize = 64

// now is the time in seconds since the epoch, by a system call: a forked child cannot use package time.
//
//go:nosplit
//go:norace
func now() int64 {
	const realtime = 0 // CLOCK_REALTIME
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, realtime, uintptr(unsafe.Pointer(&t)), 0)
	return t.Sec
}

// daytime writes the moment in the form that RFC 867 shows, "Sunday, November 23, 2025 07:16:00-UTC", with CRLF,
// and returns its length. The moment is within the years 1970 to 9999.
//
//go:nosplit
//go:norace
func daytime(b *line, moment int64) int {
	return clock(b, date(b, uint64(moment)/86400), uint64(moment)%86400)
}

// date writes the part before the time. It and clock have frames of their own, because nosplit functions share 800
// bytes of stack.
//
//go:nosplit
//go:noinline
//go:norace
func date(b *line, days uint64) int {
	year, month, day := civil(days)
	n := text(b, 0, weekdays[days%7])
	n = text(b, n, ", ")
	n = text(b, n, months[month%12])
	n = text(b, n, " ")
	n = number(b, n, day, 1)
	n = text(b, n, ", ")
	n = number(b, n, year, 1)
	return text(b, n, " ")
}

//go:nosplit
//go:noinline
//go:norace
func clock(b *line, n int, second uint64) int {
	n = number(b, n, second/3600, 2)
	n = text(b, n, ":")
	n = number(b, n, second/60%60, 2)
	n = text(b, n, ":")
	n = number(b, n, second%60, 2)
	return text(b, n, "-UTC\r\n")
}

// civil turns days since the epoch into year, month (January is 0) and day (from 1) of the Gregorian calendar, by
// walking: a few hundred steps at most.
//
//go:nosplit
//go:norace
func civil(days uint64) (year, month, day uint64) {
	year = 1970
	for days >= 365+leap(year) {
		days -= 365 + leap(year)
		year++
	}
	for days >= monthLength(year, month) {
		days -= monthLength(year, month)
		month++
	}
	return year, month, days + 1
}

//go:nosplit
//go:norace
func leap(year uint64) uint64 {
	if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 1
	}
	return 0
}

//go:nosplit
//go:norace
func monthLength(year, month uint64) uint64 {
	switch month {
	case 1:
		return 28 + leap(year)
	case 3, 5, 8, 10:
		return 30
	}
	return 31
}

//go:nosplit
//go:norace
func text(b *line, at int, s string) int {
	for i := 0; i < len(s); i++ { // not copy: under the race detector that is a call to the runtime
		b[uint(at+i)%lineSize] = s[i]
	}
	return at + len(s)
}

// number writes v in decimal, with leading zeros up to the width.
//
//go:nosplit
//go:norace
func number(b *line, at int, v uint64, width int) int {
	digits := 1
	for rest := v / 10; rest > 0; rest /= 10 {
		digits++
	}
	if digits < width {
		digits = width
	}
	for i := at + digits - 1; i >= at; i-- {
		b[uint(i)%lineSize] = byte('0' + v%10)
		v /= 10
	}
	return at + digits
}
