package timeline_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/timeline"
)

const forking = `1.0 exec pid=100 start=1 flags=launch,root path=/bin/server
+1ms fork pid=100 child=101 child_start=1 clone_flags=0x10000
+1ms accept pid=100 start=1 connection=1 queued=0.001
+1ms fork pid=100 child=102 child_start=1 parent=100 ns_pid=102
+1ms serve pid=102 start=1 connection=1 bytes_read=9
+2ms serve pid=102 start=1 connection=1 bytes_written=9
+1ms stop pid=102 start=1 signal=19
+3ms kill pid=100 start=1 signal=18 target=102 target_pid=102
+1ms close pid=102 start=1 connection=1
+1ms exit pid=102 start=1 parent=100 flags=group_dead
+0ms signal pid=102 start=1 signal=17 target=100 target_pid=100 result=queued
+3ms deliver pid=100 start=1 signal=17
+1ms wait pid=100 start=1 child=102
+1ms fork pid=100 tid=101 start=1 child=103 child_start=2 parent=100 ns_pid=103
+2ms spawn pid=103 start=2 runtime=greenlet coroutine=0x9
+1ms switch pid=103 start=2 runtime=greenlet coroutine=0x9
+2ms exit pid=103 start=2 parent=100 flags=group_dead
+2ms end`

// A chart of lanes, drawn from a timeline alone: = runs, # stopped, z zombie, and below a process its connections
// (. in the backlog, a accepted, s served, r replied), its threads and what had control of them (c).
func Example_lanes() {
	type lane struct {
		name  string
		cells []byte
	}
	var lanes []*lane
	var arrows []string
	begin, cell := event.Time(1e9), func(at event.Time) int { return int((at - 1e9) / 1e6) }
	draw := func(name string, with byte, s *timeline.Span) {
		i := slices.IndexFunc(lanes, func(l *lane) bool { return l.name == name })
		if i < 0 {
			i = len(lanes)
			lanes = append(lanes, &lane{name, bytes.Repeat([]byte(" "), 26)})
		}
		for at := cell(max(s.Begin.At, begin)); at < max(cell(s.End.At), cell(s.Begin.At)+1); at++ {
			lanes[i].cells[at] = with
		}
	}
	var spans []timeline.Span
	t := timeline.New(timeline.Options{
		Span: func(s *timeline.Span) { spans = append(spans, *s) },
		Edge: func(e *timeline.Edge) {
			arrows = append(arrows, fmt.Sprintf("%d: %v, %d to %d", cell(e.End.At), e.Kind, e.From.Task.TID,
				e.To.Task.TID))
		},
	})
	m := model.New(model.Options{Facts: t.Add})
	_, events, _, err := record.ParseText(strings.NewReader(forking))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range events {
		m.Apply(&events[i])
	}
	t.Finish(m.Now())

	// What lies above is drawn last.
	letters := map[timeline.Kind]byte{timeline.Process: '=', timeline.Thread: '=', timeline.Zombie: 'z',
		timeline.Stopped: '#', timeline.Control: 'c', timeline.Queued: '.', timeline.Accepted: 'a',
		timeline.Served: 's', timeline.Replied: 'r'}
	slices.SortStableFunc(spans, func(a, b timeline.Span) int { return cmp.Compare(a.Begin.At, b.Begin.At) })
	for _, s := range spans {
		letter, drawn := letters[s.Kind]
		switch {
		case !drawn:
		case s.Connection != nil:
			draw(fmt.Sprint("  #", s.Connection.Number), letter, &s)
		case s.Kind == timeline.Control:
			draw(fmt.Sprintf("  %#x", s.Of.Coroutine.ID), letter, &s)
		case s.Kind == timeline.Thread:
			draw(fmt.Sprint("  ", s.Of.Task.TID), letter, &s)
		default:
			draw(fmt.Sprint(s.Of.PID), letter, &s)
		}
	}
	for _, l := range lanes {
		fmt.Printf("%-6s|%s|\n", l.name, l.cells)
	}
	fmt.Println(strings.Join(arrows, "\n"))
	// Output:
	// 100   |========================  |
	//   #1  | .aassrrrrr               |
	//   101 | =======================  |
	// 102   |   ====###==zzzz          |
	// 103   |                 =====zz  |
	//   0x9 |                    cc    |
	// 1: fork, 100 to 101
	// 3: fork, 100 to 102
	// 4: dispatch, 100 to 102
	// 16: reap, 102 to 100
	// 17: fork, 101 to 103
}
