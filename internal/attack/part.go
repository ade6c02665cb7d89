package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// part is one kind of attack.
type part struct {
	name  string
	share float64 // of the time
	begin func(*stage) (attempt, error)
}

// attempt is one try of a part. What it expects and does not see it says to the try; an error is one of the attack
// itself.
type attempt struct {
	try   func(context.Context, *try) error
	least int // as many tries are done even when the time is up: one for each row of a table
}

var parts = []part{
	{"kills", 5, beginKills},
	{"floods", 4, beginFloods},
	{"limits", 4, beginLimits},
	{"recordings", 4, beginRecordings},
	{"names", 2, beginNames},
	{"servers", 4, beginServers},
}

func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// choose returns the parts of these names, all if there are none.
func choose(names []string) ([]part, error) {
	if len(names) == 0 {
		return parts, nil
	}
	var chosen []part
	for _, name := range names {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("%q is no part; there are %s", name, strings.Join(partNames(), ", "))
		}
		chosen = append(chosen, parts[i])
	}
	return chosen, nil
}

// try is one attempt under way, with a folder and a source of chance of its own.
type try struct {
	*stage
	*rand.Rand
	number int
	folder string
	doing  string // in words, for who reads of a failure
	wrong  []difference
	counts map[string]int
	before []int          // the children that were there when it began
	later  []func() error // what is to be done when it is over
}

// after has something done when the try is over; the last is the first.
func (t *try) after(do func() error) { t.later = append(t.later, do) }

// clean does it.
func (t *try) clean() error {
	var errs []error
	for _, do := range slices.Backward(t.later) {
		errs = append(errs, do())
	}
	return errors.Join(append(errs, os.RemoveAll(t.folder))...)
}

// difference is what was expected and what was seen, and while doing what.
type difference struct{ doing, want, got string }

// fail notes what was expected and what was seen.
func (t *try) fail(want string, got any) {
	t.wrong = append(t.wrong, difference{t.doing, want, strings.TrimSpace(fmt.Sprint(got))})
}

// count adds to a figure of the part's line.
func (t *try) count(what string, n int) { t.counts[what] += n }

// most raises a figure of the part's line.
func (t *try) most(what string, n int) { t.counts[what] = max(t.counts[what], n) }

// file is a path in the folder of the try.
func (t *try) file(name string) string { return filepath.Join(t.folder, name) }

// pick draws one of several.
func pick[T any](t *try, from []T) T { return from[t.IntN(len(from))] }

// report is what came of a part.
type report struct {
	part
	begin         time.Time
	tries, failed int
	counts        map[string]int
}

func (r *report) line(seed uint64) string {
	var counts []string
	for _, name := range slices.Sorted(maps.Keys(r.counts)) {
		counts = append(counts, fmt.Sprintf("%s %d", name, r.counts[name]))
	}
	return fmt.Sprintf("%-10s  %d tries, %d failed, %.0f s, seed %d: %s", r.name, r.tries, r.failed,
		time.Since(r.begin).Seconds(),
		seed, strings.Join(counts, ", "))
}

// failuresShown is how many failures of a part are told in full.
const failuresShown = 20

// do runs the tries of a part until its time is up.
func (s *stage) do(ctx context.Context, r *report, until time.Time, only int) (err error) {
	defer func() { err = errors.Join(err, s.end()) }()
	r.counts = map[string]int{}
	s.folder = filepath.Join(s.root, r.name)
	if err := os.Mkdir(s.folder, 0o755); err != nil {
		return err
	}
	a, err := r.part.begin(s)
	if err != nil {
		return err
	}
	for n := 0; ctx.Err() == nil && (n < a.least || time.Now().Before(until)); n++ {
		if only >= 0 {
			n = only
		}
		t := s.newTry(r, n)
		if err := errors.Join(os.Mkdir(t.folder, 0o755), a.try(ctx, t), t.clean()); err != nil {
			return fmt.Errorf("try %d, %s: %w", n, t.doing, err)
		}
		r.tries++
		if len(t.wrong) > 0 && ctx.Err() == nil {
			if r.failed++; r.failed <= failuresShown {
				t.tell(r.name)
			}
		}
		if only >= 0 {
			break
		}
	}
	return nil
}

func (s *stage) newTry(r *report, n int) *try {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", r.name, n)
	return &try{stage: s, Rand: rand.New(rand.NewPCG(s.seed, h.Sum64())), number: n, counts: r.counts,
		before: children(),
		folder: filepath.Join(s.folder, fmt.Sprint("try-", n))}
}

// tell prints a failure, with the command that repeats it.
func (t *try) tell(part string) {
	doing := ""
	for _, d := range t.wrong {
		if d.doing != doing {
			doing = d.doing
			fmt.Fprintf(os.Stderr, "%s, try %d: %s\n", part, t.number, harmless(doing))
		}
		fmt.Fprintf(os.Stderr, "  want   %s\n  got    %s\n", harmless(d.want),
			strings.ReplaceAll(shortened(d.got), "\n", "\n         "))
	}
	fmt.Fprintf(os.Stderr, "  again  scripts/attack -seed %d -try %d %s\n", t.seed, t.number, part)
}

// shortened keeps the beginning of a long text, and makes it harmless for the terminal.
func shortened(text string) string {
	const most = 1500
	if len(text) > most {
		text = text[:most] + " ..."
	}
	return harmless(text)
}
