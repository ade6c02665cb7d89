package gevent

import (
	"errors"
	"iter"
	"time"
)

// Errors of queues and channels.
var (
	ErrFull     = errors.New("queue is full")
	ErrEmpty    = errors.New("queue is empty")
	ErrShutDown = errors.New("queue is shut down")
	ErrTaskDone = errors.New("task done called too many times")
)

// Queue hands items from greenlets to greenlets, first in, first out. Those who wait are served in the order of coming.
type Queue[T any] struct {
	hub     *Hub
	max     int // 0: none
	items   []T
	getters []*taker
	putters []*giver[T]
	unlock  *callback
	down    bool

	unfinished int
	idle       *Event
}

// taker is one who waits for an item. Who wakes it takes it from the list before; if something is thrown into it, it
// does so itself.
type taker struct {
	g   *Greenlet
	err error // what it is to return
}

// giver is one who waits to put an item.
type giver[T any] struct {
	taker
	item T
}

// NewQueue makes a queue of at most max items; 0 is no limit.
func NewQueue[T any](h *Hub, max int) *Queue[T] {
	q := &Queue[T]{hub: h, max: max, idle: NewEvent(h)}
	q.idle.set = true
	return q
}

// Len is how many items it holds.
func (q *Queue[T]) Len() int { return len(q.items) }

// Empty reports whether it holds none.
func (q *Queue[T]) Empty() bool { return len(q.items) == 0 }

// Full reports whether a Put would wait.
func (q *Queue[T]) Full() bool { return q.max > 0 && len(q.items) >= q.max }

// Put appends an item, and waits for room. When the time is over the error is ErrFull.
func (q *Queue[T]) Put(item T, timeout time.Duration) error {
	if err := q.TryPut(item); err != ErrFull || q.hub.current == nil {
		return err
	}
	me := &giver[T]{taker: taker{g: q.hub.current}, item: item}
	q.putters = append(q.putters, me)
	if len(q.getters) > 0 {
		q.schedule()
	}
	err := me.await(q.hub, timeout, "room in a queue", ErrFull)
	q.putters = remove(q.putters, me)
	return err
}

// TryPut appends an item if there is room, else the error is ErrFull. The loop's callbacks may call it.
func (q *Queue[T]) TryPut(item T) error {
	q.hub.own()
	switch {
	case q.down:
		return ErrShutDown
	case !q.Full():
		q.push(item)
		return nil
	case q.hub.current == nil:
		return q.putInLoop(item)
	}
	return ErrFull
}

// putInLoop makes room by serving those who wait for items.
func (q *Queue[T]) putInLoop(item T) error {
	for len(q.getters) > 0 && q.Full() {
		q.serveGetter()
	}
	if q.Full() {
		return ErrFull
	}
	q.push(item)
	return nil
}

func (q *Queue[T]) push(item T) {
	q.items = append(q.items, item)
	q.unfinished++
	q.idle.Clear()
	if len(q.getters) > 0 {
		q.schedule()
	}
}

// Get takes the first item, and waits for one. When the time is over the error is ErrEmpty.
func (q *Queue[T]) Get(timeout time.Duration) (T, error) {
	if err := q.awaitItem(timeout, true); err != nil {
		var none T
		return none, err
	}
	return q.pop(), nil
}

// TryGet takes the first item, if there is one, else the error is ErrEmpty. The loop's callbacks may call it.
func (q *Queue[T]) TryGet() (T, error) {
	if err := q.awaitItem(0, false); err != nil {
		var none T
		return none, err
	}
	return q.pop(), nil
}

// Peek is Get, and leaves the item.
func (q *Queue[T]) Peek(timeout time.Duration) (T, error) {
	if err := q.awaitItem(timeout, true); err != nil {
		var none T
		return none, err
	}
	return q.items[0], nil
}

// awaitItem returns when there is an item.
func (q *Queue[T]) awaitItem(timeout time.Duration, block bool) error {
	q.hub.own()
	switch {
	case len(q.items) > 0:
		return nil
	case q.down:
		return ErrShutDown
	case q.hub.current == nil:
		for len(q.putters) > 0 && len(q.items) == 0 {
			q.servePutter()
		}
		if len(q.items) == 0 {
			return ErrEmpty
		}
		return nil
	case !block:
		return ErrEmpty
	}
	me := &taker{g: q.hub.current}
	q.getters = append(q.getters, me)
	if len(q.putters) > 0 {
		q.schedule()
	}
	err := me.await(q.hub, timeout, "an item of a queue", ErrEmpty)
	q.getters = remove(q.getters, me)
	return err
}

// await parks until someone has woken it, who has then taken it from the list.
func (w *taker) await(h *Hub, timeout time.Duration, what string, over error) error {
	limit := h.within(w.g, timeout)
	err := h.park(w.g, waiting{what, nil})
	limit.Cancel()
	if limit.is(err) {
		return over
	}
	if err == nil {
		err = w.err
	}
	return err
}

func (q *Queue[T]) pop() T {
	var none T
	item := q.items[0]
	q.items[0] = none
	q.items = q.items[1:]
	if len(q.putters) > 0 {
		q.schedule()
	}
	return item
}

// schedule has the loop bring items and those who wait together.
func (q *Queue[T]) schedule() {
	if q.unlock == nil || q.unlock.over {
		q.unlock = q.hub.soon(q.match)
	}
}

func (q *Queue[T]) match() {
	for again := true; again; {
		again = false
		if len(q.putters) > 0 && !q.Full() {
			again = true
			q.servePutter()
		}
		if len(q.getters) > 0 && len(q.items) > 0 {
			again = true
			q.serveGetter()
		}
	}
}

func (q *Queue[T]) servePutter() {
	p := q.putters[0]
	q.putters = q.putters[1:]
	q.push(p.item)
	q.hub.resume(p.g)
}

func (q *Queue[T]) serveGetter() {
	g := q.getters[0]
	q.getters = q.getters[1:]
	q.hub.resume(g.g)
}

// All takes items until the queue is shut down and empty. A loop ends early if something is thrown into the greenlet.
func (q *Queue[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			item, err := q.Get(Forever)
			if errors.Is(err, ErrShutDown) || !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// TaskDone reports that the work on an item is finished. More of them than items is the error ErrTaskDone.
func (q *Queue[T]) TaskDone() error {
	q.hub.own()
	if q.unfinished == 0 {
		return ErrTaskDone
	}
	if q.unfinished--; q.unfinished == 0 {
		q.idle.Set()
	}
	return nil
}

// Unfinished is how many items were put for which TaskDone was not called.
func (q *Queue[T]) Unfinished() int { return q.unfinished }

// Join waits until TaskDone was called for each item. It is false if the time was over before.
func (q *Queue[T]) Join(timeout time.Duration) (bool, error) { return q.idle.Wait(timeout) }

// ShutDown ends the queue: nothing more can be put, and who waits to do so gets ErrShutDown. Items can still be taken;
// after the last one Get returns ErrShutDown. immediate throws them away, and counts them as finished.
func (q *Queue[T]) ShutDown(immediate bool) {
	q.hub.own()
	q.down = true
	if immediate {
		q.items, q.unfinished = nil, 0
		q.idle.Set()
	}
	q.hub.soon(q.turnAway)
}

// turnAway serves those who wait in a queue that is shut down.
func (q *Queue[T]) turnAway() {
	for len(q.putters) > 0 {
		p := q.putters[0]
		q.putters = q.putters[1:]
		p.err = ErrShutDown
		q.hub.resume(p.g)
	}
	for len(q.getters) > 0 {
		if len(q.items) == 0 {
			q.getters[0].err = ErrShutDown
		}
		q.serveGetter()
	}
}

// Channel is a queue that holds nothing: who puts waits for one who gets, and the other way round.
type Channel[T any] struct {
	hub     *Hub
	getters []*receiver[T]
	putters []*giver[T]
	unlock  *callback
}

type receiver[T any] struct {
	taker
	item T
}

// NewChannel makes a channel.
func NewChannel[T any](h *Hub) *Channel[T] { return &Channel[T]{hub: h} }

// Balance is how many wait to put, or, negative, to get.
func (c *Channel[T]) Balance() int { return len(c.putters) - len(c.getters) }

// Put passes an item to one who gets, and waits for one. When the time is over the error is ErrFull. A callback of the
// loop passes it to one who waits already.
func (c *Channel[T]) Put(item T, timeout time.Duration) error {
	c.hub.own()
	if c.hub.current == nil {
		if len(c.getters) == 0 {
			return ErrFull
		}
		c.serve(item)
		return nil
	}
	me := &giver[T]{taker: taker{g: c.hub.current}, item: item}
	c.putters = append(c.putters, me)
	c.schedule()
	err := me.await(c.hub, timeout, "a getter of a channel", ErrFull)
	c.putters = remove(c.putters, me)
	return err
}

// Get takes an item from one who puts, and waits for one. When the time is over the error is ErrEmpty. A callback of
// the loop takes it from one who waits already.
func (c *Channel[T]) Get(timeout time.Duration) (T, error) {
	c.hub.own()
	if c.hub.current == nil {
		if len(c.putters) == 0 {
			var none T
			return none, ErrEmpty
		}
		p := c.putters[0]
		c.putters = c.putters[1:]
		c.hub.enqueue(&callback{wake: p.g})
		return p.item, nil
	}
	me := &receiver[T]{taker: taker{g: c.hub.current}}
	c.getters = append(c.getters, me)
	c.schedule()
	err := me.await(c.hub, timeout, "an item of a channel", ErrEmpty)
	c.getters = remove(c.getters, me)
	return me.item, err
}

func (c *Channel[T]) serve(item T) {
	g := c.getters[0]
	c.getters = c.getters[1:]
	g.item = item
	c.hub.resume(g.g)
}

func (c *Channel[T]) schedule() {
	if len(c.putters) > 0 && len(c.getters) > 0 && (c.unlock == nil || c.unlock.over) {
		c.unlock = c.hub.soon(func() {
			for len(c.putters) > 0 && len(c.getters) > 0 {
				p := c.putters[0]
				c.putters = c.putters[1:]
				c.serve(p.item)
				c.hub.resume(p.g)
			}
		})
	}
}
