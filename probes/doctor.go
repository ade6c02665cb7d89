package probes

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"tracer/text"
	"tracer/words"
)

// Finding is one row of the doctor's table.
type Finding struct {
	What   words.Message `json:"what"`
	OK     bool          `json:"ok"`
	Needed bool          `json:"needed"`          // without it nothing can be traced
	Detail words.Message `json:"detail,omitzero"` // what was found
	Remedy words.Message `json:"remedy,omitzero"` // when it is not ok
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
func (f Findings) Text(w io.Writer, l *words.Language) error {
	var rows [][]string
	for _, row := range f {
		mark := l.Doctor.OK
		switch {
		case !row.OK && row.Needed:
			mark = l.Doctor.Missing
		case !row.OK:
			mark = l.Doctor.Absent
		}
		detail := ""
		if row.Detail != nil {
			detail = row.Detail(l)
		}
		rows = append(rows, []string{mark, row.What(l), detail})
		if !row.OK && row.Remedy != nil {
			rows = append(rows, []string{"", l.Doctor.Remedy, row.Remedy(l)})
		}
	}
	verdict := l.Doctor.Works
	if !f.Works() {
		verdict = l.Doctor.Fails
	}
	_, err := io.WriteString(w, strings.Join(append(text.Columns(rows), verdict), "\n")+"\n")
	return err
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
		examine(func(l *words.Language) string { return l.Doctor.Programs }, true, tried(examinePrograms)),
		Finding{What: func(l *words.Language) string {
			return l.Doctor.GroupDead
		}, OK: k.arguments("sched_process_exit") == 3,
			Detail: func(l *words.Language) string { return l.Doctor.GroupDeadElse }},
		Finding{What: func(l *words.Language) string { return l.Doctor.Reaping }, OK: k.functions() == nil,
			Detail: func(l *words.Language) string { return l.Doctor.ReapingElse }},
		examinePreemption(k),
		Finding{What: func(l *words.Language) string {
			return l.Doctor.SocketEvents
		}, OK: k.arguments("sock_recv_length") > 0,
			Detail: func(l *words.Language) string { return l.Doctor.SocketElse }},
		examine(func(l *words.Language) string { return l.Doctor.FunctionProbes }, false, tried(k.functions)),
		examine(func(l *words.Language) string { return l.Doctor.Uprobe }, false, tried(examineUprobe)))
}

// tried makes a check of what has nothing to tell when it works.
func tried(try func() error) func() (words.Message, error) {
	return func() (words.Message, error) { return nil, try() }
}

func examine(what words.Message, needed bool, check func() (words.Message, error)) Finding {
	row := Finding{What: what, OK: true, Needed: needed}
	var err error
	if row.Detail, err = check(); err != nil {
		row.OK, row.Detail = false, func(l *words.Language) string { return firstLine(l.Error(err)) }
		var unsupported *Unsupported
		if errors.As(err, &unsupported) {
			row.Detail = func(l *words.Language) string { return unsupported.Problem(l).What }
			row.Remedy = func(l *words.Language) string { return unsupported.Problem(l).Remedy }
		}
	}
	return row
}

// examinePreemption finds out by which handlers programs on tracepoints run, so that none is skipped.
func examinePreemption(k *kernel) Finding {
	row := Finding{What: func(l *words.Language) string { return l.Doctor.Preemption }, OK: true,
		Detail: func(l *words.Language) string { return l.Doctor.PreemptionElse }}
	if preempts, err := k.preempts(); err != nil {
		row.OK, row.Detail = false, words.Verbatim(brief(err))
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
		return errNotLoadable
	}
	defer program.Close()
	place, err := x.place("", x.Entry)
	if err != nil {
		return err
	}
	l, err := attachUprobe(place, program, kind)
	if err != nil {
		return errNotAttachable
	}
	return l.Close()
}

// What the kernel refuses, whatever its reasons are.
var (
	errNotLoadable   = &words.Error{Say: func(l *words.Language) string { return l.Doctor.NotLoadable }}
	errNotAttachable = &words.Error{Say: func(l *words.Language) string { return l.Doctor.NotAttachable }}
)
