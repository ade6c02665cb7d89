package show

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tracer/servers/load"
	"tracer/text"
	"tracer/words"
)

// Load writes what came of a load, a few lines.
func Load(w io.Writer, l *words.Language, r *load.Result) error {
	say := &l.Load
	how := say.AtOnce(r.Concurrency)
	if r.Rate > 0 {
		how = say.ByTheClock(strconv.FormatFloat(r.Rate, 'g', -1, 64), r.Concurrency)
	}
	rows := [][]string{
		{say.ConnectionsTitle, say.Connections(uint64(r.Connections), uint64(r.Failed), float64(r.Elapsed)/1e3, how)},
		{say.RequestsTitle, say.Requests(uint64(r.Requests), strconv.FormatFloat(r.PerSecond, 'f', 0, 64),
			uint64(r.Sent), uint64(r.Received))},
		{say.ConnectTitle, times(say, &r.Connect)},
		{say.LatencyTitle, times(say, &r.Latency)},
	}
	for _, what := range slices.Sorted(maps.Keys(r.Errors)) {
		rows = append(rows, []string{say.ErrorTitle, say.Error(text.Escape(what), uint64(r.Errors[what]))})
	}
	_, err := fmt.Fprintln(w, strings.Join(text.Columns(rows), "\n"))
	return err
}

func times(say *words.LoadWords, t *load.Latency) string {
	return say.Times(t.Min.String(), t.Mean.String(), t.P50.String(), t.P90.String(), t.P99.String(), t.P999.String(),
		t.Max.String())
}

// Unmeasured returns the error of a load that measured nothing, nil when a request was answered.
func Unmeasured(r *load.Result) error {
	if r.Requests > 0 {
		return nil
	}
	return &words.Error{Say: func(l *words.Language) string {
		what, n := r.Commonest()
		switch {
		case r.Failed == 0:
			return l.Load.NoneBegun(r.Address)
		case len(r.Errors) > 1:
			what = l.Load.Mostly(what, uint64(n))
		}
		return l.Load.NoneAnswered(r.Address, uint64(r.Failed), what)
	}}
}
