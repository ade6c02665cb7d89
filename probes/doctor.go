package probes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Finding is one row of the doctor's table.
type Finding struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed"`           // without it nothing can be traced
	Detail string `json:"detail,omitempty"` // what was found
	Remedy string `json:"remedy,omitempty"` // when it is not ok
}

// Findings is the doctor's table.
type Findings []Finding

// Works reports whether all that is needed is there.
func (f Findings) Works() bool {
	for _, row := range f {
		if row.Needed && !row.OK {
			return false
		}
	}
	return true
}

// JSON writes the table for programs.
func (f Findings) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Works    bool     `json:"works"`
		Findings Findings `json:"findings"`
	}{f.Works(), f})
}

// Text writes the table for people.
func (f Findings) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range f {
		mark := "ok"
		switch {
		case !row.OK && row.Needed:
			mark = "MISSING"
		case !row.OK:
			mark = "absent"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", mark, row.What, row.Detail)
		if !row.OK && row.Remedy != "" {
			fmt.Fprintf(t, "\t  remedy:\t%s\n", row.Remedy)
		}
	}
	verdict := "tracer works here"
	if !f.Works() {
		verdict = "tracer does not work here yet: see the remedies"
	}
	fmt.Fprintln(t, verdict)
	return t.Flush()
}

// Examine finds out what this kernel offers, by trying: a version or a configuration says too little. It leaves nothing
// behind.
func Examine() (f Findings) {
	_ = withPrivilege(func() error {
		f = examineAll()
		return nil
	})
	return f
}

func examineAll() (f Findings) {
	for _, r := range requirements {
		f = append(f, examine(r.what, true, r.check))
		if !f.Works() {
			return f // what follows can be found out only where all of that is there
		}
	}
	k := lookAtKernel()
	return append(f,
		examine("tracer's own programs load and attach", true, tried(examinePrograms)),
		Finding{What: "exit tells the end of the group", OK: k.arguments("sched_process_exit") == 3,
			Detail: "else the count of living threads does"},
		Finding{What: "a reaping is seen where it happens", OK: k.functions() == nil,
			Detail: "posix_cpu_timers_exit_group, do_notify_parent; else the returns of the wait calls tell"},
		examinePreemption(k),
		Finding{What: "tracepoints where sockets are read and written", OK: k.arguments("sock_recv_length") > 0,
			Detail: "else fexit on the functions"},
		examine("fentry, fexit", false, tried(k.functions)),
		examine("uprobe, for coroutines", false, tried(examineUprobe)))
}

// tried makes a check of what has nothing to tell when it works.
func tried(try func() error) func() (string, error) {
	return func() (string, error) { return "", try() }
}

func examine(what string, needed bool, check func() (string, error)) Finding {
	row := Finding{What: what, OK: true, Needed: needed}
	var err error
	if row.Detail, err = check(); err != nil {
		row.OK, row.Detail = false, brief(err)
		var unsupported *Unsupported
		if errors.As(err, &unsupported) {
			row.Detail, row.Remedy = unsupported.What, unsupported.Remedy
		}
	}
	return row
}

// examinePreemption finds out by which handlers programs on tracepoints run, so that none is skipped.
func examinePreemption(k *kernel) Finding {
	row := Finding{What: "programs on BTF tracepoints are not preempted", OK: true,
		Detail: "else perf's handlers run them, or the kernel would skip some"}
	if preempts, err := k.preempts(); err != nil {
		row.OK, row.Detail = false, brief(err)
	} else if preempts {
		row.OK = false
	}
	return row
}

// examinePrograms loads and attaches all that tracer needs, and takes it away again.
func examinePrograms() error {
	p, err := Load(Options{Buffer: os.Getpagesize()})
	if err != nil {
		return err
	}
	return p.Close()
}

// examineUprobe attaches to the function with which tracer itself began, which will not run again.
func examineUprobe() error {
	x, err := openExecutable(selfLink)
	if err != nil {
		return err
	}
	defer x.Close()
	kind := uprobeKind()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.Kprobe, AttachType: kind,
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, License: "Dual MIT/GPL"})
	if err != nil {
		return errors.New("the kernel refuses to load such a program")
	}
	defer program.Close()
	place, err := x.place("", x.Entry)
	if err != nil {
		return err
	}
	l, err := attachUprobe(place, program, kind)
	if err != nil {
		return errors.New("the kernel refuses to attach such a program")
	}
	return l.Close()
}
