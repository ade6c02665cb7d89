// What a Go program does, as far as it is exact: Go starts threads as it sees fit, so nothing is said of them.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
)

type counters map[string]any

func tell(name string, c counters, connections ...map[string]any) {
	line, err := json.Marshal(map[string]any{"case": "golang/" + name, "counters": c, "connections": connections})
	must(err)
	fmt.Println(string(line))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
}

// server catches accepts that are made by whichever thread runs the goroutine, on a listener that is Multipath TCP.
func server() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() {
		for {
			conn, err := listener.Accept()
			must(err)
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
	const clients = 20
	for range clients {
		conn, err := net.Dial("tcp", listener.Addr().String())
		must(err)
		_, err = conn.Write([]byte("?"))
		must(err)
		_, err = conn.Read(make([]byte, 1))
		must(err)
		must(conn.Close())
	}
	tell("server", counters{
		"processes_created": 0, "processes_exited": 0, "execs": 0, "exit_codes": counters{}, "exit_signals": counters{},
		"zombies_peak": 0, "zombies_left": 0, "reparented": 0, "sigchld_queued": 0, "sigchld_ignored": 0,
		"accepts": clients, "accepts_by_listener": counters{listener.Addr().String(): clients},
		"accepts_by_task": counters{strconv.Itoa(os.Getpid()): clients}, "tree_depth": 0,
	})
}

// launch catches os/exec, which may make a child of its own first, to see whether pidfds work: the number of processes
// is the release's affair; the execs and what is left are not.
func launch() {
	const programs = 5
	for range programs {
		must(exec.Command("true").Run())
	}
	tell("exec", counters{"execs": programs, "exit_signals": counters{}, "zombies_left": 0, "zombies_now": 0,
		"reaped_by_other": 0, "auto_reaped": 0, "reparented": 0, "accepts": 0, "tree_depth": 1})
}

// goroutines catches ends by return, by Goexit and by a panic that is recovered, goroutines made by others, and the
// coroutines of iter.Pull, which the scheduler does not make. It waits until the runtime itself counts main's alone.
func goroutines() {
	const each = 100
	made := 1 // main's
	var wait sync.WaitGroup
	start := func(f func()) {
		made++
		wait.Add(1)
		go func() {
			defer wait.Done()
			f()
		}()
	}
	for range each {
		start(func() {})
		start(func() { runtime.Goexit() })
		start(func() {
			defer func() { recover() }()
			panic("caught")
		})
		inner := make(chan bool)
		made++
		start(func() { go close(inner) })
		<-inner
	}
	for range each {
		next, stop := iter.Pull(func(yield func(int) bool) { yield(1) })
		made++
		next()
		stop()
	}
	wait.Wait()
	for runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}
	tell("goroutines", counters{"coroutines_created": made, "coroutines_finished": made - 1, "coroutine_switches": 0,
		"processes_created": 0, "execs": 0})
}

// served catches a connection that is read by another goroutine than the one that runs on the thread. Several talk at
// once, so that goroutines change their threads.
func served() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	const clients = 16
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			conn, err := net.Dial("tcp", listener.Addr().String())
			must(err)
			_, err = conn.Write([]byte("hello"))
			must(err)
			_, err = io.ReadFull(conn, make([]byte, 5))
			must(err)
			must(conn.Close())
		})
	}
	connections := make([]map[string]any, clients)
	for i := range connections {
		conn, err := listener.Accept()
		must(err)
		wait.Go(func() {
			connections[i] = map[string]any{"peer": conn.RemoteAddr().String(), "served_by": os.Getpid(),
				"served_by_runtime":   "goroutine",
				"served_by_coroutine": goid(), "bytes_read": 5}
			_, err := io.Copy(conn, conn)
			must(err)
			must(conn.Close())
		})
	}
	wait.Wait()
	tell("served", counters{"accepts": clients, "processes_created": 0}, connections...)
}

// goid is the number of the goroutine that calls it, as a stack trace tells it.
func goid() (id int) {
	stack := make([]byte, 64)
	_, err := fmt.Sscanf(string(stack[:runtime.Stack(stack, false)]), "goroutine %d ", &id)
	must(err)
	return id
}

func main() {
	cases := map[string]func(){"server": server, "exec": launch, "goroutines": goroutines, "served": served}
	if len(os.Args) != 2 || cases[os.Args[1]] == nil {
		fmt.Print("server\nexec\ngoroutines\nserved\n")
		return
	}
	cases[os.Args[1]]()
}
