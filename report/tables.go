package report

import (
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
func phases(connections []query.Connection, l *words.Language) (all []phase) {
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
		for i := range connections {
			if ms, ok := p.of(&connections[i]).(float64); ok {
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
	for _, a := range model.AccountsOf(m) {
		who := l.Report.Process(int(a.Process.PID), text.Escape(string(a.Process.Comm)))
		all = append(all, ledgerRow{who, a})
	}
	return all
}
