package gevent

import (
	"errors"
	"slices"
	"time"
)

func init() {
	for name, f := range map[string]func(*world){
		"pool_blocks_when_full": poolBlocksWhenFull,
		"pool_full":             poolFull,
		"pool_map":              poolMap,
		"pool_map_error":        poolMapError,
		"pool_imap":             poolIMap,
		"pool_imap_error":       poolIMapError,
		"pool_imap_bounded":     poolIMapBounded,
		"pool_kill":             poolKill,
		"pool_apply":            poolApply,
	} {
		allCases[name] = f
	}
}

func poolBlocksWhenFull(w *world) {
	p := NewPool(w.Hub, 2)
	alive := 0
	for i := range 6 {
		w.ok(p.Spawn(func() (any, error) {
			alive++
			w.Print(i, "begins", alive)
			w.ok(w.Sleep(tick * time.Duration(1+i)))
			alive--
			return nil, nil
		}))
		w.Print("spawned", i, p.Free(), p.Full())
	}
	w.ok(p.Join(Forever))
	w.Print(p.Len(), p.Free())
}

func poolFull(w *world) {
	p := NewPool(w.Hub, 1)
	a, err := p.Spawn(w.sleeps(long))
	w.ok(err)
	if errors.Is(p.Add(NewGreenlet(w.Hub, w.prints()), 0), ErrPoolFull) {
		w.Print("PoolFull")
	}
	w.Print(yes[int](w)(p.WaitAvailable(short)), p.Full())
	w.ok(a.Kill(nil, Forever))
	w.Print(yes[int](w)(p.WaitAvailable(Forever)), p.Full())
	w.Print(NewPool(w.Hub, 0).Full(), yes[int](w)(NewPool(w.Hub, 0).WaitAvailable(short)))
}

func poolMap(w *world) {
	results, err := Map(NewPool(w.Hub, 2), func(x int) (any, error) {
		w.Print("f", x)
		return x * x, w.Sleep(time.Duration(4-x) * tick / 4)
	}, slices.Values([]int{1, 2, 3}))
	w.ok(err)
	w.Print(results...)
}

func failAt2(x int) (any, error) {
	if x == 2 {
		return nil, errBoom
	}
	return x, nil
}

func poolMapError(w *world) {
	results, err := Map(NewPool(w.Hub, 3), failAt2, slices.Values([]int{1, 2, 3}))
	w.Print(tried(results, err))
}

func poolIMap(w *world) {
	run := func(x int) (any, error) { return x, w.Sleep(time.Duration(x) * tick) }
	all := func(r *Results[any]) {
		var list []any
		for v, err := range r.All() {
			w.ok(err)
			list = append(list, v)
		}
		w.Print(list...)
	}
	numbers := slices.Values([]int{3, 1, 2})
	all(IMap(NewPool(w.Hub, 3), run, numbers, 0))
	all(IMapUnordered(NewPool(w.Hub, 3), run, numbers, 0))
	all(IMapUnordered(NewPool(w.Hub, 1), run, numbers, 0))
	all(IMap(NewPool(w.Hub, 1), run, slices.Values([]int(nil)), 0))
}

func poolIMapError(w *world) {
	it := IMap(NewPool(w.Hub, 1), failAt2, slices.Values([]int{1, 2, 3}), 0)
	for range 4 {
		v, err := it.Next()
		if errors.Is(err, ErrStopIteration) {
			w.Print("end")
		} else {
			w.Print(tried(v, err))
		}
	}
}

func poolIMapBounded(w *world) {
	it := IMap(NewPool(w.Hub, 3), func(x int) (int, error) {
		w.Print("f", x)
		return x, nil
	}, slices.Values([]int{0, 1, 2, 3, 4, 5}), 2)
	rest := func() { w.ok(w.Sleep(0)); w.ok(w.Sleep(0)) }
	rest()
	for range 3 {
		w.Print("took", yes[int](w)(it.Next()))
		rest()
	}
	it.Close()
	w.ok(w.Sleep(0))
}

func poolKill(w *world) {
	p := NewPool(w.Hub, 2)
	w.ok(p.Spawn(w.untilKilled("a")))
	w.ok(p.Spawn(w.untilKilled("b")))
	w.ok(w.Sleep(0))
	w.ok(p.Kill(nil, Forever))
	w.Print(p.Len(), p.Free())
}

func poolApply(w *world) {
	p := NewPool(w.Hub, 1)
	w.Print(tried(p.Apply(func() (any, error) {
		return p.Apply(func() (any, error) { return "nested", nil })
	})))
	var seen []any
	g := p.ApplyAsync(func() (any, error) { return "later", nil }, func(v any) { seen = append(seen, v) })
	w.ok(g.Join(Forever))
	w.ok(w.Sleep(0))
	w.Print(seen...)
}
