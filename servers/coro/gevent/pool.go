package gevent

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// ErrPoolFull is returned when a pool has no room and there is no time to wait for it.
var ErrPoolFull = errors.New("pool is full")

// Pool is a group of greenlets that may have a limit: who spawns one more then waits until another has ended.
type Pool struct {
	hub     *Hub
	size    int
	room    *Semaphore // nil: no limit
	members map[*Greenlet]*Link
	dying   map[*Greenlet]bool
	empty   *Event
}

// NewPool makes a pool of at most size greenlets. A negative size is a panic.
func NewPool(h *Hub, size int) *Pool {
	if size < 0 {
		panic(fmt.Errorf("pool size %d: use at least 0", size))
	}
	p := NewGroup(h)
	p.size, p.room = size, NewSemaphore(h, size)
	return p
}

// NewGroup makes a pool without a limit.
func NewGroup(h *Hub) *Pool {
	p := &Pool{hub: h, members: map[*Greenlet]*Link{}, dying: map[*Greenlet]bool{}, empty: NewEvent(h)}
	p.empty.set = true
	return p
}

// Len is how many greenlets there are in the pool.
func (p *Pool) Len() int { return len(p.members) }

// Has reports whether a greenlet is in the pool.
func (p *Pool) Has(g *Greenlet) bool { _, ok := p.members[g]; return ok }

// Free is how many more there is room for; 1 if there is no limit.
func (p *Pool) Free() int {
	if p.room == nil {
		return 1
	}
	return max(0, p.size-len(p.members))
}

// Full reports whether there is no room.
func (p *Pool) Full() bool { return p.Free() == 0 }

// WaitAvailable waits for room and returns how much there is; 0 if the time was over.
func (p *Pool) WaitAvailable(timeout time.Duration) (int, error) {
	if p.room == nil {
		return 1, nil
	}
	return p.room.Wait(timeout)
}

// Add puts a greenlet into the pool, and waits for room. When the time is over the error is ErrPoolFull.
func (p *Pool) Add(g *Greenlet, timeout time.Duration) error {
	if p.room != nil {
		ok := p.room.TryAcquire()
		if !ok && timeout != 0 {
			var err error
			if ok, err = p.room.Acquire(timeout); err != nil {
				return err
			}
		}
		if !ok {
			return ErrPoolFull
		}
	}
	p.empty.Clear()
	p.members[g] = nil
	p.members[g] = g.RawLink(p.remove)
	return nil
}

func (p *Pool) remove(g *Greenlet) {
	delete(p.members, g)
	delete(p.dying, g)
	if len(p.members) == 0 {
		p.empty.Set()
	}
	if p.room != nil {
		p.room.Release()
	}
}

// Discard takes a greenlet out of the pool; it goes on.
func (p *Pool) Discard(g *Greenlet) {
	if link, ok := p.members[g]; ok {
		link.Unlink()
		p.remove(g)
	}
}

// Start puts a greenlet into the pool, as Add does, and starts it.
func (p *Pool) Start(g *Greenlet, timeout time.Duration) error {
	if err := p.Add(g, timeout); err != nil {
		return err
	}
	g.Start()
	return nil
}

// Spawn waits for room and spawns a greenlet. The error is what is thrown into the caller meanwhile.
func (p *Pool) Spawn(run Func) (*Greenlet, error) {
	g := NewGreenlet(p.hub, run)
	return g, p.Start(g, Forever)
}

// Join waits until the pool is empty. It is false if the time was over before.
func (p *Pool) Join(timeout time.Duration) (bool, error) { return p.empty.Wait(timeout) }

// Kill throws err, or ErrExit if that is nil, into all greenlets of the pool, and into those that come meanwhile, and
// waits for their end. That the time is over before is no error.
func (p *Pool) Kill(err error, timeout time.Duration) error {
	_, wrong := p.hub.Within(timeout, func() error {
		for len(p.members) > 0 {
			p.KillSoon(err)
			if _, err := p.hub.JoinAll(p.list(), JoinOptions{}); err != nil {
				return err
			}
		}
		return nil
	})
	return wrong
}

// KillSoon is Kill without the wait.
func (p *Pool) KillSoon(err error) {
	for _, g := range p.list() {
		if !p.dying[g] {
			p.dying[g] = true
			g.KillSoon(err)
		}
	}
}

func (p *Pool) list() []*Greenlet {
	return slices.SortedFunc(maps.Keys(p.members), func(a, b *Greenlet) int { return a.ident - b.ident })
}

// Apply runs a function in the pool and returns its result. One of the pool's own greenlets runs it itself.
func (p *Pool) Apply(run Func) (any, error) {
	if me := p.hub.Current(); me != nil && p.Has(me) {
		return run()
	}
	g, err := p.Spawn(run)
	if err != nil {
		return nil, err
	}
	return g.Get(Forever)
}

// ApplyAsync is Apply that does not wait, also not for room. The callback, if there is one, gets a successful result.
func (p *Pool) ApplyAsync(run Func, callback func(any)) *Greenlet {
	var g *Greenlet
	if p.Full() {
		g = p.hub.Spawn(func() (any, error) { return p.Apply(run) })
	} else {
		g = NewGreenlet(p.hub, run)
		if err := p.Start(g, 0); err != nil {
			panic(err) // there was room
		}
	}
	if callback != nil {
		g.LinkValue(func(g *Greenlet) { callback(g.Value()) })
	}
	return g
}

// Map calls f with each item, in the pool, and returns the results in the order of the items, or the first error in it.
func Map[T, R any](p *Pool, f func(T) (R, error), items iter.Seq[T]) ([]R, error) {
	g := p.hub.Spawn(func() (any, error) {
		var all []*Greenlet
		for item := range items {
			g, err := p.Spawn(func() (any, error) { return f(item) })
			if err != nil {
				return nil, err
			}
			all = append(all, g)
		}
		results := make([]R, 0, len(all))
		for _, g := range all {
			value, err := g.Get(Forever)
			if err != nil {
				return nil, err
			}
			result, err := resultAs[R](value)
			if err != nil {
				return nil, err
			}
			results = append(results, result)
		}
		return results, nil
	})
	value, err := g.Get(Forever)
	if err != nil {
		if wrong := g.Kill(nil, Forever); wrong != nil {
			err = wrong
		}
		return nil, err
	}
	return resultAs[[]R](value)
}

// resultAs is a greenlet's value, which is ErrExit if it was killed.
func resultAs[R any](value any) (R, error) {
	result, ok := value.(R)
	if err, killed := value.(error); !ok && killed {
		return result, err
	}
	return result, nil
}

// Results are those of IMap, as they come.
type Results[R any] struct {
	hub         *Hub
	feeder      *Greenlet
	queue       *Queue[result[R]]
	slots       *Semaphore // nil: no limit
	ordered     bool
	early       map[int]result[R] // those that came before their turn
	next        int
	count       int // items so far
	outstanding int
	fed         bool
}

type result[R any] struct {
	index int
	value R
	err   error
	last  bool
}

// IMap calls f with each item, in the pool, and returns the results in the order of the items. max limits how many
// results may wait to be taken, those that are being made included; 0: no limit. Results that are not taken to the end
// are to be closed. The items are asked for by a greenlet: they may wait.
func IMap[T, R any](p *Pool, f func(T) (R, error), items iter.Seq[T], max int) *Results[R] {
	return imap(p, f, items, max, true)
}

// IMapUnordered is IMap that gives each result when it is there.
func IMapUnordered[T, R any](p *Pool, f func(T) (R, error), items iter.Seq[T], max int) *Results[R] {
	return imap(p, f, items, max, false)
}

func imap[T, R any](p *Pool, f func(T) (R, error), items iter.Seq[T], max int, ordered bool) *Results[R] {
	r := &Results[R]{hub: p.hub, queue: NewQueue[result[R]](p.hub, 0), ordered: ordered, early: map[int]result[R]{}}
	if max > 0 {
		r.slots = NewSemaphore(p.hub, max)
	}
	r.feeder = p.hub.Spawn(func() (any, error) {
		for item := range items {
			if r.slots != nil {
				if _, err := r.slots.Acquire(Forever); err != nil {
					return nil, err
				}
			}
			g, err := p.Spawn(func() (any, error) { return f(item) })
			if err != nil {
				return nil, err
			}
			index := r.count
			r.count++
			r.outstanding++
			g.RawLink(func(g *Greenlet) { r.finished(index, g) })
		}
		return nil, nil
	})
	r.feeder.RawLink(func(g *Greenlet) {
		r.fed = true
		if g.err != nil || r.outstanding == 0 {
			r.put(result[R]{index: r.count, err: g.err, last: true})
		}
	})
	return r
}

func (r *Results[R]) finished(index int, g *Greenlet) {
	r.outstanding--
	one := result[R]{index: index, err: g.err}
	if one.err == nil {
		one.value, one.err = resultAs[R](g.value)
	}
	r.put(one)
	if r.fed && r.outstanding == 0 && r.feeder.err == nil {
		r.put(result[R]{index: r.count, last: true})
	}
}

func (r *Results[R]) put(one result[R]) {
	if err := r.queue.TryPut(one); err != nil {
		panic(err) // it has no limit and is not shut down
	}
}

// Next waits for the next result, or the error of its call. After the last one the error is ErrStopIteration, or that
// of the items.
func (r *Results[R]) Next() (R, error) {
	if r.slots != nil {
		r.slots.Release()
	}
	one, ok := r.early[r.next]
	for !ok {
		var err error
		if one, err = r.queue.Get(Forever); err != nil {
			return one.value, err
		}
		if ok = !r.ordered || one.index == r.next; !ok {
			r.early[one.index] = one
		}
	}
	delete(r.early, r.next)
	if !one.last {
		r.next++
		return one.value, one.err
	}
	r.early[r.next] = result[R]{index: one.index, last: true} // for those who ask again
	if one.err == nil {
		one.err = ErrStopIteration
	}
	return one.value, one.err
}

// All returns the results that are left, with their errors.
func (r *Results[R]) All() iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		defer r.Close()
		for {
			before := r.next
			value, err := r.Next()
			if errors.Is(err, ErrStopIteration) || !yield(value, err) || r.next == before {
				return
			}
		}
	}
}

// Waiting is how many results are there and not yet taken.
func (r *Results[R]) Waiting() int { return r.queue.Len() }

// Close ends the asking for items; what has begun goes on.
func (r *Results[R]) Close() { r.feeder.KillSoon(nil) }
