package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/vt"
	"golang.org/x/sys/unix"
)

const (
	crowdProcesses, crowdThreads = 20, 1000
	crowdTurns                   = 2500 // a second, of four events each

	screenWarm  = 5 * time.Second // until what a tool does once is done
	screenWatch = 10 * time.Second
	screenKeys  = 10
	pictureGap  = 5 * time.Millisecond // between the writes of two pictures; less than between those of one
	screenW     = 120
	screenH     = 40
)

// monitor is a program that shows tasks on the whole screen.
type monitor struct {
	name    string
	argv    []string
	help    string // the key that opens its help
	shows   string // what only its help shows
	back    string // the key that leaves it
	itself  bool   // it launches what it watches: what to launch comes after argv
	refresh string // how often it draws, by its documentation
}

func (s settings) monitors() []monitor {
	all := []monitor{
		{"tracer run", []string{s.tracer, "run", "--"}, "?", " HELP ", "\x1b", true, "0.033 s at most"},
		{"htop", []string{"htop"}, "h", "Released under the GNU", "q", false, "1.5 s"},
		{"htop, as fast as it can", []string{"htop", "-d", "1"}, "h", "Released under the GNU", "q", false, "0.1 s"},
		{"top", []string{"top"}, "h", "Help for Interactive Commands", "\x1b", false, "3 s"},
		{"top -H, ten times a second", []string{"top", "-H", "-d", "0.1"}, "h", "Help for Interactive Commands", "\x1b",
			false, "0.1 s"},
		{"bottom", []string{"btm"}, "?", "Main widget", "\x1b", false, "1 s"},
	}
	if s.other != "" {
		other := all[0]
		other.name, other.argv = "the other build", []string{s.other, "run", "--"}
		return []monitor{all[0], other}
	}
	return slices.DeleteFunc(all, func(m monitor) bool {
		_, err := exec.LookPath(m.argv[0])
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s is not installed: %s is left out\n", m.argv[0], m.name)
		}
		return err != nil
	})
}

// watched is what one run of a monitor took.
type watched struct {
	cpu      float64   // share of a core
	frames   float64   // pictures a second that changed something
	bytes    float64   // a second
	keys     []float64 // ms until the help was there, sorted
	resident int64     // KiB
}

// screens measures monitors beside each other while 20,000 tasks sleep and others come and go.
func (s settings) screens(ctx context.Context, folder string) error {
	crowd, err := build(folder, "crowd")
	if err != nil {
		return err
	}
	monitors := s.monitors()
	results := make([][]watched, len(monitors))
	for round := range s.rounds {
		for i := range monitors {
			i = (i + round) % len(monitors) // nobody is always the first
			w, err := monitors[i].watch(ctx, crowd, folder)
			if err != nil {
				return fmt.Errorf("%s: %w", monitors[i].name, err)
			}
			fmt.Fprintf(os.Stderr, "round %d  %-28s %5.1f %% of a core, %5.1f pictures/s, keys %.0f ms, %d MB\n",
				round+1, monitors[i].name, 100*w.cpu, w.frames, median(w.keys), w.resident/1024)
			results[i] = append(results[i], w)
		}
	}
	fmt.Printf("\n%d tasks sleep, %d processes a second come and go (%d events), %dx%d, %d interleaved rounds\n\n",
		crowdProcesses*crowdThreads, crowdTurns, 4*crowdTurns, screenW, screenH, s.rounds)
	fmt.Println("| monitor | draws every | % of a core: median (range) | pictures a second | ms of CPU a picture | " +
		"help after a key: median, most (ms) | resident MB |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- |")
	for i, m := range monitors {
		cpu, frames, keys, resident := []float64{}, []float64{}, []float64{}, int64(0)
		for _, w := range results[i] {
			cpu, frames, keys = append(cpu, 100*w.cpu), append(frames, w.frames), append(keys, w.keys...)
			resident = max(resident, w.resident)
		}
		cpu, frames, keys = sorted(cpu), sorted(frames), sorted(keys)
		fmt.Printf("| %s | %s | %.1f (%.1f to %.1f) | %.1f | %.1f | %.0f, %.0f | %d |\n", m.name, m.refresh,
			median(cpu), cpu[0], cpu[len(cpu)-1], median(frames), 10*median(cpu)/max(median(frames), 0.1),
			median(keys), keys[len(keys)-1], resident/1024)
	}
	return nil
}

// watch runs a monitor over a crowd, once.
func (m *monitor) watch(ctx context.Context, crowd, folder string) (w watched, err error) {
	ready, err := os.CreateTemp(folder, "ready")
	if err != nil {
		return w, err
	}
	defer func() {
		ended := func() bool { return unix.Flock(int(ready.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }
		err = errors.Join(err, until(30*time.Second, ended), ready.Close())
	}()
	command := []string{crowd, fmt.Sprint(crowdProcesses), fmt.Sprint(crowdThreads), fmt.Sprint(crowdTurns),
		ready.Name()}
	argv := m.argv
	if m.itself {
		argv = slices.Concat(argv, command)
	} else {
		load := exec.CommandContext(ctx, command[0], command[1:]...)
		if err := load.Start(); err != nil {
			return w, err
		}
		defer func() { _ = load.Process.Kill(); _ = load.Wait() }()
	}
	s, err := openScreen(ctx, argv)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	there := func() bool { i, err := ready.Stat(); return err == nil && i.Size() > 0 }
	if err := until(30*time.Second, there); err != nil {
		return w, fmt.Errorf("the tasks are not there: %w", err)
	}
	time.Sleep(screenWarm)
	pid := s.command.Process.Pid
	begin, used := time.Now(), onProcessor(pid)
	pictures, bytes := s.written()
	time.Sleep(screenWatch)
	took := time.Since(begin).Seconds()
	allPictures, allBytes := s.written()
	w.cpu, w.resident = (onProcessor(pid)-used).Seconds()/took, residentOf(pid)
	w.frames, w.bytes = float64(allPictures-pictures)/took, float64(allBytes-bytes)/took
	for range screenKeys {
		begin := time.Now()
		if err := s.press(m.help, func() bool { return strings.Contains(s.text(), m.shows) }); err != nil {
			return w, fmt.Errorf("its help does not come: %w\n%s", err, s.text())
		}
		w.keys = append(w.keys, time.Since(begin).Seconds()*1000)
		if err := s.press(m.back, func() bool { return !strings.Contains(s.text(), m.shows) }); err != nil {
			return w, fmt.Errorf("its help does not go: %w\n%s", err, s.text())
		}
	}
	w.keys = sorted(w.keys)
	return w, nil
}

// residentOf is the memory of a process, in KiB (proc(5), VmRSS).
func residentOf(pid int) (kib int64) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // it runs
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, _ = fmt.Sscan(rest, &kib)
	return kib
}

// until waits for something that can only be looked for.
func until(atMost time.Duration, is func() bool) error {
	for begin := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > atMost {
			return fmt.Errorf("not within %v", atMost)
		}
	}
	return nil
}

// virtualScreen is a program on a pseudoterminal, and what it shows there.
type virtualScreen struct {
	command *exec.Cmd
	master  *os.File
	read    sync.WaitGroup

	mu       sync.Mutex
	emulator *vt.Emulator
	last     time.Time
	drawn, n int
}

func openScreen(ctx context.Context, argv []string) (*virtualScreen, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err := errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0), unix.IoctlSetWinsize(fd,
		unix.TIOCSWINSZ, &unix.Winsize{Row: screenH, Col: screenW})); err != nil {
		return nil, err
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer slave.Close()
	s := &virtualScreen{master: master, emulator: vt.NewEmulator(screenW, screenH)}
	s.command = exec.CommandContext(ctx, argv[0], argv[1:]...)
	s.command.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	s.command.Stdin, s.command.Stdout, s.command.Stderr = slave, slave, slave
	s.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	s.read.Go(s.follow)
	s.read.Go(func() { _, _ = io.Copy(master, s.emulator) }) // what a terminal answers
	return s, nil
}

// follow takes in what the program writes, until it has closed the terminal.
func (s *virtualScreen) follow() {
	defer s.emulator.InputPipe().(io.Closer).Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.master.Read(buffer)
		if err != nil {
			return
		}
		s.mu.Lock()
		now := time.Now()
		if now.Sub(s.last) > pictureGap {
			s.drawn++
		}
		s.last = now
		s.n += n
		_, _ = s.emulator.Write(buffer[:n]) // it takes all
		s.mu.Unlock()
	}
}

// written is how many pictures came, and how many bytes.
func (s *virtualScreen) written() (pictures, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drawn, s.n
}

func (s *virtualScreen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emulator.String()
}

// press types a key, and waits for what comes of it.
func (s *virtualScreen) press(key string, done func() bool) error {
	if _, err := s.master.WriteString(key); err != nil {
		return err
	}
	return until(10*time.Second, done)
}

// close quits the program, which ends what it launched.
func (s *virtualScreen) close() error {
	_, err := s.master.WriteString("q")
	late := time.AfterFunc(10*time.Second, func() { _ = s.command.Process.Kill() })
	_ = s.command.Wait() // tracer run ends as what it ran, by the signal
	if !late.Stop() {
		err = errors.Join(err, errors.New("it did not quit"))
	}
	err = errors.Join(err, s.master.Close())
	s.read.Wait()
	return err
}
