package httpserver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// live is the connections of a site, for its end.
type live struct {
	mu       sync.Mutex
	conns    map[*conn]struct{}
	draining atomic.Bool
	empty    chan struct{} // closed when a drained site has no connection
}

// add reports false when the site has ended.
func (l *live) add(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.draining.Load() {
		return false
	}
	if l.conns == nil {
		l.conns = make(map[*conn]struct{})
	}
	l.conns[c] = struct{}{}
	return true
}

// remove comes before the connection is closed, so that under the lock every descriptor is still its connection's.
func (l *live) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	if len(l.conns) == 0 && l.empty != nil {
		close(l.empty)
		l.empty = nil
	}
}

// drain wakes the idle connections and waits for the others, cutting those that remain when the context ends.
func (l *live) drain(ctx context.Context) error {
	l.draining.Store(true)
	l.mu.Lock()
	for c := range l.conns {
		if c.idle.Load() {
			c.wire.interrupt()
		}
	}
	if len(l.conns) > 0 && l.empty == nil {
		l.empty = make(chan struct{})
	}
	empty := l.empty
	l.mu.Unlock()
	if empty == nil {
		return nil
	}
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	cut := len(l.conns)
	for c := range l.conns {
		c.wire.cut()
	}
	l.mu.Unlock()
	return fmt.Errorf("drain: %d connections cut: %w", cut, ctx.Err())
}

// count is how many connections are open.
func (l *live) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}
