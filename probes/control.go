package probes

import (
	"fmt"
	"strconv"
	"syscall"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
	"tracer/words"
)

// Control puts into the stream of events what the user is about to change: of e the action, its setting and its signal
// count, with whom that goes to. What is changed afterwards has its events behind it. Any goroutine may call it.
func (p *Probes) Control(e *event.Event) error {
	told := e.Rare.Value()
	asked := bpf.TracerControlRecord{Action: uint32(told.Action), Signal: e.Signal, TargetTid: int32(e.Target),
		TargetPid: int32(e.TargetPID)}
	for i, c := range []byte(told.Setting[:min(len(told.Setting), len(asked.Setting)-1)]) {
		asked.Setting[i] = int8(c)
	}
	context := unsafe.Slice((*byte)(unsafe.Pointer(&asked)), unsafe.Sizeof(asked))
	if _, err := p.collection.Programs[bpf.TracerProgControl].Run(&ebpf.RunOptions{Context: context}); err != nil {
		return fmt.Errorf("put a change into the trace: %w", explain(err))
	}
	return nil
}

// SignalTo sends a signal to a process of the trace, by its leader, and has the trace tell before that the user does
// so. That it has ended meanwhile, and another has its id, is an error.
func (p *Probes) SignalTo(leader event.Task, number syscall.Signal) error {
	if !seesAllIDs() {
		return words.Saying(func(l *words.Language) string { return l.Control.OtherNamespace })
	}
	pidfd, err := unix.PidfdOpen(int(leader.TID), 0)
	if err == nil {
		defer unix.Close(pidfd)
		if born, known := startOf(event.PID(leader.TID)); !known || born != ticksOf(leader.Start) {
			err = unix.ESRCH
		}
	}
	if err != nil {
		return fmt.Errorf("find process %d: %w", leader.TID, err)
	}
	err = p.Control(&event.Event{Signal: int32(number), Target: leader.TID, TargetPID: event.PID(leader.TID),
		Rare: &event.Rare{Action: event.SendSignal}})
	if err != nil {
		return err
	}
	if err := unix.PidfdSendSignal(pidfd, number, nil, 0); err != nil {
		return fmt.Errorf("send %s to process %d: %w", unix.SignalName(number), leader.TID, err)
	}
	return nil
}

// startOf reads when a process was created, in ticks since boot: the twentieth field of /proc/PID/stat after the
// command (proc_pid_stat(5)).
func startOf(pid event.PID) (ticks uint64, known bool) {
	fields := statFields(pid)
	if len(fields) < 20 {
		return 0, false
	}
	ticks, err := strconv.ParseUint(fields[19], 10, 64)
	return ticks, err == nil
}

// ticksOf is a time in the unit of /proc/PID/stat (nsec_to_clock_t in kernel/time/time.c).
func ticksOf(t event.Time) uint64 { return uint64(t) / (1e9 / uint64(ClockTicks())) }
