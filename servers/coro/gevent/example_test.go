package gevent_test

import (
	"fmt"

	"tracer/servers/coro/gevent"
)

// Two greenlets take turns: each sleep lets the other one run.
func Example() {
	err := gevent.Run(func(h *gevent.Hub) error {
		var all []*gevent.Greenlet
		for _, name := range []string{"a", "b"} {
			all = append(all, h.Spawn(func() (any, error) {
				fmt.Println(name, "begins")
				err := h.Sleep(0)
				fmt.Println(name, "goes on")
				return nil, err
			}))
		}
		fmt.Println("spawned")
		_, err := h.JoinAll(all, gevent.JoinOptions{Raise: true})
		return err
	})
	fmt.Println(err)
	// Output:
	// spawned
	// a begins
	// b begins
	// a goes on
	// b goes on
	// <nil>
}
