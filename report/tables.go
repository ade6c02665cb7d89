package report

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/query"
	"tracer/record"
	"tracer/text"
	"tracer/words"
)

// facts say what was run, and on what.
func facts(r *record.Recording, s *export.Summary, target string, l *words.Language) (rows [][2]string) {
	meta, say := r.Meta(), &l.Report
	add := func(title, content string) {
		if content != "" {
			rows = append(rows, [2]string{title, content})
		}
	}
	add(say.Traced, target)
	if !meta.Wall.IsZero() {
		add(say.When, meta.Wall.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	add(say.Kernel, strings.TrimSpace("Linux "+text.Escape(meta.Kernel+" "+meta.Arch)))
	if meta.CPUs > 0 {
		add(say.CPUs, strconv.Itoa(meta.CPUs))
	}
	add(say.Tracer, text.Escape(meta.Tracer))
	add(say.Took, text.DurationText(event.Time(s.Seconds*1e9)))
	if command := command(r); command != "" {
		rows = append(rows, [2]string{say.Again, "sudo tracer record -o a.trc -- " + command})
	}
	return rows
}

// phases are those of the connections, by how long they took.
func phases(rows *query.Rows, l *words.Language) (all []phase) {
	say := &l.Report
	for _, p := range []struct {
		name string
		of   func(c *query.Connection) any
	}{
		{say.Queued, func(c *query.Connection) any { return c.Queued }},
		{say.ToSpawn, func(c *query.Connection) any { return c.Spawned }},
		{say.ToRead, func(c *query.Connection) any { return c.FirstRead }},
		{say.ToReply, func(c *query.Connection) any { return c.FirstReply }},
		{say.ToClose, func(c *query.Connection) any { return c.Closed }},
	} {
		var times []float64
		for i := range rows.Connections {
			if ms, ok := p.of(&rows.Connections[i]).(float64); ok {
				times = append(times, ms)
			}
		}
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		at := func(share int) string { return milliseconds(query.NearestRank(times, share)) }
		all = append(all, phase{p.name, len(times), at(50), at(90), at(99), at(100)})
	}
	return all
}

func milliseconds(ms float64) string { return text.DurationText(event.Time(ms * 1e6)) }

// ledger has a row for each process that had children which ended while it was their parent.
func ledger(m *model.Model, l *words.Language) (all []ledgerRow) {
	byPID := map[event.PID][]*model.Process{} // the holders of each id, the oldest first
	m.Walk(func(p *model.Process, _ int) bool {
		byPID[p.PID] = append(byPID[p.PID], p)
		return true
	})
	for _, holders := range byPID {
		slices.SortFunc(holders, func(a, b *model.Process) int { return cmp.Compare(a.Number, b.Number) })
	}
	entries := map[*model.Process]*ledgerRow{}
	m.Walk(func(c *model.Process, _ int) bool {
		p, left := parentAtEnd(byPID, c)
		if c.State == model.Alive || c.Root || p == nil {
			return true
		}
		row := entries[p]
		if row == nil {
			row = newLedgerRow(p, l)
			entries[p] = row
		}
		row.count(c, left)
		return true
	})
	parents := slices.SortedFunc(maps.Keys(entries), func(a, b *model.Process) int {
		return cmp.Compare(a.Number, b.Number)
	})
	for _, p := range parents {
		row := entries[p]
		if told := row.Queued + row.Coalesced + row.Discarded; told < row.Ended {
			row.None = row.Ended - told
		}
		all = append(all, *row)
	}
	return all
}

// parentAtEnd returns the parent that a process had when it ended, nil when that was not traced, and whether that left
// it behind as a zombie.
func parentAtEnd(byPID map[event.PID][]*model.Process, c *model.Process) (p *model.Process, left bool) {
	leaving := c.Leaving()
	if leaving == nil || !leaving.Zombie {
		return c.Parent(), false
	}
	for _, holder := range byPID[leaving.From] {
		if holder.Born <= c.Ended {
			p = holder
		}
	}
	return p, true
}

func newLedgerRow(p *model.Process, l *words.Language) *ledgerRow {
	s := p.Signals()
	return &ledgerRow{Who: l.Report.Process(int(p.PID), text.Escape(string(p.Comm))), Queued: s.Queued,
		Coalesced: s.Coalesced, Discarded: s.Ignored, Delivered: s.Delivered}
}

// count takes in a child that ended.
func (r *ledgerRow) count(c *model.Process, left bool) {
	r.Ended++
	switch {
	case left:
		r.Left++
	case c.State == model.Zombie:
		r.Zombies++
	case c.Reaping == model.ByKernel:
		r.ByKernel++
	case c.Reaping == model.Dropped:
		r.Dropped++
	case c.Reaping == model.NotReaped:
		r.Unseen++
	default:
		r.Reaped++
	}
}
