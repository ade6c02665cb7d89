package httpserver

import (
	"sync/atomic"
	"time"
)

// httpDate is the form of dates that HTTP writes (RFC 9110, 5.6.7). The time must be UTC.
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

// parseDate reads a date of a client, in any of the three forms that are still to be accepted.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{httpDate, time.RFC850, time.ANSIC} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// stamp is the header lines that are the same in every answer of a second: Server and Date. They are written anew by
// the first answer of each.
type stamp struct {
	server string
	cached atomic.Pointer[stamped]
}

type stamped struct {
	second int64
	text   string
}

func (s *stamp) lines(now time.Time) string {
	second := now.Unix()
	if c := s.cached.Load(); c != nil && c.second == second {
		return c.text
	}
	text := "Server: " + s.server + "\r\nDate: " + now.UTC().Format(httpDate) + "\r\n"
	s.cached.Store(&stamped{second: second, text: text})
	return text
}
