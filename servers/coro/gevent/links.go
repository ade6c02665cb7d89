package gevent

import (
	"slices"
	"time"

	"tracer/servers/coro"
)

// Waitable is what can be waited for: a Greenlet, Event, AsyncResult or Semaphore.
type Waitable interface {
	// Ready reports whether there is nothing to wait for.
	Ready() bool
	links() *linkable
}

// Link is a function that is called when something is ready; Unlink takes it back.
type Link struct {
	of   *linkable
	wake *Greenlet
	call func()
}

// Unlink takes the link back, if it has not been called.
func (l *Link) Unlink() { l.of.unlink(l) }

// linkable keeps those who wait for something, in their order, and notifies them from the loop.
type linkable struct {
	hub      *Hub
	self     Waitable
	all      bool // notify all who wait when it becomes ready, else only as long as it is ready
	once     bool // it stays ready: notify also those who come meanwhile, at once
	waiters  []*Link
	late     []*Link   // who came while others were being notified, and found it ready
	notifier *callback // queued or running
}

func (l *linkable) links() *linkable { return l }

func (l *linkable) add(link *Link) *Link {
	link.of = l
	l.waiters = append(l.waiters, link)
	l.notify()
	return link
}

// notify arranges for the notification, if there is a reason.
func (l *linkable) notify() {
	if l.notifier == nil && len(l.waiters) > 0 && l.self.Ready() {
		l.notifier = l.hub.soon(l.notifyAll)
	}
}

func (l *linkable) unlink(link *Link) {
	l.waiters = remove(l.waiters, link)
	l.late = remove(l.late, link)
	if len(l.waiters) == 0 && l.notifier != nil && !l.notifier.over {
		l.notifier.stop()
		l.notifier = nil
	}
}

func remove[T comparable](list []T, item T) []T {
	if i := slices.Index(list, item); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// notifyAll runs in the loop. Who links itself meanwhile waits for the next time, unless it stays ready.
func (l *linkable) notifyAll() {
	l.notifyList(&l.waiters)
	if len(l.late) > 0 {
		l.notifyList(&l.late)
		l.waiters = append(l.waiters, l.late...)
		l.late = nil
	}
	l.notifier = nil
	l.notify()
}

// notifyList notifies up to the link that is the last one now. Links may remove others.
func (l *linkable) notifyList(list *[]*Link) {
	if len(*list) == 0 {
		return
	}
	last := (*list)[len(*list)-1]
	for len(*list) > 0 && (l.all || l.self.Ready()) && !l.hub.stop {
		link := (*list)[0]
		*list = (*list)[1:]
		if link.wake != nil {
			l.hub.resume(link.wake)
		} else {
			l.hub.protect("link", link.call)
		}
		if link == last && !l.once {
			return
		}
	}
}

// wait stops the calling greenlet until it is notified, which is true, or the timeout is over.
func (l *linkable) wait(timeout time.Duration, on waiting) (bool, error) {
	h := l.hub
	g, err := h.caller()
	if err != nil {
		return false, err
	}
	link := &Link{of: l, wake: g}
	if l.self.Ready() {
		if l.notifier == nil {
			return true, nil
		}
		l.late = append(l.late, link) // after those who have waited before
		if err = h.park(g, on); err != nil {
			l.unlink(link)
		}
		return err == nil, err
	}
	l.add(link)
	limit := h.within(g, timeout)
	err = h.park(g, on)
	limit.Cancel()
	if err == nil {
		return true, nil
	}
	l.unlink(link)
	if limit.is(err) {
		err = nil
	}
	return false, err
}

// recovered makes an error of what recover returned; the end of the hub passes.
func recovered(p any) error {
	if unwinds(p) {
		panic(p)
	}
	return coro.Recovered(p)
}
