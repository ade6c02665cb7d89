package gevent

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

func init() {
	for name, f := range map[string]func(*world){
		"event_wakes_in_order":                  eventWakesInOrder,
		"event_set_and_cleared":                 eventSetAndCleared,
		"event_times_out":                       eventTimesOut,
		"event_late_comer_after_those_who_wait": eventLateComer,
		"async_result":                          asyncResult,
		"async_result_links_to_greenlet":        asyncResultLinks,
		"queue_order":                           queueOrder,
		"queue_bounded":                         queueBounded,
		"queue_waiters_are_served_in_order":     queueWaiters,
		"queue_senders_that_die":                queueDyingSenders,
		"queue_timeouts":                        queueTimeouts,
		"queue_peekers":                         queuePeekers,
		"queue_producer_consumer":               queueProducerConsumer,
		"joinable_queue":                        joinableQueue,
		"channel":                               channel,
		"channel_the_other_way":                 channelOtherWay,
		"channel_timeouts":                      channelTimeouts,
		"semaphore_order":                       semaphoreOrder,
		"semaphore_two":                         semaphoreTwo,
		"semaphore_timeouts":                    semaphoreTimeouts,
		"semaphore_bounded":                     semaphoreBounded,
		"semaphore_barging":                     semaphoreBarging,
		"wait_for_mixed":                        waitForMixed,
		"iwait":                                 iwait,
	} {
		allCases[name] = f
	}
}

// yes is what a wait returned that must not fail.
func yes[T any](w *world) func(T, error) T {
	return func(v T, err error) T {
		w.t.Helper()
		w.ok(err)
		return v
	}
}

func eventWakesInOrder(w *world) {
	e := NewEvent(w.Hub)
	all := w.each("abc", func(name string) error {
		w.Print(name, "waits")
		set, err := e.Wait(Forever)
		w.Print(name, set)
		return err
	})
	w.ok(w.Sleep(0))
	w.Print("set")
	e.Set()
	w.Print("was set")
	w.joinAll(all...)
	w.Print(yes[bool](w)(e.Wait(Forever)), e.Ready())
}

func eventSetAndCleared(w *world) {
	e := NewEvent(w.Hub)
	var all []*Greenlet
	for range 3 {
		all = append(all, w.Spawn(func() (any, error) { return e.Wait(Forever) }))
	}
	w.ok(w.Sleep(0))
	e.Set()
	e.Clear()
	w.joinAll(all...)
	w.Print(append(values(all...), e.Ready())...)
}

func eventTimesOut(w *world) {
	e := NewEvent(w.Hub)
	w.Print(yes[bool](w)(e.Wait(short)))
	e.Set()
	w.Print(yes[bool](w)(e.Wait(short)))
}

func eventLateComer(w *world) {
	e := NewEvent(w.Hub)
	run := func(name string) error {
		_, err := e.Wait(Forever)
		w.Print(name)
		return err
	}
	w.each("12", run)
	w.ok(w.Sleep(0))
	e.Set()
	w.ok(run("3"))
}

func asyncResult(w *world) {
	r := NewAsyncResult[any](w.Hub)
	all := w.each("ab", func(name string) error {
		w.Print(name, tried(r.Get(Forever)))
		return nil
	})
	w.Print(r.Ready(), tried(r.Get(0)))
	w.ok(w.Sleep(0))
	r.Set("value")
	w.joinAll(all...)
	w.Print(r.Ready(), tried(r.Get(Forever)))
	failed := NewAsyncResult[any](w.Hub)
	failed.SetError(errBoom)
	w.Print(failed.Ready(), failed.Successful(), tried(failed.Get(Forever)))
}

func asyncResultLinks(w *world) {
	r := NewAsyncResult[int](w.Hub)
	w.Spawn(func() (any, error) { return 100, nil }).Link(r.Resolve)
	w.Print(yes[int](w)(r.Get(Forever)))
}

func queueOrder(w *world) {
	q := NewQueue[int](w.Hub, 0)
	all := w.each("ab", func(name string) error {
		for range 2 {
			w.Print(name, "got", yes[int](w)(q.Get(Forever)))
		}
		return nil
	})
	w.ok(w.Sleep(0))
	for i := range 4 {
		w.Print("put", i)
		w.ok(q.Put(i, Forever))
	}
	w.joinAll(all...)
}

func queueBounded(w *world) {
	q := NewQueue[string](w.Hub, 1)
	all := w.each("ab", func(name string) error {
		for i := range 2 {
			item := fmt.Sprint(name, i)
			w.ok(q.Put(item, Forever))
			w.Print("put", item)
		}
		return nil
	})
	w.ok(w.Sleep(0))
	w.Print("full", q.Full(), q.Len())
	for range 4 {
		w.Print("got", yes[string](w)(q.Get(Forever)))
		w.ok(w.Sleep(0))
	}
	w.joinAll(all...)
	w.Print("empty", q.Empty())
}

func queueWaiters(w *world) {
	q := NewQueue[int](w.Hub, 0)
	all := w.each("abcde", func(name string) error {
		i, err := q.Get(Forever)
		if err == nil {
			w.Print(name, i)
		}
		return err
	})
	w.ok(w.Sleep(0))
	w.ok(all[1].Kill(nil, Forever))
	for i := range 4 {
		w.ok(q.Put(i, Forever))
	}
	w.joinAll(all...)
}

func queueDyingSenders(w *world) {
	q := NewQueue[string](w.Hub, 1)
	w.ok(q.Put("first", Forever))
	all := w.each("abc", func(name string) error { return q.Put(name, Forever) })
	w.ok(w.Sleep(0))
	w.ok(all[1].Kill(nil, Forever))
	var got []string
	for range 3 {
		got = append(got, yes[string](w)(q.Get(Forever)))
	}
	w.Print(strings.Join(got, " "), q.Len())
	w.joinAll(all...)
}

func queueTimeouts(w *world) {
	q := NewQueue[int](w.Hub, 1)
	get := func(v int, err error) any { return tried(v, err) }
	w.Print(get(q.Get(short)), get(q.TryGet()), get(q.Peek(short)))
	w.ok(q.Put(1, Forever))
	w.Print(triedErr(q.Put(2, short)), triedErr(q.TryPut(3)))
	w.Print(get(q.Peek(Forever)), get(q.Get(Forever)), q.Len())
}

func queuePeekers(w *world) {
	q := NewQueue[any](w.Hub, 0)
	peek := func() (any, error) { return q.Peek(Forever) }
	all := []*Greenlet{w.Spawn(peek), w.Spawn(peek)}
	w.ok(w.Sleep(0))
	w.ok(q.Put("x", Forever))
	w.joinAll(all...)
	w.Print(append(values(all...), yes[any](w)(q.Get(Forever)))...)
}

func queueProducerConsumer(w *world) {
	q := NewQueue[int](w.Hub, 2)
	produce := w.Go(func() {
		for i := range 5 {
			w.Print("make", i)
			w.ok(q.Put(i, Forever))
		}
		w.ok(q.Put(-1, Forever))
	})
	consume := w.Go(func() {
		for i := range q.All() {
			if i < 0 {
				return
			}
			w.Print("use", i)
			w.ok(w.Sleep(0))
		}
	})
	w.joinAll(produce, consume)
}

func joinableQueue(w *world) {
	q := NewQueue[int](w.Hub, 0)
	worker := w.Spawn(func() (any, error) {
		for {
			item, err := q.Get(Forever)
			if err != nil {
				return nil, err
			}
			w.ok(w.Sleep(0))
			w.Print("did", item)
			w.ok(q.TaskDone())
		}
	})
	w.Print(yes[bool](w)(q.Join(short)))
	for i := range 3 {
		w.ok(q.Put(i, Forever))
	}
	w.Print(q.Unfinished(), yes[bool](w)(q.Join(0)))
	w.Print(yes[bool](w)(q.Join(Forever)), q.Unfinished())
	w.ok(worker.Kill(nil, Forever))
	if errors.Is(q.TaskDone(), ErrTaskDone) {
		w.Print("too many")
	}
}

func channel(w *world) {
	c := NewChannel[string](w.Hub)
	g := w.Spawn(func() (any, error) {
		w.Print("got", yes[string](w)(c.Get(Forever)))
		w.Print("got", yes[string](w)(c.Get(Forever)))
		return "ends", nil
	})
	w.Print("sending")
	w.ok(c.Put("hello", Forever))
	w.Print("sent hello")
	w.ok(c.Put("world", Forever))
	w.Print("sent world")
	w.Print(tried(g.Get(Forever)))
}

func channelOtherWay(w *world) {
	c := NewChannel[string](w.Hub)
	g := w.Go(func() {
		w.Print("sending hello")
		w.ok(c.Put("hello", Forever))
		w.Print("sending world")
		w.ok(c.Put("world", Forever))
		w.Print("sent world")
	})
	w.Print("waiting")
	w.Print("got", yes[string](w)(c.Get(Forever)))
	w.Print("got", yes[string](w)(c.Get(Forever)))
	w.Print("done")
	w.ok(g.Join(Forever))
}

func channelTimeouts(w *world) {
	c := NewChannel[int](w.Hub)
	v, err := c.Get(short)
	w.Print(tried(v, err), triedErr(c.Put(1, short)), c.Balance())
}

func semaphoreOrder(w *world) {
	s := NewSemaphore(w.Hub, 1)
	w.joinAll(w.each("abc", func(name string) error {
		w.ok(s.Acquire(Forever))
		w.Print(name, "in")
		w.ok(w.Sleep(0))
		w.Print(name, "out")
		s.Release()
		return nil
	})...)
	w.Print(s.Count(), !s.Ready())
}

func semaphoreTwo(w *world) {
	s := NewSemaphore(w.Hub, 2)
	w.joinAll(w.each("abcd", func(name string) error {
		w.ok(s.Acquire(Forever))
		w.Print(name, "in")
		w.ok(w.Sleep(tick * time.Duration(1+strings.Index("abcd", name))))
		s.Release()
		w.Print(name, "out")
		return nil
	})...)
}

func semaphoreTimeouts(w *world) {
	s := NewSemaphore(w.Hub, 0)
	w.Print(yes[bool](w)(s.Acquire(short)), s.TryAcquire(), yes[int](w)(s.Wait(short)))
	s.Release()
	w.Print(yes[int](w)(s.Wait(Forever)), yes[bool](w)(s.Acquire(short)), s.Count())
}

func semaphoreBounded(w *world) {
	s := NewBoundedSemaphore(w.Hub, 1)
	w.ok(s.Acquire(Forever))
	s.Release()
	defer func() { w.Print(recover()) }()
	s.Release()
}

func semaphoreBarging(w *world) {
	s := NewSemaphore(w.Hub, 0)
	run := func(name string) error {
		w.ok(s.Acquire(Forever))
		w.Print(name, "in")
		return nil
	}
	a := w.Spawn(func() (any, error) { return nil, run("waiter") })
	w.ok(w.Sleep(0))
	s.Release()
	w.ok(run("main"))
	w.ok(w.Sleep(0))
	s.Release()
	w.ok(a.Join(Forever))
}

func waitForMixed(w *world) {
	e, r, s := NewEvent(w.Hub), NewAsyncResult[int](w.Hub), NewSemaphore(w.Hub, 0)
	names := map[Waitable]any{e: "event", r: "result", s: "semaphore"}
	act := func(f func()) Func { return func() (any, error) { f(); return nil, nil } }
	w.SpawnLater(2*tick, act(e.Set))
	w.SpawnLater(tick, act(s.Release))
	w.SpawnLater(3*tick, act(func() { r.Set(1) }))
	show := func(ready []Waitable, err error) {
		w.ok(err)
		var list []any
		for _, o := range ready {
			list = append(list, names[o])
		}
		w.Print(list...)
	}
	show(w.Wait([]Waitable{e, r, s}, Forever, -1))
	show(w.Wait([]Waitable{NewEvent(w.Hub), r, s}, short, -1))
}

func iwait(w *world) {
	var objects []Waitable
	for _, g := range w.ages("a b c", 3*tick, tick, 2*tick) {
		objects = append(objects, g)
	}
	for it := w.IWait(objects, Forever, -1); ; {
		o, err := it.Next()
		if errors.Is(err, ErrStopIteration) {
			return
		}
		w.ok(err)
		w.Print(o.(*Greenlet).Name())
	}
}
