package report

import (
	"encoding/json"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLedger: a snapshot does not change any more, and what is counted elsewhere is in it once.
func TestLedger(t *testing.T) {
	var l Ledger
	l.Begin(Report{Model: "loop"})
	elsewhere := int64(2)
	l.SetLive(func(r *Report) { r.Delivered += elsewhere })
	l.Call(Accept)
	l.Failed(Accept, unix.EMFILE)
	l.Failed("serve", errors.New("no errno"))
	l.Note(func(r *Report) { r.CountReaped(unix.WaitStatus(3 << 8)); r.CountReaped(unix.WaitStatus(9)) })
	first := l.Snapshot()
	l.Call(Accept)
	elsewhere++
	l.SettleLive()
	elsewhere++
	last := l.Snapshot()
	if first.Calls[Accept] != 1 || first.Delivered != 2 || last.Calls[Accept] != 2 || last.Delivered != 3 {
		t.Errorf("first %v, then %v", first, last)
	}
	if first.Errors["accept4: EMFILE"] != 1 || first.Errors["serve: no errno"] != 1 || first.Reaped != 2 ||
		first.ExitCodes[3] != 1 || first.ExitSignals[9] != 1 || first.Model != "loop" {
		t.Errorf("%v", first)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(first.String()), &fields); err != nil || fields["reaped_by_parent"] != 2.0 {
		t.Errorf("%v, %v", err, fields)
	}
}
