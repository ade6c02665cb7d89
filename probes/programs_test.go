package probes

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
)

// object returns what was compiled for one way to read.
func object(t *testing.T, directly bool) *ebpf.CollectionSpec {
	t.Helper()
	spec, err := bpf.Load(directly)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func programs(t *testing.T) map[string]*ebpf.ProgramSpec {
	t.Helper()
	return object(t, true).Programs
}

// TestObjectsDifferInHowTheyRead: of both, this package knows the same by the same names. What calls rdonlyCast in the
// one for kernels that lack it is left out there.
func TestObjectsDifferInHowTheyRead(t *testing.T) {
	direct, helped := object(t, true), object(t, false)
	described := func(o *ebpf.CollectionSpec) (all []string) {
		for name, p := range o.Programs {
			kinds, _ := told(p)
			all = append(all, fmt.Sprint("program ", name, p.SectionName, p.Type, p.AttachType, kinds))
		}
		for name, m := range o.Maps {
			all = append(all, fmt.Sprint("map ", name, m.Type, m.KeySize, m.ValueSize, m.MaxEntries, m.Flags))
		}
		for name, v := range o.Variables {
			all = append(all, fmt.Sprint("variable ", name, v.SectionName, v.Value))
		}
		slices.Sort(all)
		return all
	}
	if diff := cmp.Diff(described(direct), described(helped)); diff != "" {
		t.Errorf("(-direct +helped):\n%s", diff)
	}
	since63 := []string{bpf.TracerProgReceivedUnpreempted, bpf.TracerProgSentUnpreempted}
	if got := callersOf(helped, rdonlyCast); !slices.Equal(got, since63) {
		t.Errorf("%v call %s, want %v", got, rdonlyCast, since63)
	}
	if len(callersOf(direct, rdonlyCast)) <= len(since63) {
		t.Error("the programs that load directly do not")
	}
}

// callersOf are the programs that call a function of the kernel.
func callersOf(o *ebpf.CollectionSpec, function string) (names []string) {
	for name, p := range o.Programs {
		if slices.ContainsFunc(p.Instructions, func(i asm.Instruction) bool {
			return i.IsKfuncCall() && i.Reference() == function
		}) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestEveryProgramTells: each program says of which kinds it tells, but those that answer user space, and each kind
// that the kernel side reports is told by one.
func TestEveryProgramTells(t *testing.T) {
	answers := []string{bpf.TracerProgHolders, bpf.TracerProgPreemption, bpf.TracerProgCompareClocks}
	all := map[event.Kind]bool{event.Lost: true, event.Snapshot: true, event.End: true} // which the reader makes
	for name, program := range programs(t) {
		kinds, err := told(program)
		if err != nil && !slices.Contains(answers, name) {
			t.Error(err)
		}
		for _, k := range kinds {
			all[k] = true
		}
	}
	for _, k := range event.Kinds() {
		if !all[k] {
			t.Errorf("no program tells of %v", k)
		}
	}
}

// neverPreempted are programs that need no twin, and why.
var neverPreempted = map[string]string{
	bpf.TracerProgPreemption:          "it tells whether twins are needed",
	bpf.TracerProgSignalGenerate:      "siglock is held, and interrupts are off",
	bpf.TracerProgSignalDeliver:       "likewise",
	bpf.TracerProgProcessReleased:     "tasklist_lock and siglock are held, and interrupts are off",
	bpf.TracerProgParentNotified:      "tasklist_lock is held, and interrupts are off",
	bpf.TracerProgProcessFree:         "a callback of RCU",
	bpf.TracerProgSwitched:            "the lock of the CPU's run queue is held, and interrupts are off",
	bpf.TracerProgRingOverflowed:      "completion_lock is held",
	bpf.TracerProgProcessExitByCount:  "before Linux 6.17, where programs are not preempted",
	bpf.TracerProgRingSubmittedBefore: "before Linux 6.3",
	bpf.TracerProgRingCompletedBefore: "before Linux 6.12",
	bpf.TracerProgGroupLookedAt:       "left out where programs are preempted",
}

// TestTwins: each program that could be preempted has a twin that cannot and tells the same.
func TestTwins(t *testing.T) {
	all := programs(t)
	for name, program := range all {
		if base, ok := strings.CutSuffix(name, unpreemptedSuffix); ok && all[base] == nil {
			t.Errorf("%s is the twin of no program", name)
		}
		if program.Type != ebpf.Tracing || program.AttachType == ebpf.AttachTraceIter ||
			neverPreempted[name] != "" || slices.Contains(socketFunctions, name) { // before Linux 6.3
			continue
		}
		twin := all[name+unpreemptedSuffix]
		if twin == nil {
			t.Errorf("%s can be preempted and has no twin %s", name, name+unpreemptedSuffix)
			continue
		}
		if twin.Type != ebpf.TracePoint {
			t.Errorf("the twin of %s is a %v, which can be preempted, too", name, twin.Type)
		}
		mine, err := told(program)
		if theirs, twinErr := told(twin); err != nil || twinErr != nil || !slices.Equal(mine, theirs) {
			t.Errorf("%s tells of %v (%v), its twin of %v (%v)", name, mine, err, theirs, twinErr)
		}
	}
}

// TestProgramsOfRuntimes: what runs at uprobes is loaded only where there is a place for it.
func TestProgramsOfRuntimes(t *testing.T) {
	all := programs(t)
	for name, program := range all {
		if program.Type == ebpf.Kprobe != runtimePrograms[name] {
			t.Errorf("%s is a program of a runtime: %t, among runtimePrograms: %t", name,
				program.Type == ebpf.Kprobe, runtimePrograms[name])
		}
	}
	for name := range runtimePrograms {
		if all[name] == nil {
			t.Errorf("there is no program %s", name)
		}
	}
}

// TestEveryProgramIsAttached: with both sets of hooks, what is not attached is left out by name, for something better
// or for want of its tracepoint.
func TestEveryProgramIsAttached(t *testing.T) {
	needKernel(t)
	k := lookAtKernel()
	preempts, err := k.preempts()
	if err != nil {
		t.Fatal(err)
	}
	for _, hooks := range []Hooks{Functions, Tracepoints} {
		if hooks == Functions && k.functions() != nil {
			continue
		}
		p, err := Load(Options{Hooks: hooks})
		if err != nil {
			t.Fatal(err)
		}
		attached := map[string]bool{}
		for name := range p.skippable {
			base := strings.TrimSuffix(name, unpreemptedSuffix)
			if attached[base] {
				t.Errorf("%v: %s and its twin are both attached", hooks, base)
			}
			attached[base] = true
		}
		ringsSeen := attached[bpf.TracerProgRingOverflowed]
		leftOut := map[string]bool{
			bpf.TracerProgSnapshot: true, bpf.TracerProgHolders: true, bpf.TracerProgSweepDead: true,
			bpf.TracerProgCompareClocks:       true, // user space runs
			bpf.TracerProgControl:             true,
			bpf.TracerProgEndAllRuns:          true,
			bpf.TracerProgTellAllDropped:      true,
			bpf.TracerProgFilesMet:            true,
			bpf.TracerProgWaitsMet:            true,
			bpf.TracerProgPreemption:          true,
			bpf.TracerProgProcessExit:         attached[bpf.TracerProgProcessExitByCount],
			bpf.TracerProgProcessExitByCount:  attached[bpf.TracerProgProcessExit],
			bpf.TracerProgProcessReleased:     hooks == Tracepoints,
			bpf.TracerProgParentNotified:      hooks == Tracepoints,
			bpf.TracerProgGroupLookedAt:       hooks == Tracepoints || preempts,
			bpf.TracerProgIoUringCreated:      k.arguments("io_uring_create") == 0,
			bpf.TracerProgRingOverflowed:      k.arguments("io_uring_cqe_overflow") < 5,
			bpf.TracerProgRingSubmitted:       !ringsSeen || attached[bpf.TracerProgRingSubmittedBefore],
			bpf.TracerProgRingSubmittedBefore: !ringsSeen || attached[bpf.TracerProgRingSubmitted],
			bpf.TracerProgRingCompleted:       !ringsSeen || attached[bpf.TracerProgRingCompletedBefore],
			bpf.TracerProgRingCompletedBefore: !ringsSeen || attached[bpf.TracerProgRingCompleted],
			bpf.TracerProgReceived:            k.arguments("sock_recv_length") == 0,
			bpf.TracerProgSent:                k.arguments("sock_send_length") == 0,
		}
		for _, name := range socketFunctions {
			leftOut[name] = attached[bpf.TracerProgReceived] || k.functions() != nil
		}
		maps.Copy(leftOut, runtimePrograms)
		for _, name := range stallPrograms { // on request
			leftOut[name] = true
		}
		for name := range programs(t) {
			base := strings.TrimSuffix(name, unpreemptedSuffix)
			if attached[base] == leftOut[base] {
				t.Errorf("%v: %s is attached: %t, left out by name: %t", hooks, base, attached[base], leftOut[base])
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

// mostVerified is how many steps the kernel may take to verify one program. Each costs CPU at every start of tracer; a
// path that a program goes through twice, with other values, doubles those of all that follows.
const mostVerified = 20_000

// TestVerificationIsShort: no program makes the start of tracer long.
func TestVerificationIsShort(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for name, program := range p.collection.Programs {
		info, err := program.Info()
		if err != nil {
			t.Fatal(err)
		}
		if steps, ok := info.VerifiedInstructions(); ok && steps > mostVerified {
			t.Errorf("%s takes %d steps to verify, want at most %d", name, steps, mostVerified)
		}
	}
}

// wireEnums are the enumerations of wire.h whose numbers are those of package event: the field with the names of each.
var wireEnums = map[string]string{"tracer_flag": "flags", "tracer_call": "call", "tracer_disposition": "disposition",
	"tracer_attribute": "subreaper", "tracer_runtime": "runtime", "tracer_how": "how", "tracer_state": "state",
	"tracer_kind": "lost", "tracer_idtype": "idtype", "tracer_limit": "limit",
	"tracer_result": "result", "tracer_reason": "reason", "tracer_occasion": "occasion"}

// ownEnums are those that only the programs and this package know.
var ownEnums = []string{"tracer_direction", "tracer_met", "tracer_made_by", "tracer_ended", "tracer_doing",
	"tracer_waits", "tracer_look"}

// TestNumbersOfWire: an enumerator of wire.h has the number of its name in the table of events.
func TestNumbersOfWire(t *testing.T) {
	for name, enum := range enums(t) {
		field, ok := wireEnums[name]
		if !ok {
			if !slices.Contains(ownEnums, name) {
				t.Errorf("is %s in the numbering of package event? Name it here", name)
			}
			continue
		}
		names := namesOf(t, field)
		for _, v := range enum.Values {
			if v.Name == kindsCounted {
				continue
			}
			number := v.Value
			if name == "tracer_flag" {
				number = uint64(slices.IndexFunc(names, func(n string) bool { return n == inTable(name, v.Name) }))
				if v.Value != 1<<number {
					t.Errorf("%s is %#x in wire.h, and its name is that of bit %d", v.Name, v.Value, number)
				}
				continue
			}
			if number >= uint64(len(names)) || names[number] != inTable(name, v.Name) {
				t.Errorf("%s is %d in wire.h, and not in the table: %q", v.Name, number, names)
			}
		}
	}
	if len(enums(t)) < len(wireEnums)+len(ownEnums) {
		t.Errorf("wire.h has only %v", slices.Sorted(maps.Keys(enums(t))))
	}
}

// kindsCounted is the number of kinds that the kernel side counts, and no kind.
const kindsCounted = "TRACER_KINDS"

// inTable returns the name in the table of an enumerator: without the prefixes.
func inTable(enum, enumerator string) string {
	name := strings.ToLower(strings.TrimPrefix(enumerator, "TRACER_"))
	return strings.TrimPrefix(name, strings.TrimPrefix(enum, "tracer_")+"_")
}

// enums returns those of wire.h, by name.
func enums(t *testing.T) map[string]*btf.Enum {
	t.Helper()
	found := map[string]*btf.Enum{}
	for typ, err := range object(t, true).Types.All() {
		if err != nil {
			t.Fatal(err)
		}
		if enum, ok := typ.(*btf.Enum); ok && strings.HasPrefix(enum.Name, "tracer_") {
			found[enum.Name] = enum
		}
	}
	return found
}

// namesOf returns the names of a field's values or bits.
func namesOf(t *testing.T, field string) []string {
	t.Helper()
	fields := slices.Clone(event.Common)
	for _, k := range event.Kinds() {
		fields = append(fields, k.Spec().Fields...)
	}
	i := slices.IndexFunc(fields, func(f event.Field) bool { return f.Name == field })
	if i < 0 {
		t.Fatalf("no event has a field %s", field)
	}
	return fields[i].Names
}

// TestEveryKindIsDecoded: a kind that wire.h names has a decoder, and no other has one.
func TestEveryKindIsDecoded(t *testing.T) {
	onWire := map[event.Kind]bool{}
	for _, v := range enums(t)["tracer_kind"].Values {
		onWire[event.Kind(v.Value)] = v.Name != kindsCounted
	}
	for _, k := range event.Kinds() {
		if has := decoders[k].fill != nil; has != onWire[k] {
			t.Errorf("%v has a decoder: %t, stands in wire.h: %t", k, has, onWire[k])
		}
	}
}

// TestDecodersFillTheirRows: what a decoder takes from a record stands in the row of its kind, or recordings and JSON
// would not have it; and what stands there is taken, but for what the reader adds.
func TestDecodersFillTheirRows(t *testing.T) {
	added := map[string]bool{"seen.path": true, "seen.args": true, "fork.comm": true}
	random := rand.New(rand.NewPCG(1, 2))
	// Among the records are all directions, all families of addresses, and the call that has one of its own
	bytes := []byte{0, 0, unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, byte(event.Bind)}
	for _, k := range event.Kinds() {
		if decoders[k].fill == nil {
			continue
		}
		taken := map[string]bool{}
		raw := make([]byte, decoders[k].size)
		if k == event.Exit { // the longest one
			raw = make([]byte, unsafe.Sizeof(bpf.TracerHandingExitRecord{}))
		}
		for range 2000 {
			for i := range raw {
				raw[i] = bytes[random.IntN(len(bytes))]
			}
			(*bpf.TracerRecordHeader)(unsafe.Pointer(&raw[0])).Kind = uint16(k)
			var e event.Event
			if err := new(material).decode(raw, &e); err != nil {
				t.Fatal(err)
			}
			rest := event.Event{Kind: k}
			for _, f := range slices.Concat(event.Common, k.Spec().Fields) {
				if f.Type == event.String {
					f.SetText(&rest, f.Text(&e))
					taken[f.Name] = taken[f.Name] || f.Text(&e) != ""
				} else {
					f.SetNumber(&rest, f.Number(&e))
					taken[f.Name] = taken[f.Name] || f.Number(&e) != 0
				}
			}
			if diff := cmp.Diff(rest, e); diff != "" {
				t.Errorf("%v: the row lacks what its decoder takes (-row +decoded):\n%s", k, diff)
				break
			}
		}
		for _, f := range k.Spec().Fields {
			if !taken[f.Name] && !added[k.String()+"."+f.Name] {
				t.Errorf("%v.%s: no decoder takes it from the record", k, f.Name)
			}
		}
	}
}

// mostStack is MAX_BPF_STACK: what a function and those that it calls can have together.
const mostStack = 512

// stackFrame is a function of a program: how much of the stack it uses, and which it calls, or hands to one that does.
type stackFrame struct {
	size  int
	calls map[string]bool
}

// stackFrames finds the functions of a program.
func stackFrames(p *ebpf.ProgramSpec) map[string]*stackFrame {
	called := map[string]bool{p.Instructions[0].Symbol(): true}
	for i := range p.Instructions {
		if in := &p.Instructions[i]; in.IsFunctionCall() || in.IsFunctionReference() {
			called[in.Reference()] = true
		}
	}
	found := map[string]*stackFrame{}
	var f *stackFrame
	var copied [asm.R10 + 1]bool // registers that have the frame's address
	for _, in := range p.Instructions {
		if name := in.Symbol(); called[name] {
			f, copied = &stackFrame{calls: map[string]bool{}}, [asm.R10 + 1]bool{}
			found[name] = f
		}
		class := in.OpCode.Class()
		switch {
		case in.IsFunctionCall() || in.IsFunctionReference():
			f.calls[in.Reference()] = true
		case class.IsStore() && in.Dst == asm.R10, class.IsLoad() && in.Src == asm.R10:
			f.size = max(f.size, -int(in.Offset))
		case class.IsALU() && in.OpCode.ALUOp() == asm.Mov && in.OpCode.Source() == asm.RegSource:
			copied[in.Dst] = in.Src == asm.R10
		case class.IsALU() && in.OpCode.ALUOp() == asm.Add && in.OpCode.Source() == asm.ImmSource && copied[in.Dst]:
			f.size = max(f.size, -int(in.Constant))
			copied[in.Dst] = false
		}
	}
	return found
}

// stack is what a function needs with all that it calls, by the count of Linux 6.1, which is the strictest: of each a
// multiple of 32 bytes (check_max_stack_depth in kernel/bpf/verifier.c).
func stack(functions map[string]*stackFrame, name string) int {
	deepest := 0
	for callee := range functions[name].calls {
		deepest = max(deepest, stack(functions, callee))
	}
	return (max(functions[name].size, 1)+31)/32*32 + deepest
}

// TestStacksFit: no program needs more of the stack than any kernel lets it have.
func TestStacksFit(t *testing.T) {
	for _, directly := range []bool{true, false} {
		for name, program := range object(t, directly).Programs {
			if n := stack(stackFrames(program), program.Instructions[0].Symbol()); n > mostStack {
				t.Errorf("%s (directly: %t) and what it calls take %d bytes of the stack, want at most %d", name,
					directly, n, mostStack)
			}
		}
	}
}
