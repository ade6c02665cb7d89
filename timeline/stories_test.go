package timeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/timeline"
)

// TestStories: what is given of traces in the text form, in its order. Times are milliseconds after the launch; in
// brackets stand the ordinals of the events by which begin and end are known.
func TestStories(t *testing.T) {
	for _, s := range []struct {
		name, events string
		hold         bool
		want         string
	}{
		{name: "a wait, and a zombie that is left", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100 ns_pid=101
			+1ms exec pid=101 start=1 path=/bin/true comm=true
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+2ms wait pid=100 start=1 child=101 call=wait4
			+1ms fork pid=100 child=102 child_start=2 parent=100
			+1ms exit pid=102 start=2 parent=100 flags=group_dead
			+1ms end`, want: `
			fork 100 to 101 1 [1]
			program 101 1-2 [1 2]
			program 101 2-3 [2 3]
			process 101 1-3 [1 3]
			reap 101 to 100 3-5 [3 4]
			zombie 101 3-5 [3 4] by its parent 100
			fork 100 to 102 6 [5]
			program 102 6-7 [5 6]
			process 102 6-7 [5 6]
			mark trace ended 8 [7]
			open process 100 0-8 [0]
			open program 100 0-8 [0]
			open zombie 102 7-8 [6]`},
		{name: "ends before its parent can wait: a signal tells of one, a loss of another", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100 ns_pid=101 exit_signal=17
			+0ms fork pid=100 child=102 child_start=1 parent=100 ns_pid=102 exit_signal=17
			+1ms exit pid=101 start=1 parent=100 flags=group_dead,unwaitable reaper=1
			+2ms signal pid=101 start=1 signal=17 code=1 si_pid=101 target=100 target_pid=100 result=ignored
			+1ms wait pid=100 start=1 child=101 call=wait4
			+1ms exit pid=102 start=1 parent=100 flags=group_dead,unwaitable reaper=1
			+1ms lost lost=signal count=1
			+1ms wait pid=100 start=1 child=102 call=wait4`, want: `
			fork 100 to 101 1 [1]
			fork 100 to 102 1 [2]
			program 101 1-2 [1 3]
			process 101 1-2 [1 3]
			ending 101 2-4 [3 4]
			mark signaled 4 [4] 100
			reap 101 to 100 4-5 [4 5]
			zombie 101 4-5 [4 5] by its parent 100
			program 102 1-6 [2 6]
			process 102 1-6 [2 6]
			mark events lost 7 [7]
			ending 102 6-7 [6 7] end inferred
			reap inferred 102 to 100 7-8 [7 8]
			zombie 102 7-8 [7 8] begin inferred, by its parent 100
			open process 100 0-8 [0]
			open program 100 0-8 [0]`},
		{name: "its parent cannot wait for one yet, and nobody ever can for another", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100 ns_pid=101 exit_signal=17
			+0ms fork pid=100 child=102 child_start=1 parent=100 ns_pid=102 exit_signal=17
			+1ms exit pid=101 start=1 parent=100 flags=group_dead,unwaitable reaper=1
			+1ms exit pid=102 start=1 parent=100 flags=group_dead,unwaitable reaper=1
			+2ms release pid=102 start=1
			+1ms rename pid=100 start=1 comm=x`, want: `
			fork 100 to 101 1 [1]
			fork 100 to 102 1 [2]
			program 101 1-2 [1 3]
			process 101 1-2 [1 3]
			program 102 1-3 [2 4]
			process 102 1-3 [2 4]
			ending 102 3-5 [4 5]
			zombie 102 5-5 [5 5] by the kernel
			open process 100 0-6 [0]
			open program 100 0-6 [0]
			open ending 101 2-6 [3]`},
		{name: "a release before the call that it is of: it is put right before it leaves", hold: true, events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+1ms release pid=101 start=1
			+1ms wait pid=100 start=1 call=waitid flags=unknown`, want: `
			fork 100 to 101 1 [1]
			program 101 1-2 [1 2]
			process 101 1-2 [1 2]
			reap 101 to 100 2-3 [2 4]
			zombie 101 2-3 [2 4] by its parent 100
			open process 100 0-4 [0]
			open program 100 0-4 [0]`},
		{name: "the same, when nothing is held: it is retracted", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+1ms release pid=101 start=1
			+1ms wait pid=100 start=1 call=waitid flags=unknown`, want: `
			fork 100 to 101 1 [1]
			program 101 1-2 [1 2]
			process 101 1-2 [1 2]
			zombie 101 2-3 [2 3] not reaped
			retracted zombie 101 2-3 [2 3] not reaped
			reap 101 to 100 2-3 [2 4]
			zombie 101 2-3 [2 4] by its parent 100
			open process 100 0-4 [0]
			open program 100 0-4 [0]`},
		{name: "a call whose child is known by the release, after another end has left", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+1ms wait pid=100 start=1 call=waitid flags=unknown
			+1ms fork pid=100 child=102 child_start=2 parent=100
			+1ms release pid=101 start=1`, want: `
			fork 100 to 101 1 [1]
			program 101 1-2 [1 2]
			process 101 1-2 [1 2]
			fork 100 to 102 4 [4]
			late reap 101 to 100 2-3 [2 3]
			late zombie 101 2-3 [2 5] by its parent 100
			open process 100 0-5 [0]
			open program 100 0-5 [0]
			open process 102 4-5 [4]
			open program 102 4-5 [4]`},
		{name: "the same, when it is held: it comes where it belongs", hold: true, events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+1ms wait pid=100 start=1 call=waitid flags=unknown
			+1ms fork pid=100 child=102 child_start=2 parent=100
			+1ms release pid=101 start=1`, want: `
			fork 100 to 101 1 [1]
			program 101 1-2 [1 2]
			process 101 1-2 [1 2]
			reap 101 to 100 2-3 [2 3]
			zombie 101 2-3 [2 5] by its parent 100
			fork 100 to 102 4 [4]
			open process 100 0-5 [0]
			open program 100 0-5 [0]
			open process 102 4-5 [4]
			open program 102 4-5 [4]`},
		{name: "a signal that is pending, one that is coalesced into it, a stop, a kill", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms fork pid=100 child=102 child_start=1 parent=100
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+0ms signal pid=101 start=1 signal=17 target=100 target_pid=100 result=queued
			+1ms stop pid=102 start=1 signal=19
			+1ms kill pid=100 start=1 signal=18 target=102 target_pid=102
			+1ms exit pid=102 start=1 parent=100 status=0x9 flags=group_dead
			+0ms signal pid=102 start=1 signal=17 target=100 target_pid=100 result=coalesced
			+1ms deliver pid=100 start=1 signal=17
			+0ms wait pid=100 start=1 flags=nothing`, want: `
			fork 100 to 101 1 [1]
			fork 100 to 102 2 [2]
			program 101 1-3 [1 3]
			process 101 1-3 [1 3]
			stopped 102 4-5 [5 6] by signal 19
			program 102 2-6 [2 7]
			process 102 2-6 [2 7]
			coalesce 102 to 100 6-3 [8 4]
			pending 100 3-7 [4 9] of 101
			mark waited in vain 7 [10] 100
			open process 100 0-7 [0]
			open program 100 0-7 [0]
			open zombie 101 3-7 [3]
			open zombie 102 6-7 [7]`},
		{name: "a wait for signals takes one, and a handler another", events: `
			+1ms signal pid=100 start=1 signal=17 target=100 target_pid=100 result=queued
			+1ms deliver pid=100 start=1 signal=17 call=rt_sigtimedwait
			+1ms deliver pid=100 start=1 signal=10 call=rt_sigtimedwait
			+1ms deliver pid=100 start=1 signal=17 call=rt_sigtimedwait
			+1ms signal pid=100 start=1 signal=17 target=100 target_pid=100 result=queued
			+1ms deliver pid=100 start=1 signal=17`, want: `
			pending 100 1-2 [1 2] of 100
			mark handled 3 [3] 100
			mark handled 4 [4] 100
			pending 100 5-6 [5 6] of 100
			open process 100 0-6 [0]
			open program 100 0-6 [0]`},
		{name: "signals that are ignored, and two for a process and its thread that handlers take", events: `
			+1ms signal pid=100 start=1 signal=17 target=100 target_pid=100 result=ignored
			+1ms signal pid=100 start=1 signal=17 target=100 target_pid=100 result=queued
			+1ms signal pid=100 start=1 signal=17 target=100 target_pid=100 result=queued
			+1ms deliver pid=100 start=1 signal=17
			+1ms deliver pid=100 start=1 signal=17`, want: `
			mark signaled 1 [1] 100
			pending 100 2-3 [2 3] end inferred, of 100
			pending 100 3-4 [3 4] of 100
			mark delivered 5 [5] 100
			open process 100 0-5 [0]
			open program 100 0-5 [0]`},
		{name: "a process for a request, and what is known of it", events: `
			+2ms accept pid=100 start=1 connection=1 listener=":80" queued=0.001
			+1ms fork pid=100 child=101 child_start=1 parent=100 ns_pid=101
			+1ms serve pid=101 start=1 connection=1 bytes_read=3
			+1ms request pid=101 start=1 connection=1 line="GET / HTTP/1.1"
			+1ms serve pid=101 start=1 connection=1 bytes_written=3
			+0ms response pid=101 start=1 connection=1 line="HTTP/1.1 200 OK"
			+1ms serve pid=100 start=1 connection=1 bytes_read=1
			+1ms close pid=101 start=1 connection=1
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+1ms wait pid=100 start=1 child=101`, want: `
			queued #1 100 1-2 [1 1]
			fork 100 to 101 3 [2]
			accepted #1 100 2-4 [1 3]
			dispatch #1 100 to 101 2-4 [1 3]
			served #1 100 4-6 [3 5]
			exchange #1 101 5-6 [4 6] GET / HTTP/1.1: 200
			serving #1 101 4-7 [3 7]
			handover #1 101 to 100 4-7 [3 7]
			serving #1 100 7-8 [7 8]
			replied #1 100 6-8 [5 8]
			connection #1 100 2-8 [1 8]
			program 101 3-9 [2 9]
			process 101 3-9 [2 9]
			reap 101 to 100 9-10 [9 10]
			zombie 101 9-10 [9 10] by its parent 100
			request #1 100 1-10 [1 10]
			open process 100 0-10 [0]
			open program 100 0-10 [0]`},
		{name: "coroutines and their control, and one that forks", events: `
			+1ms spawn pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms switch pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms finish pid=100 start=1 runtime=greenlet coroutine=0x1 how=returned
			+1ms exec pid=101 start=1 path=/bin/true`, want: `
			fork 100 to 101 3 [3]
			control 0x1 of 100 2-4 [2 4]
			coroutine 0x1 of 100 1-4 [1 4]
			control 0x1 of 101 3-5 [3 5]
			program 101 3-5 [3 5]
			open process 100 0-5 [0]
			open program 100 0-5 [0]
			open process 101 3-5 [3]
			open program 101 5-5 [5]`},
		{name: "a coroutine that has control of a thread that ends, and one of a thread that goes on", events: `
			+1ms fork pid=100 start=1 child=102 child_pid=100 child_start=1 clone_flags=0x10000 parent=1
			+1ms fork pid=100 start=1 child=103 child_pid=100 child_start=1 clone_flags=0x10000 parent=1
			+1ms switch pid=100 tid=102 start=1 runtime=goroutine coroutine=0x1
			+1ms switch pid=100 tid=103 start=1 runtime=goroutine coroutine=0x2
			+1ms exit pid=100 tid=102 start=1
			+1ms switch pid=100 tid=103 start=1 runtime=goroutine`, want: `
			fork 100 to 100/102 1 [1]
			fork 100 to 100/103 2 [2]
			control 0x1 of 100 3-5 [3 5]
			thread 100/102 1-5 [1 5]
			control 0x2 of 100 4-6 [4 6]
			open process 100 0-6 [0]
			open program 100 0-6 [0]
			open thread 100/103 2-6 [2]`},
		{name: "coroutines that end while another has control, or on another thread", events: `
			+1ms fork pid=100 start=1 child=102 child_pid=100 child_start=1 clone_flags=0x10000 parent=1
			+1ms spawn pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms spawn pid=100 start=1 runtime=greenlet coroutine=0x2
			+1ms switch pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms finish pid=100 start=1 runtime=greenlet coroutine=0x2 how=dropped
			+1ms spawn pid=100 tid=102 start=1 runtime=greenlet coroutine=0x1
			+1ms switch pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms switch pid=100 tid=102 start=1 runtime=greenlet coroutine=0x9
			+1ms finish pid=100 tid=102 start=1 runtime=greenlet coroutine=0x1 how=returned`, want: `
			fork 100 to 100/102 1 [1]
			coroutine 0x2 of 100 3-5 [3 5]
			control 0x1 of 100 4-6 [4 6] end inferred
			coroutine 0x1 of 100 2-6 [2 6] end inferred
			control 0x1 of 100 7-9 [7 9]
			coroutine 0x1 of 100 6-9 [6 9]
			open process 100 0-9 [0]
			open program 100 0-9 [0]
			open thread 100/102 1-9 [1]
			open control 0x9 of 100 8-9 [8]`},
		{name: "coroutines that were there before, and end", events: `
			+1ms switch pid=100 start=1 runtime=greenlet coroutine=0x5
			+1ms finish pid=100 start=1 runtime=greenlet coroutine=0x6 how=returned
			+1ms finish pid=100 start=1 runtime=goroutine coroutine=0x5 how=returned
			+1ms finish pid=100 start=1 runtime=greenlet coroutine=0x5 how=returned
			+1ms finish pid=100 start=1 runtime=greenlet coroutine=0x5 how=returned`, want: `
			mark coroutine ended 2 [2] 100
			mark coroutine ended 3 [3] 100
			control 0x5 of 100 1-4 [1 4]
			mark coroutine ended 4 [4] 100
			mark coroutine ended 5 [5] 100
			open process 100 0-5 [0]
			open program 100 0-5 [0]`},
		{name: "a coroutine at the address of another, and control that is known again after a loss", events: `
			+1ms spawn pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms switch pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms spawn pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms switch pid=100 start=1 runtime=greenlet coroutine=0x1
			+1ms lost lost=serve count=2
			+1ms lost lost=switch count=1
			+1ms switch pid=100 start=1 runtime=greenlet coroutine=0x1`, want: `
			control 0x1 of 100 2-3 [2 3] end inferred
			coroutine 0x1 of 100 1-3 [1 3] end inferred
			mark events lost 5 [5]
			control 0x1 of 100 4-6 [4 6] end inferred
			mark events lost 6 [6]
			open process 100 0-7 [0]
			open program 100 0-7 [0]
			open coroutine 0x1 of 100 3-7 [3]
			open control 0x1 of 100 7-7 [7]`},
		{name: "a reaping by a thread that is not known, and an answer on a connection that is not", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100 ns_pid=101
			+1ms exit pid=101 start=1 parent=100 flags=group_dead
			+1ms wait pid=100 tid=109 start=1 child=101 call=wait4
			+1ms request pid=100 start=1 connection=5 line="GET / HTTP/1.1"
			+1ms response pid=100 start=1 connection=5 line="HTTP/1.1 200 OK"`, want: `
			fork 100 to 101 1 [1]
			program 101 1-2 [1 2]
			process 101 1-2 [1 2]
			reap 101 to 100/109 2-3 [2 3]
			zombie 101 2-3 [2 3] by its parent 100
			mark requested 4 [4] 100
			mark responded 5 [5] 100
			open process 100 0-5 [0]
			open program 100 0-5 [0]`},
		{name: "an orphan, a thread, and an exec by it", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms fork pid=101 start=1 child=102 child_start=1 parent=101
			+1ms exit pid=101 start=1 parent=100 reaper=1 flags=group_dead,auto_reap
			+1ms fork pid=102 start=1 child=103 child_start=1 clone_flags=0x10000 parent=1
			+1ms exit pid=102 start=1
			+0ms exec pid=102 start=1 old_tid=103 path=/bin/sh`, want: `
			fork 100 to 101 1 [1]
			fork 101 to 102 2 [2]
			program 101 1-3 [1 3]
			process 101 1-3 [1 3]
			zombie 101 3-3 [3 3] by the kernel
			reparent 102: 101 to 1 3 [3]
			fork 102 to 102/103 4 [4]
			thread 102/103 4-5 [4 6]
			program 102 2-5 [2 6]
			open process 100 0-5 [0]
			open program 100 0-5 [0]
			open process 102 2-5 [2]
			open program 102 5-5 [6]`},
		{name: "a loss: who was there is found, and who is not has ended", events: `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms lost lost=exit count=2
			+1ms seen pid=100 start=1 parent=1 flags=guessed
			+0ms seen pid=102 start=1.001 parent=100 flags=guessed state=zombie
			+0ms snapshot began=1.003 flags=guessed
			+1ms accept pid=100 start=1 connection=7
			+0ms accept pid=100 start=1 connection=7`, want: `
			fork 100 to 101 1 [1]
			mark events lost 2 [2]
			late fork 100 to 102 1 [4]
			program 102 1-3 [4 4] end inferred
			process 102 1-3 [4 4] end inferred
			program 101 1-3 [1 5] end inferred
			process 101 1-3 [1 5] end inferred
			zombie 101 3-3 [5 5] begin inferred, not reaped
			mark contradicted 4 [7]
			accepted #7 100 4-4 [6 7] end inferred
			connection #7 100 4-4 [6 7] end inferred
			request #7 100 4-4 [6 7] end inferred
			open process 100 0-4 [0]
			open program 100 0-4 [0]
			open zombie 102 3-4 [4] begin inferred
			open request #7 100 4-4 [7]
			open connection #7 100 4-4 [7]
			open accepted #7 100 4-4 [7]`},
		{name: "who holds what it does not use: found so, used, closed, executed with, held to the end", events: `
			+0ms accept pid=100 start=1 connection=1 listener=127.0.0.1:80
			+0ms accept pid=100 start=1 connection=2 listener=127.0.0.1:80
			+1ms serve pid=100 start=1 connection=1 bytes_read=1
			+0ms serve pid=100 start=1 connection=2 bytes_read=1
			+1ms fork pid=100 child=101 child_start=2 parent=100
			+0ms exec pid=101 start=2 comm=one
			+0ms hold pid=101 start=2 occasion=exec fd=5 connection=1
			+0ms hold pid=101 start=2 occasion=exec fd=6 connection=2
			+0ms hold pid=101 start=2 occasion=exec fd=3 listener=127.0.0.1:80
			+0ms hold pid=101 start=2 occasion=exec fd=4 listener=127.0.0.1:80
			+1ms let_go pid=100 start=1 occasion=close connection=1
			+1ms hold pid=101 start=2 occasion=look fd=5 connection=1
			+0ms hold pid=7 start=1 flags=untraced occasion=look fd=9 connection=1
			+1ms serve pid=101 start=2 connection=2 bytes_read=1
			+1ms close pid=101 start=2 connection=1
			+1ms exec pid=101 start=2 comm=two
			+0ms hold pid=101 start=2 occasion=exec fd=3 listener=127.0.0.1:80
			+1ms hold pid=101 start=2 occasion=exit fd=3 listener=127.0.0.1:80
			+0ms exit pid=101 start=2 parent=100 flags=group_dead
			+1ms hold pid=100 start=1 occasion=look fd=3 listener=127.0.0.1:80
			+0ms hold pid=100 start=1 occasion=look fd=4 listener=127.0.0.1:81
			+1ms accept pid=100 start=1 connection=3 listener=127.0.0.1:81
			+0ms hold pid=7 start=1 flags=untraced occasion=look fd=9 connection=3`, want: `
			accepted #1 100 0-1 [1 3]
			dispatch #1 100 to 100 0-1 [1 3]
			accepted #2 100 0-1 [2 4]
			dispatch #2 100 to 100 0-1 [2 4]
			fork 100 to 101 2 [5]
			program 101 2-2 [5 6]
			mark let go 3 [11] 100
			holding #2 101 2-5 [8 14]
			serving #2 100 1-5 [4 14]
			handover #2 100 to 101 1-5 [4 14]
			holding #1 7 4-6 [13 15] begin inferred, end inferred
			holding #1 101 2-6 [7 15]
			serving #1 100 1-6 [3 15]
			served #1 100 1-6 [3 15]
			connection #1 100 0-6 [1 15]
			request #1 100 0-6 [1 15]
			holding 127.0.0.1:80 101 2-7 [9 16] end inferred
			program 101 2-7 [6 16]
			holding 127.0.0.1:80 101 7-8 [17 18]
			program 101 7-8 [16 19]
			process 101 2-8 [5 19]
			holding 127.0.0.1:81 100 9-10 [21 22] begin inferred
			open process 100 0-10 [0]
			open program 100 0-10 [0]
			open request #2 100 0-10 [2]
			open connection #2 100 0-10 [2]
			open served #2 100 1-10 [4]
			open serving #2 101 5-10 [14]
			open zombie 101 8-10 [19]
			open request #3 100 10-10 [22]
			open connection #3 100 10-10 [22]
			open accepted #3 100 10-10 [22]
			open holding #3 7 10-10 [23] begin inferred`},
	} {
		t.Run(s.name, func(t *testing.T) {
			o := timeline.Options{Hold: atOnce}
			if s.hold {
				o.Hold = 0
			}
			want := strings.ReplaceAll(strings.TrimSpace(s.want), "\t", "")
			if diff := cmp.Diff(want, strings.Join(story(t, o, s.events), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			given, m := follow(o, parsed(t, s.events))
			given.checkSums(t, m)
		})
	}
}

// TestTheLastReparentingsAreTakenBack: so many of one process as are retracted, whether they have left or not.
func TestTheLastReparentingsAreTakenBack(t *testing.T) {
	for _, hold := range []bool{false, true} {
		var given []string
		o := timeline.Options{Hold: atOnce, Edge: func(e *timeline.Edge) {
			given = append(given, fmt.Sprintf("%v %d-%d %v", e.Kind, e.From.PID, e.To.PID, e.Retracted))
		}}
		if hold {
			o.Hold = 0
		}
		line := timeline.New(o)
		p := &model.Process{Number: 7, PID: 7, ID: event.Task{TID: 7}}
		moves := func(from, to event.PID, retracted bool, count uint64) {
			line.Add(&model.Fact{Kind: model.Reparented, Process: p, From: from, To: to, Retracted: retracted,
				Count: count, Event: &event.Event{}})
		}
		moves(1, 2, false, 0)
		moves(2, 3, false, 0)
		moves(3, 4, false, 0)
		moves(1, 4, true, 2)
		moves(2, 5, false, 0)
		moves(2, 5, true, 0)
		moves(2, 6, false, 0)
		moves(1, 6, true, 2)
		moves(1, 7, false, 0)
		line.Finish(0)
		want := []string{"reparent 1-7 false"}
		if !hold {
			want = []string{"reparent 1-2 false", "reparent 2-3 false", "reparent 3-4 false", "reparent 2-3 true",
				"reparent 3-4 true", "reparent 2-5 false", "reparent 2-5 true", "reparent 2-6 false",
				"reparent 1-2 true", "reparent 2-6 true", "reparent 1-7 false"}
		}
		if !slices.Equal(given, want) {
			t.Errorf("hold %v: got %q, want %q", hold, given, want)
		}
	}
}

const launched = "1.0 exec pid=100 start=1 flags=launch,root path=/bin/x\n"

// parsed reads the events of a story that begins with a launch.
func parsed(t *testing.T, text string) []event.Event {
	t.Helper()
	_, events, _, err := record.ParseText(strings.NewReader(launched + strings.ReplaceAll(text, "\t", "")))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// story describes what it is passed, a line each.
func story(t *testing.T, o timeline.Options, text string) (lines []string) {
	t.Helper()
	add := func(g timeline.Given, format string, args ...any) {
		line := fmt.Sprintf(format, args...)
		for _, flag := range []struct {
			set  bool
			word string
		}{{g.Late, "late "}, {g.Retracted, "retracted "}, {g.Open, "open "}} {
			if flag.set {
				line = flag.word + line
			}
		}
		lines = append(lines, line)
	}
	o.Span = func(s *timeline.Span) { add(s.Given, "%v %s", s.Kind, told(s)) }
	o.Edge = func(e *timeline.Edge) {
		about, connection, inferred := "", "", ""
		if e.About.PID != 0 {
			about = name(e.About) + ": "
		}
		if e.Connection != nil {
			connection = fmt.Sprintf("#%d ", e.Connection.Number)
		}
		if e.Begin.Inferred || e.End.Inferred {
			inferred = "inferred "
		}
		add(e.Given, "%v %s%s%s%s to %s %s", e.Kind, inferred, connection, about, name(e.From), name(e.To),
			between(e.Begin, e.End))
	}
	o.Mark = func(m *timeline.Mark) {
		of := ""
		if m.Of.PID != 0 {
			of = " " + name(m.Of)
		}
		add(m.Given, "mark %v %s%s", m.Kind, between(m.At, m.At), of)
	}
	line := timeline.New(o)
	m := model.New(model.Options{Facts: line.Add})
	for _, e := range parsed(t, text) {
		m.Apply(&e)
	}
	line.Finish(m.Now())
	return lines
}

func told(s *timeline.Span) string {
	b := ""
	if s.Connection != nil {
		b = fmt.Sprintf("#%d ", s.Connection.Number)
	}
	if s.Listener != "" {
		b = string(s.Listener) + " "
	}
	if s.Of.Coroutine.ID != 0 {
		b += fmt.Sprintf("%#x of ", s.Of.Coroutine.ID)
	}
	b += name(s.Of) + " "
	if s.Open {
		b += fmt.Sprintf("%d-%d [%d]", ms(s.Begin), ms(s.End), s.Begin.Evidence)
	} else {
		b += fmt.Sprintf("%d-%d [%d %d]", ms(s.Begin), ms(s.End), s.Begin.Evidence, s.End.Evidence)
	}
	var more []string
	if s.Begin.Inferred {
		more = append(more, "begin inferred")
	}
	if s.End.Inferred && !s.Open {
		more = append(more, "end inferred")
	}
	switch {
	case s.Kind == timeline.Zombie && s.By.PID != 0:
		more = append(more, fmt.Sprint(s.Reaping, " ", s.By.PID))
	case s.Kind == timeline.Zombie && !s.Open:
		more = append(more, s.Reaping.String())
	case s.Kind == timeline.Stopped:
		more = append(more, fmt.Sprint("by signal ", s.Signal))
	case s.Kind == timeline.Pending:
		more = append(more, fmt.Sprint("of ", s.By.PID))
	case s.Kind == timeline.Exchange:
		more = append(more, fmt.Sprint(s.Line, ": ", s.Status))
	}
	return strings.TrimSpace(b + " " + strings.Join(more, ", "))
}

func ms(m timeline.Moment) int64 { return (int64(m.At) - 1e9) / 1e6 }

func between(a, b timeline.Moment) string {
	if a == b {
		return fmt.Sprintf("%d [%d]", ms(a), a.Evidence)
	}
	return fmt.Sprintf("%d-%d [%d %d]", ms(a), ms(b), a.Evidence, b.Evidence)
}

func name(id timeline.ID) string {
	if id.Task.TID != event.TID(id.PID) && id.Coroutine.ID == 0 {
		return fmt.Sprintf("%d/%d", id.PID, id.Task.TID)
	}
	return fmt.Sprint(id.PID)
}

func TestKindsHaveWords(t *testing.T) {
	words := map[string]bool{}
	for k := timeline.NoSpan; k <= timeline.Control; k++ {
		words[k.String()] = true
	}
	for k := timeline.Fork; k <= timeline.Handover; k++ {
		words[k.String()] = true
	}
	if want := int(timeline.Control) + 1 + int(timeline.Handover); len(words) != want || words[""] {
		t.Errorf("%d kinds have words of their own: %v", len(words), words)
	}
}

// TestLiveTimeline: what was given, what is held and what is open are the whole at any time.
func TestLiveTimeline(t *testing.T) {
	events := parsed(t, `
		+1ms fork pid=100 child=101 child_start=1 parent=100
		+1ms exit pid=101 start=1 parent=100 flags=group_dead
		+1ms release pid=101 start=1`)
	line := timeline.New(timeline.Options{})
	m := model.New(model.Options{Facts: line.Add})
	for i := range events {
		m.Apply(&events[i])
	}
	var kinds []string
	line.Held(func(s *timeline.Span) { kinds = append(kinds, s.Kind.String()) },
		func(e *timeline.Edge) { kinds = append(kinds, e.Kind.String()) })
	for _, s := range line.Open() {
		kinds = append(kinds, "open "+s.Kind.String())
	}
	if want := []string{"fork", "program", "process", "zombie", "open process", "open program"}; !slices.Equal(kinds,
		want) {
		t.Errorf("got %q, want %q", kinds, want)
	}
	line.Advance(3e9)
	line.Held(func(s *timeline.Span) { t.Errorf("%v is still held", s.Kind) }, func(*timeline.Edge) {})
}

// TestProgramsHaveTheirNames: what a process ran, from the launch and its creation on.
func TestProgramsHaveTheirNames(t *testing.T) {
	_, events, _, err := record.ParseText(strings.NewReader(`
1.0 exec pid=100 start=1 flags=launch,root path=/bin/x comm=x args=x
+1ms fork pid=100 start=1 child=101 child_start=1 parent=100
+1ms exec pid=101 start=1 path=/bin/y comm=y args=y
+1ms seen pid=102 start=1 parent=100 comm=z
+0ms snapshot
`))
	if err != nil {
		t.Fatal(err)
	}
	given, _ := follow(timeline.Options{}, events)
	var got []string
	for _, s := range given.spansOf(timeline.Program) {
		got = append(got, fmt.Sprintf("%d %s %s %s", s.Of.PID, s.Name, s.Path, strings.TrimRight(s.Args, "\x00")))
	}
	want := []string{"101 x /bin/x x", "100 x /bin/x x", "101 y /bin/y y", "102 z  "}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHolding: how long what is complete is held, and how many.
func TestHolding(t *testing.T) {
	const end = event.Time(1.002e9)
	for _, c := range []struct {
		options timeline.Options
		hold    event.Time
		before  int // spans that are given before
	}{
		{timeline.Options{}, 1e9, 0},
		{timeline.Options{Hold: 5 * time.Millisecond}, 5e6, 0},
		{timeline.Options{Hold: time.Minute}, 60e9, 0},
		{timeline.Options{Hold: -1}, 0, 2},
		{timeline.Options{Hold: time.Minute, MaxHeld: 1}, 60e9, 1},
	} {
		given := 0
		o := c.options
		o.Span = func(*timeline.Span) { given++ }
		line := timeline.New(o)
		m := model.New(model.Options{Facts: line.Add})
		for _, e := range parsed(t, `
			+1ms fork pid=100 child=101 child_start=1 parent=100
			+1ms exit pid=101 start=1 parent=100 flags=group_dead`) {
			m.Apply(&e)
		}
		if line.Advance(end + c.hold); given != c.before {
			t.Errorf("%+v: %d spans are given early, want %d", c.options, given, c.before)
		}
		if line.Advance(end + c.hold + 1); given != 2 {
			t.Errorf("%+v: %d spans are given in time, want 2", c.options, given)
		}
	}
}

// TestMostAreHeld: unless it is told otherwise it holds 10,000.
func TestMostAreHeld(t *testing.T) {
	given := 0
	line := timeline.New(timeline.Options{Edge: func(*timeline.Edge) { given++ }})
	p := &model.Process{Number: 7, PID: 7, ID: event.Task{TID: 7}}
	for range 10_001 {
		if given > 0 {
			t.Fatal("they leave early")
		}
		line.Add(&model.Fact{Kind: model.Reparented, Process: p, From: 1, To: 2, Event: &event.Event{}})
	}
	if given != 1 {
		t.Errorf("%d of 10,001 are given", given)
	}
}

// TestThreadsThatHaveEnded: a call is of the thread that made it, also when whom it reaped becomes known after the
// thread's end, and no call is of a thread that had ended before.
func TestThreadsThatHaveEnded(t *testing.T) {
	given, _ := follow(timeline.Options{}, parsed(t, `
		+1ms fork pid=100 start=1 child=109 child_pid=100 child_start=1 clone_flags=0x10000 parent=1
		+1ms fork pid=100 start=1 child=101 child_start=1 parent=100
		+1ms fork pid=100 start=1 child=102 child_start=1 parent=100
		+1ms exit pid=101 start=1 parent=100 flags=group_dead
		+1ms exit pid=102 start=1 parent=100 flags=group_dead
		+1ms wait pid=100 tid=109 start=1 call=waitid flags=unknown
		+1ms exit pid=100 tid=109 start=1
		+1ms release pid=101 start=1
		+1ms wait pid=100 tid=109 start=1 child=102 call=waitid`))
	thread, process := given.spansOf(timeline.Thread)[0].Of.Number, uint64(0)
	for _, s := range given.spansOf(timeline.Process) {
		if s.Of.PID == 100 {
			process = s.Of.Number
		}
	}
	want := map[event.PID]uint64{101: thread, 102: process}
	for _, e := range given.edges {
		if e.Kind == timeline.Reap && e.To.Number != want[e.From.PID] {
			t.Errorf("%d is reaped by %d, want %d", e.From.PID, e.To.Number, want[e.From.PID])
		}
	}
}

// TestManyRequestsWithoutAnAnswer: the oldest are given up, and the answers are of those that are left.
func TestManyRequestsWithoutAnAnswer(t *testing.T) {
	const most = 64
	text := "+1ms accept pid=100 start=1 connection=1\n"
	for i := range most + 1 {
		text += fmt.Sprintf("+1ms request pid=100 start=1 connection=1 line=\"GET /%d\"\n", i)
	}
	text += "+1ms response pid=100 start=1 connection=1 line=\"HTTP/1.1 404 no\"\n"
	given, _ := follow(timeline.Options{}, parsed(t, text))
	exchanges := given.spansOf(timeline.Exchange)
	if len(exchanges) != most+1 {
		t.Fatalf("%d requests:\n%s", len(exchanges), lines(exchanges))
	}
	for i, want := range []struct {
		line       string
		status     int
		open       bool
		begin, end uint64
	}{{"GET /0", 0, false, 2, most + 2}, {"GET /1", 404, false, 3, most + 3}, {"GET /2", 0, true, 4, 0}} {
		s := exchanges[i]
		if s.Line != want.line || s.Status != want.status || s.Open != want.open ||
			s.Begin.Evidence != want.begin || s.End.Evidence != want.end {
			t.Errorf("%s %d: %s", s.Line, s.Status, line(&s))
		}
	}
}
