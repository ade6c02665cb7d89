package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Run makes the load and returns what came of it. It ends when Count connections are done, when Duration is over (what
// has begun is finished), or when ctx ends (what has begun is cut off and not counted). The error tells of
// options that make no sense; that connections fail is part of the Result.
func Run(ctx context.Context, options Options) (Result, error) {
	o, err := options.complete()
	if err == nil {
		err = o.checkAddress()
	}
	if err != nil {
		return Result{}, err
	}
	start := time.Now()
	o.Pace.begin(start)
	tickets := schedule{options: o, start: start}
	results := newRecorder(o)
	var clients, added sync.WaitGroup
	number := 0
	add := func(group *sync.WaitGroup, limit int) {
		for ; number < limit; number++ {
			c := client{options: o, recorder: results, number: number}
			group.Go(func() { c.run(ctx, &tickets) })
		}
	}
	add(&clients, min(o.Concurrency, o.Count))
	burst := int64(o.Count) // the numbers of its connections are no others
	o.Pace.open(func(limit int) { add(&added, limit) }, func() {
		c, n := client{options: o, recorder: results}, burst
		burst++
		added.Go(func() { c.once(ctx, n, time.Now()) })
	})
	clients.Wait()
	o.Pace.open(nil, nil)
	added.Wait()
	return results.finish(time.Since(start)), nil
}

// schedule hands out connections to make: their numbers, and in an open loop their times.
type schedule struct {
	options Options
	start   time.Time
	next    atomic.Int64
}

// take returns the number of the next connection, from 0, and the moment at which it is due. It waits for that moment.
// ok is false when there is none left.
func (s *schedule) take(ctx context.Context) (number int64, due time.Time, ok bool) {
	number = s.next.Add(1) - 1
	if number >= int64(s.options.Count) {
		s.options.Pace.finish()
		return 0, due, false
	}
	end := s.start.Add(s.options.Duration)
	after := time.Duration(0)
	if s.options.Rate > 0 {
		seconds := min(float64(number-number%int64(s.options.Burst))/s.options.Rate, 1e9) // longer than any load
		after = time.Duration(seconds * float64(time.Second))
	}
	if due, ok = s.options.Pace.wait(ctx, after, end); !ok {
		return 0, due, false
	}
	if s.options.Rate == 0 {
		due = time.Now()
	}
	return number, due, true
}
