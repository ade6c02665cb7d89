// Package gevent has Python's gevent: greenlets that stop only where they would have to wait, and one more, the hub,
// that waits for all of them. It is how one thread serves many clients with code that reads as if each had a thread.
//
// A Hub is an event loop on epoll(7). A greenlet that sleeps, waits for another, or reads from a socket that has
// nothing to read, says what should continue it and switches to the hub. The hub continues whoever can go on, in the
// order in which they became able to, and asks the kernel only when nobody can. So nothing is interrupted between two
// waits, and no lock is needed; and the kernel sees one thread, few system calls, and none of the switches.
//
// The price: what blocks the thread, blocks all. Hub.Sleep stops the greenlet that calls it, time.Sleep stops every
// one. The same is true of a long computation. Python's gevent replaces blocking functions of the library by its own;
// Go's cannot be replaced, so that a greenlet must use the Hub's sockets and waits itself.
//
// Run makes a hub of the calling goroutine, which is locked to its thread meanwhile. Use from another goroutine is
// refused with ErrThread, or where no error is returned by a panic. Names differ from Python's only where Go's errors
// and types ask for it; what must wait returns an error, which is what was thrown in by Kill or a Timeout. If all wait
// and nothing can wake one, the main greenlet gets a *DeadlockError that names each and what it waits for.
//
// Python's names and ours:
//
//	gevent.spawn(f), spawn_later       h.Spawn(f), h.Go(f), h.SpawnLater(d, f)
//	Greenlet(f), g.start()             NewGreenlet(h, f), g.Start(), g.StartLater(d)
//	gevent.sleep(s)                    h.Sleep(d)
//	getcurrent()                       h.Current()
//	joinall(list, timeout, count)      h.JoinAll(list, JoinOptions{...})
//	killall(list, exc, block)          h.KillAll(list, err, timeout), h.KillAllSoon(list, err)
//	gevent.wait, gevent.iwait          h.Wait, h.IWait; without objects: h.Join
//	g.get, g.join, g.kill              g.Get, g.Join, g.Kill; g.KillSoon for block=False
//	g.value, g.exception, g.ready()    g.Value(), g.Err(), g.Ready()
//	g.link, link_value, link_exception g.Link, g.LinkValue, g.LinkError; g.rawlink: g.RawLink
//	GreenletExit, Timeout              ErrExit, *Timeout
//	with Timeout(s):, with_timeout     h.StartTimeout(d), h.Within(d, f)
//	Event, AsyncResult                 NewEvent(h), NewAsyncResult(h)
//	Queue, JoinableQueue, Channel      NewQueue(h, max), which has TaskDone and Join, too; NewChannel(h)
//	q.put_nowait, q.get_nowait         q.TryPut, q.TryGet
//	Full, Empty                        ErrFull, ErrEmpty
//	Semaphore, BoundedSemaphore        NewSemaphore(h, n), NewBoundedSemaphore(h, n)
//	Pool, Group                        NewPool(h, n), NewGroup(h); map and imap: Map, IMap, IMapUnordered
//	gevent.socket                      h.Dial, h.Listen, h.ListenPacket: Conn, Listener, PacketConn
//	gevent.server.StreamServer         NewStreamServer
//	wait_read, wait_write              h.WaitFD(fd, events, timeout)
//	gevent.os.waitpid                  h.WaitPID(pid)
//	hub.loop.async_()                  h.Async(f)
//
// What differs on purpose. A hub is made by Run and ends with it, instead of being made by first use and never ended:
// what is left then is an error that names it. A queue's waiters are served in the order in which they came, also when
// one of them is killed. A child is reaped by the wait for it alone, so that a second wait is ECHILD. There is no
// monkey patching, no resolver and no TLS.
package gevent
