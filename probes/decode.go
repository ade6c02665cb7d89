package probes

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
)

// decode makes an event of one record of the ring buffer. The records are in the machine's byte order, as wire.h lays
// them out.
func (m *material) decode(raw []byte, e *event.Event) error {
	if len(raw) < int(unsafe.Sizeof(bpf.TracerRecordHeader{})) {
		return fmt.Errorf("a record of %d bytes is shorter than a header", len(raw))
	}
	h := (*bpf.TracerRecordHeader)(unsafe.Pointer(&raw[0]))
	*e = event.Event{Time: event.Time(h.Time), Task: event.Task{TID: event.TID(h.Tid), Start: event.Time(h.Start)},
		PID: event.PID(h.Pid), Kind: event.Kind(h.Kind), Flags: event.Flags(h.Flags)}
	if int(e.Kind) >= len(decoders) || decoders[e.Kind].fill == nil {
		return fmt.Errorf("a record of an unknown kind %d", h.Kind)
	}
	d := decoders[e.Kind]
	if len(raw) < d.size {
		return fmt.Errorf("a record of kind %v has %d bytes, not %d", e.Kind, len(raw), d.size)
	}
	if e.Kind == event.Exit {
		e.Cost = m.cost()
	}
	d.fill(unsafe.Pointer(&raw[0]), e)
	if e.Kind == event.Exit {
		longerExit(raw, e)
	}
	if e.Comm != "" {
		e.Comm = m.name(e.Comm)
	}
	return nil
}

// longerExit takes what the exit of a process tells beyond that of a task.
func longerExit(raw []byte, e *event.Event) {
	if len(raw) >= int(unsafe.Sizeof(bpf.TracerProcessExitRecord{})) {
		used := usage(&(*bpf.TracerProcessExitRecord)(unsafe.Pointer(&raw[0])).Process)
		if used != (event.Usage{}) { // else it is the same as of its only task
			e.Cost.Process = used
		}
	}
	if len(raw) < int(unsafe.Sizeof(bpf.TracerHandingExitRecord{})) {
		return
	}
	told := e.Rare.Value()
	told.ReaperComm = event.Text(cString((*bpf.TracerHandingExitRecord)(unsafe.Pointer(&raw[0])).ReaperComm[:]))
	e.Rare = rare(told)
}

// rare returns nil when all of r is zero.
func rare(r event.Rare) *event.Rare {
	if r == (event.Rare{}) {
		return nil
	}
	kept := r // r itself would be allocated for nothing, too
	return &kept
}

type decoder struct {
	size int
	fill func(unsafe.Pointer, *event.Event)
}

// record turns a function over a record's own type into a decoder.
func record[T any](fill func(*T, *event.Event)) decoder {
	var r T
	return decoder{int(unsafe.Sizeof(r)), func(p unsafe.Pointer, e *event.Event) { fill((*T)(p), e) }}
}

// decoders has an entry for each kind that the programs report (enum tracer_kind in wire.h).
var decoders = [event.KindCount]decoder{
	event.Seen: record(func(r *bpf.TracerSeenRecord, e *event.Event) {
		e.Parent, e.NSPID, e.ExitSignal = event.PID(r.Parent), event.PID(r.NsPid), int16(r.ExitSignal)
		e.InnerPID = event.PID(r.InnerPid)
		e.Status, e.State, e.Comm = r.Status, event.State(r.State), comm(&r.Comm)
		e.Disposition, e.Subreaper = event.Disposition(r.Disposition), event.Attribute(r.Subreaper)
		e.StopSignal, e.Waited = r.StopSignal, event.Time(r.Waited)
		asked(e, r.Call, r.Idtype, r.Id, r.Options)
	}),
	event.Fork: record(func(r *bpf.TracerForkRecord, e *event.Event) {
		e.Child = event.Task{TID: event.TID(r.ChildTid), Start: event.Time(r.ChildStart)}
		e.Parent, e.NSPID, e.InnerPID = event.PID(r.Parent), event.PID(r.NsPid), event.PID(r.InnerPid)
		e.CloneFlags, e.ExitSignal = r.CloneFlags, int16(r.ExitSignal)
		e.ChildPID = event.PID(r.ChildTid)
		if e.IsThread() {
			e.ChildPID = e.PID
		}
	}),
	event.Exec: record(func(r *bpf.TracerExecRecord, e *event.Event) {
		e.OldTID = event.TID(r.OldTid)
		e.Comm = comm(&r.Comm)
		e.Path = cString(r.Path[:min(int(r.PathSize), len(r.Path))])
		e.Args = string(asBytes(r.Args[:min(int(r.ArgsSize), len(r.Args))]))
		e.Disposition, e.Subreaper = event.Disposition(r.Disposition), event.Attribute(r.Subreaper)
	}),
	event.Subreaper: record(func(r *bpf.TracerSubreaperRecord, e *event.Event) {
		e.Subreaper = event.Attribute(r.Subreaper)
	}),
	event.Rename: record(func(r *bpf.TracerRenameRecord, e *event.Event) { e.Comm = comm(&r.Comm) }),
	event.Exit: record(func(r *bpf.TracerExitRecord, e *event.Event) {
		e.Status, e.Parent, e.Reaper = r.Status, event.PID(r.Parent), event.PID(r.Reaper)
		e.Rare = rare(event.Rare{Debugger: event.PID(r.Debugger)})
		e.Comm = comm(&r.Comm)
		*e.Cost = event.Cost{Task: usage(&r.Task), RunDelay: event.Time(r.RunDelay), MaxRSS: r.Maxrss * pageSize}
		if e.Flags.Has(event.GroupDead) {
			e.Cost.Process = e.Cost.Task
		}
	}),
	event.Signal: record(func(r *bpf.TracerSignalRecord, e *event.Event) {
		signalSent(r, e)
		e.SiPID, e.SiStatus = event.PID(r.SiPid), r.SiStatus
	}),
	event.Kill: record(func(r *bpf.TracerKillRecord, e *event.Event) {
		signalSent(&r.Sent, e)
		e.Reason = event.Reason(r.Sent.Reason)
		e.Comm = comm(&r.Comm)
	}),
	event.Deliver: record(func(r *bpf.TracerDeliverRecord, e *event.Event) {
		e.Signal, e.Call, e.Disposition = r.Signal, event.Call(r.Call), event.Disposition(r.Disposition)
		e.Result = event.Result(r.Result)
	}),
	event.Stop: record(func(r *bpf.TracerDeliverRecord, e *event.Event) { e.Signal = r.Signal }),
	event.Dispose: record(func(r *bpf.TracerDispositionRecord, e *event.Event) {
		e.Signal, e.Disposition = r.Signal, event.Disposition(r.Disposition)
	}),
	event.Wait: record(func(r *bpf.TracerWaitRecord, e *event.Event) {
		e.Child = event.Task{TID: event.TID(r.Child), Start: event.Time(r.ChildStart)}
		e.Status, e.Waited = r.Status, event.Time(r.Waited)
		asked(e, r.Call, r.Idtype, r.Id, r.Options)
	}),
	event.Waiting: record(func(r *bpf.TracerWaitingRecord, e *event.Event) {
		e.Waited = event.Time(r.Waited)
		asked(e, r.Call, r.Idtype, r.Id, r.Options)
	}),
	event.Control: record(func(r *bpf.TracerControlRecord, e *event.Event) {
		e.Signal, e.Target, e.TargetPID = r.Signal, event.TID(r.TargetTid), event.PID(r.TargetPid)
		e.Rare = rare(event.Rare{Action: event.Action(r.Action), Setting: event.Text(cString(r.Setting[:]))})
	}),
	event.Release: record(func(*bpf.TracerReleaseRecord, *event.Event) {}),
	event.IOUring: record(func(*bpf.TracerReleaseRecord, *event.Event) {}),
	event.Accept: record(func(r *bpf.TracerAcceptRecord, e *event.Event) {
		e.Call, e.FD, e.Connection = event.Call(r.Call), r.Fd, r.Connection
		s := &event.Socket{Queue: r.Queue, Backlog: r.Backlog, Queued: event.Time(r.Queued)}
		e.Socket = s
		switch r.Family {
		case unix.AF_INET, unix.AF_INET6:
			s.Listener = inetAddr(r.Family, r.Listener.Address, r.Listener.Port)
			s.Local = inetAddr(r.Family, r.Local.Address, r.Local.Port)
			s.Peer = inetAddr(r.Family, r.Peer.Address, r.Peer.Port)
		case unix.AF_UNIX:
			s.Listener = unixAddr(asBytes(r.Path[:min(int(r.PathSize), len(r.Path))]))
			s.Local, s.Peer = s.Listener, "unix:"
		default:
			s.Listener = event.Addr("family-" + strconv.Itoa(int(r.Family)))
		}
	}),
	event.Fail: record(func(r *bpf.TracerFailRecord, e *event.Event) {
		e.Call, e.Count = event.Call(r.Call), r.Count
		e.Rare = rare(event.Rare{Errno: event.Errno(r.Error), Limit: event.Limit(r.Limit), Max: r.Max,
			Holder: event.PID(r.Holder)})
		told := r.Path[:min(int(r.PathSize), len(r.Path))]
		switch r.Family {
		case 0:
			e.Path = cString(told)
		case unix.AF_UNIX:
			e.Socket = failedAt(e.Call, unixAddr(asBytes(told)))
		case unix.AF_INET, unix.AF_INET6:
			e.Socket = failedAt(e.Call, inetAddr(r.Family, r.Local.Address, r.Local.Port))
		}
	}),
	event.ListenDrop: record(func(r *bpf.TracerListenDropRecord, e *event.Event) {
		e.Count = r.Dropped
		e.Socket = &event.Socket{Queue: r.Queue, Backlog: r.Backlog,
			Listener: inetAddr(r.Family, r.Listener.Address, r.Listener.Port)}
	}),
	event.Hold: record(func(r *bpf.TracerHoldRecord, e *event.Event) {
		e.Connection, e.FD, e.Comm = r.Connection, r.Fd, comm(&r.Comm)
		e.Rare = rare(event.Rare{Occasion: event.Occasion(r.Occasion), Holder: event.PID(r.Holder)})
		switch r.Family {
		case unix.AF_INET, unix.AF_INET6:
			e.Socket = &event.Socket{Listener: inetAddr(r.Family, r.Listener.Address, r.Listener.Port)}
		case unix.AF_UNIX:
			e.Socket = &event.Socket{Listener: unixAddr(asBytes(r.Path[:min(int(r.PathSize), len(r.Path))]))}
		}
	}),
	event.LetGo: record(func(r *bpf.TracerLetGoRecord, e *event.Event) {
		e.Connection, e.Rare = r.Connection, rare(event.Rare{Occasion: event.Occasion(r.Occasion)})
	}),
	event.Serve: record(func(r *bpf.TracerServeRecord, e *event.Event) {
		e.Connection = r.Connection
		if bpf.TracerTracerDirection(r.Direction) == bpf.TracerTracerDirectionTRACER_READ {
			e.BytesRead = uint64(r.Size)
		} else {
			e.BytesWritten = uint64(r.Size)
		}
	}),
	event.Close: record(func(r *bpf.TracerCloseRecord, e *event.Event) {
		e.Connection, e.BytesRead, e.BytesWritten = r.Connection, r.BytesRead, r.BytesWritten
	}),
	event.Request:  record(httpLine),
	event.Response: record(httpLine),
	event.Spawn: record(func(r *bpf.TracerSpawnRecord, e *event.Event) {
		e.Coroutine, e.Runtime, e.Creator = r.Id, event.Runtime(r.Header.Runtime), r.Creator
		e.Rare = rare(event.Rare{Class: event.Text(cString(r.Class[:]))})
	}),
	event.Switch: record(func(r *bpf.TracerCoroutineRecord, e *event.Event) {
		coroutine(r, e)
		e.Previous = r.Partner
	}),
	event.Finish: record(func(r *bpf.TracerCoroutineRecord, e *event.Event) {
		coroutine(r, e)
		e.How = event.How(r.Header.How)
	}),
	event.Stall: record(func(r *bpf.TracerStallRecord, e *event.Event) {
		e.Call, e.Waited = callOf(r.Call), event.Time(r.Waited)
		if r.Cpu != 0 {
			e.Cost = &event.Cost{Task: event.Usage{CPU: event.Time(r.Cpu)}}
		}
	}),
	event.Datagram: record(func(r *bpf.TracerDatagramRecord, e *event.Event) {
		e.BytesRead, e.Socket = uint64(r.Size), &event.Socket{Local: "unix:"}
		if r.Family != unix.AF_UNIX {
			e.Socket.Local = inetAddr(r.Family, r.Address, r.Port)
		}
	}),
}

var pageSize = uint64(os.Getpagesize())

func usage(u *bpf.TracerUsage) event.Usage {
	return event.Usage{CPU: event.Time(u.Cpu), User: event.Time(u.User), System: event.Time(u.System),
		Voluntary: u.Nvcsw, Involuntary: u.Nivcsw, MinorFaults: u.Minflt, MajorFaults: u.Majflt}
}

func httpLine(r *bpf.TracerHttpRecord, e *event.Event) {
	e.Connection, e.Line = r.Connection, string(asBytes(r.Line[:min(int(r.Size), len(r.Line))]))
}

// asked takes over for whom a wait asks.
func asked(e *event.Event, call, idtype uint8, id int32, options uint16) {
	e.Call, e.IDType, e.ID = event.Call(call), event.IDType(idtype), event.PID(id)
	e.Options = uint32(options&0xff00)<<16 | uint32(options&0xff)
}

func signalSent(r *bpf.TracerSignalRecord, e *event.Event) {
	e.Target, e.TargetPID, e.Signal = event.TID(r.TargetTid), event.PID(r.TargetPid), r.Signal
	e.Code, e.Result, e.Disposition = r.Code, event.Result(r.Result), event.Disposition(r.Disposition)
}

func coroutine(r *bpf.TracerCoroutineRecord, e *event.Event) {
	e.Coroutine, e.Runtime = r.Id, event.Runtime(r.Header.Runtime)
}

func asBytes(s []int8) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s))
}

func cString(s []int8) string {
	b := asBytes(s)
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// comm is a command name where it lies in a record; decode copies it.
func comm(s *[16]int8) event.Text {
	b := asBytes(s[:])
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return event.Text(unsafe.String(unsafe.SliceData(b), len(b)))
}

func inetAddr(family uint16, address [16]uint8, port uint16) event.Addr {
	ip := netip.AddrFrom16(address)
	if family == unix.AF_INET {
		ip = netip.AddrFrom4([4]byte(address[:4]))
	}
	return event.Addr(netip.AddrPortFrom(ip, port).String())
}

// failedAt is the socket of a call that failed: a bind asked for an address that it does not have.
func failedAt(call event.Call, at event.Addr) *event.Socket {
	if call == event.Bind {
		return &event.Socket{Local: at}
	}
	return &event.Socket{Listener: at}
}

// unixAddr writes an abstract address, whose path begins with NUL, with @, as ss and netstat do.
func unixAddr(path []byte) event.Addr {
	if len(path) > 0 && path[0] == 0 {
		return event.Addr("unix:@" + string(path[1:]))
	}
	return event.Addr("unix:" + string(bytes.TrimRight(path, "\x00")))
}
