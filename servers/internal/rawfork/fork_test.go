package rawfork

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/service"
)

// pair makes two connected sockets.
func pair(t *testing.T) (client, server int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fds[0], fds[1]
}

// talk forks a child for a conversation, sends a request, ends, and returns the answer and how the child ended.
func talk(t *testing.T, c *Child, request string) (answer string, status unix.WaitStatus) {
	t.Helper()
	client, server := pair(t)
	defer unix.Close(client)
	c.Socket = server
	pid, err := Fork(c)
	unix.Close(server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(client, []byte(request)); err != nil && err != unix.EPIPE { // daytime does not wait for it
		t.Fatal(err)
	}
	unix.Shutdown(client, unix.SHUT_WR)
	room := make([]byte, 4096)
	for {
		n, err := unix.Read(client, room)
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			break
		}
		answer += string(room[:n])
	}
	for {
		if _, err := unix.Wait4(pid, &status, 0, nil); err != unix.EINTR {
			return answer, status
		}
	}
}

func newChild(s service.Service, w service.Work) *Child {
	return &Child{Talk: service.NewTalk(s, true), Work: w, Listener: -1}
}

// TestServices: each service and each kind of work runs in a child without a runtime. With -race, too: the race
// detector's runtime is as dead there as Go's.
func TestServices(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, c := range []struct {
		service       service.Service
		work, request string
		answer        string // contained in the answer
		code          int
		signal        unix.Signal
	}{
		{service.Echo, "", "hello", "hello", 0, 0},
		{service.Echo, "", strings.Repeat("x", 100_000), strings.Repeat("x", 100_000), 0, 0},
		{service.Upper, "sleep=1ms,cpu=1ms", "hello", "HELLO", 0, 0},
		{service.Daytime, "", "x", "-UTC\r\n", 0, 0},
		{service.HTTP, "", "GET / HTTP/1.0\r\n\r\n", service.Page, 0, 0},
		{service.HTTP, "", strings.Repeat("x: y\r\n", 4000), "431", 0, 0},
		{service.HTTP, "exit=3", "PUT / HTTP/1.0\r\n\r\n" + strings.Repeat("x", 9000), "405", 3, 0},
		{service.Echo, "exit=255", "", "", 255, 0},
		{service.Echo, "crash", "x", "", -1, unix.SIGSEGV},
	} {
		t.Run(fmt.Sprintf("%v/%s", c.service, c.work), func(t *testing.T) {
			work, err := service.ParseWork(c.work)
			if err != nil {
				t.Fatal(err)
			}
			answer, status := talk(t, newChild(c.service, work), c.request)
			if !strings.Contains(answer, c.answer) {
				t.Errorf("answer %.80q, want %.80q", answer, c.answer)
			}
			if c.signal != 0 && status.Signal() != c.signal || c.signal == 0 && status.ExitStatus() != c.code {
				t.Errorf("status %#x, want code %d or signal %d", status, c.code, c.signal)
			}
		})
	}
}

// TestForkWhileCollecting: forks at any moment of a program that allocates and collects on other threads.
func TestForkWhileCollecting(t *testing.T) {
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for range 2 {
		busy.Go(func() {
			var kept [][]byte
			for {
				select {
				case <-stop:
					return
				default:
					kept = append(kept, make([]byte, 512))
					if len(kept) > 2000 {
						kept = nil
						runtime.GC()
					}
				}
			}
		})
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child := newChild(service.Upper, service.Work{})
	for i := range 100 {
		if answer, status := talk(t, child, "hello"); answer != "HELLO" || status != 0 {
			t.Fatalf("fork %d: answer %q, status %#x", i, answer, status)
		}
	}
	close(stop)
	busy.Wait()
}

// TestOrphan: the forked child ends at once and has left a grandchild in a session of its own, which serves.
func TestOrphan(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	client, server := pair(t)
	defer unix.Close(client)
	child := newChild(service.Echo, service.Work{})
	child.Socket, child.Orphan = server, true
	pid, err := Fork(child)
	unix.Close(server)
	if err != nil {
		t.Fatal(err)
	}
	var status unix.WaitStatus
	if got, err := unix.Wait4(pid, &status, 0, nil); got != pid || err != nil || status != 0 {
		t.Fatalf("wait: %d, %v, status %#x", got, err, status)
	}
	room := make([]byte, 10)
	unix.Write(client, []byte("x"))
	if n, err := unix.Read(client, room); n != 1 || err != nil {
		t.Errorf("the grandchild answers %d bytes, %v", n, err)
	}
	members, err := proc.Find(func(_ int, s proc.Stat) bool { return s.Session == pid })
	if err != nil || len(members) != 1 {
		t.Errorf("members of the session: %v, %v", members, err)
	}
}

func TestScoreboard(t *testing.T) {
	board, err := NewScoreboard(3)
	if err != nil {
		t.Fatal(err)
	}
	board.Scores[2].accepts = 5
	if board.Scores[2].Accepts() != 5 || board.Scores[1].Accepts() != 0 {
		t.Error("scores are mixed up")
	}
	board.Scores[2].Clear()
	if board.Scores[2].Accepts() != 0 {
		t.Error("a cleared score counts")
	}
	if err := board.Close(); err != nil {
		t.Error(err)
	}
}
