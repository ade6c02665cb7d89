package servers

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/sys/reexec"
)

// victimName is the program that TestSharedFate starts: a server that will not survive. Its arguments are model and
// work.
const victimName = "victim"

func init() {
	reexec.Register(victimName, func() {
		if err := serveAsVictim(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	})
}

func serveAsVictim(model, text string) error {
	work, err := ParseWork(text)
	if err != nil {
		return err
	}
	s, err := New(model, Options{Work: work})
	if err != nil {
		return err
	}
	address, err := s.Listen()
	if err != nil {
		return err
	}
	fmt.Println(address)
	return s.Serve(context.Background())
}

// TestSharedFate: where clients share a process, what ends one ends all.
func TestSharedFate(t *testing.T) {
	crashed := func(s syscall.WaitStatus) bool { return s.Signaled() && s.Signal() == syscall.SIGSEGV }
	exited3 := func(s syscall.WaitStatus) bool { return s.ExitStatus() == 3 }
	for _, c := range []struct {
		model, work string
		want        func(syscall.WaitStatus) bool
	}{
		{"epoll", "crash", crashed}, {"thread", "crash", crashed}, {"goroutine", "crash", crashed},
		{"loop", "exit=3", exited3}, {"threadpool", "exit=3", exited3},
	} {
		victim := reexec.Command(victimName, c.model, c.work)
		victim.SysProcAttr.Pdeathsig = 0
		victim.Stderr = os.Stderr
		out, err := victim.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(10*time.Second, func() { victim.Process.Kill() })
		address, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", strings.TrimSpace(address))
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte("x"))
		conn.(*net.TCPConn).CloseWrite()
		victim.Wait()
		kill.Stop()
		conn.Close()
		if status := victim.ProcessState.Sys().(syscall.WaitStatus); !c.want(status) {
			t.Errorf("%s with work %s ended with status %#x", c.model, c.work, status)
		}
	}
}
