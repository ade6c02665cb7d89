package service

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxWork bounds how long one request may be made to last.
const MaxWork = time.Hour

// Work is the load put on each request before it is answered, and how a process that has served ends. The zero
// value is no work and a normal end.
type Work struct {
	Sleep time.Duration // block this long, as a request to a disk or a database would
	CPU   time.Duration // compute until the thread has used this much processor time
	Exit  int           // 1 to 255: the serving process ends with this status after its client; 0: it ends as usual
	Crash bool          // die of SIGSEGV when the first request has arrived
}

// ParseWork reads a comma-separated list of sleep=DURATION, cpu=DURATION, exit=STATUS and crash, such as
// "sleep=20ms,cpu=5ms". The empty text is no work.
func ParseWork(text string) (Work, error) {
	var w Work
	if text == "" {
		return w, nil
	}
	for item := range strings.SplitSeq(text, ",") {
		name, value, valued := strings.Cut(item, "=")
		if err := w.set(name, value, valued); err != nil {
			return Work{}, fmt.Errorf("work %q: %w", item, err)
		}
	}
	return w, nil
}

func (w *Work) set(name, value string, valued bool) (err error) {
	switch {
	case name == "sleep" && valued:
		w.Sleep, err = duration(value)
	case name == "cpu" && valued:
		w.CPU, err = duration(value)
	case name == "exit" && valued:
		w.Exit, err = strconv.Atoi(value)
		if err != nil || w.Exit < 1 || w.Exit > 255 {
			err = fmt.Errorf("give a status from 1 to 255")
		}
	case name == "crash" && !valued:
		w.Crash = true
	default:
		err = fmt.Errorf("use sleep=20ms, cpu=5ms, exit=3 or crash")
	}
	return err
}

func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("give a duration such as 20ms or 1.5s")
	}
	return d, checkDuration(d)
}

func checkDuration(d time.Duration) error {
	if d < 0 || d > MaxWork {
		return fmt.Errorf("give a duration from 0 to %v", MaxWork)
	}
	return nil
}

// Check returns what is wrong with work that was not made by ParseWork.
func (w Work) Check() error {
	if err := checkDuration(w.Sleep); err != nil {
		return fmt.Errorf("work sleep %v: %w", w.Sleep, err)
	}
	if err := checkDuration(w.CPU); err != nil {
		return fmt.Errorf("work cpu %v: %w", w.CPU, err)
	}
	if w.Exit < 0 || w.Exit > 255 {
		return fmt.Errorf("work exit %d: give a status from 1 to 255, or 0 for none", w.Exit)
	}
	return nil
}

// String is the text that ParseWork reads.
func (w Work) String() string {
	var items []string
	if w.Sleep > 0 {
		items = append(items, "sleep="+w.Sleep.String())
	}
	if w.CPU > 0 {
		items = append(items, "cpu="+w.CPU.String())
	}
	if w.Exit != 0 {
		items = append(items, "exit="+strconv.Itoa(w.Exit))
	}
	if w.Crash {
		items = append(items, "crash")
	}
	return strings.Join(items, ",")
}

// MarshalText makes work its text in JSON.
func (w Work) MarshalText() ([]byte, error) { return []byte(w.String()), nil }
