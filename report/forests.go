package report

import (
	"errors"
	"slices"
	"strings"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/record"
	"tracer/text"
	"tracer/words"
)

// forest is the tree of those that were there right after an event.
type forest struct {
	Title string
	Tree  string
}

// peaks are where the most tasks lived, and where the most zombies were, each for the first time.
type peaks struct {
	next           uint64 // ordinal
	tasks, zombies peak
}

// peak is the most that there was, right behind an event.
type peak struct {
	most uint64
	at   uint64 // its ordinal
}

func (p *peak) look(n, ordinal uint64) {
	if n > p.most {
		p.most, p.at = n, ordinal
	}
}

// look takes in what there is behind an event.
func (p *peaks) look(m *model.Model, e *event.Event) {
	ordinal := p.next
	p.next += model.Places(e)
	switch e.Kind {
	case event.Seen, event.Fork, event.Exec, event.Exit, event.Snapshot, event.Wait, event.Release:
		c := m.Counters()
		p.tasks.look(c.Tasks(), ordinal)
		p.zombies.look(c.ZombiesNow, ordinal)
	}
}

// view is an event behind which the forest is shown, and why.
type view struct {
	ordinal, index uint64
	title          string
}

// and returns the peaks and other events that there are.
func (p *peaks) and(at []uint64, moments *moments, say *words.ReportWords) (views []view) {
	add := func(ordinal uint64, title string) {
		if i, ok := moments.index(ordinal); ok {
			views = append(views, view{ordinal, i, title})
		}
	}
	if p.tasks.most > 0 {
		add(p.tasks.at, say.MostTasks)
	}
	if p.zombies.most > 0 {
		add(p.zombies.at, say.MostZombies)
	}
	for _, ordinal := range at {
		add(ordinal, say.AsAsked)
	}
	return views
}

// errEnough ends a reading.
var errEnough = errors.New("enough")

// forests reads the recording once more, up to the last of the events, and returns the forest behind each.
func forests(r *record.Recording, o *Options, views []view, start event.Time) ([]forest, error) {
	if len(views) == 0 {
		return nil, nil
	}
	flaws := r.Flaws()
	if err := r.Rewind(); err != nil {
		return nil, err
	}
	defer r.SetFlaws(flaws) // also of what this reading does not reach
	names := newNamer(o.Names)
	all, left, m, i := make([]forest, len(views)), len(views), model.New(model.Options{}), uint64(0)
	err := export.Each(r, func(e *event.Event) error {
		e = names.replaced(e)
		m.Apply(e)
		for n, v := range views {
			if v.index != i {
				continue
			}
			var b strings.Builder
			export.WriteForest(&b, m, o.Words)
			all[n] = forest{o.Words.Report.ForestAt(v.title, v.ordinal, text.DurationText(e.Time-start)), b.String()}
			left--
		}
		if i++; left == 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return slices.Compact(all), err
}
