// Package socketserver is Python's module of that name in Go: a server is composed of parts, a transport and a way to
// process requests, and a handler says what to do with one request.
//
//	TCP, UDP, UnixStream, UnixDatagram     how requests arrive
//	(nothing), Forking, Threading,         where each is processed: in the serving thread, in a child process,
//	Coroutine                              in a kernel thread, in a coroutine
//
// A class of servers is a line, ForkingTCPServer = Combine(TCP, Forking), and so is one of your own:
//
//	patient := socketserver.Combine(socketserver.TCP, socketserver.Threading, func(s *socketserver.Server) {
//		s.RequestQueueSize = 1024
//	})
//
// Python composes by inheritance, class ForkingTCPServer(ForkingMixIn, TCPServer). Go has no inheritance, so what a
// subclass could override are here the fields of a struct, Methods, and a Part is a function that fills in some of
// them. A part finds in each field the method of the parts before it; it calls that (Python's super) or does not. That
// is all there is to the composition; the files transport.go, forking.go, threading.go and coroutine.go are the parts,
// server.go and loop.go the loop that calls them.
//
// # What happens to a request
//
//	ServeForever: poll(listener) ──> GetRequest ──> VerifyRequest ──> ProcessRequest ──> ServiceActions ──> ...
//	                                  accept4                          │                  reap children
//	                                  or recvfrom                      │
//	      serial ......... FinishRequest, ShutdownRequest, one after the other, here
//	      Forking ........ fork; the parent closes its copy; the child: handler, shutdown, exit 0 or 1
//	      Threading ...... a new thread: FinishRequest, ShutdownRequest, and the thread ends
//	      Coroutine ...... a new coroutine of the Hub: the same, on the serving thread
//
//	FinishRequest: make a Handler ──> Setup ──> Handle ──> Finish
//
// The calls are the kernel's own, poll(2), accept4(2), recvfrom(2) and so on, made by a thread that is locked to the
// serving goroutine, so that a tracer sees in this program what the lesson says.
//
// A child of a Go program that is only forked has no working runtime. The services of this package (Echo, Upper,
// Daytime, StaticHTTP) can do with that: their children are pure forks, as Python's are. Any other handler runs in a
// child that executes the program again and is told its request by descriptor; for that its class is made by Register,
// and main begins with Init.
//
// # Names
//
//	Python                            here                         differs on purpose
//	TCPServer and the other 11        same names, as Class values  all twelve (Python has ForkingUnix* since 3.12)
//	ForkingMixIn, ThreadingMixIn      Forking, Threading           parts; the order is transport first
//	-                                 Coroutine(hub)               what gevent's patching makes of ThreadingMixIn
//	class body                        a Part                       a function that sets fields
//	super().method()                  super := s.Methods; super.Method()
//	BaseServer.__init__               New                          always binds; turn knobs in a Part
//	server_address                    Addr                         an empty host is loopback, not all addresses
//	socket, fileno()                  FD                           -1 after Close, too
//	RequestHandlerClass               *HandlerClass                Register for children, Func for a mere function
//	serve_forever(poll_interval)      ServeForever                 0 is the default of 0.5 s, negative is no limit
//	handle_request                    HandleRequest                runs ServiceActions, so it reaps; ends at Shutdown
//	shutdown                          Shutdown(ctx)                wakes the poll; ErrOwnThread instead of a deadlock;
//	                                                               before serving it makes that return at once
//	server_close                      Close                        shuts down first; ErrClosed the second time
//	with server:                      defer s.Close()
//	server_bind, server_activate      ServerBind, ServerActivate
//	get_request                       GetRequest                   never blocks; pauses when descriptors run out
//	verify_request                    VerifyRequest                a panic in it is an error of the request only
//	process_request                   ProcessRequest
//	finish_request                    FinishRequest                not called in a child, whose code is the class's
//	shutdown_request, close_request   ShutdownRequest, CloseRequestlikewise
//	handle_error                      HandleError                  for a child in the parent, at the reaping: gets a
//	                                                               *ChildError, also for one killed by a signal
//	handle_timeout                    HandleTimeout
//	service_actions                   ServiceActions
//	collect_children                  part of ServiceActions       by pidfd, at once; only the server's own
//	active_children, _threads         Active                       pids; tids; numbers of coroutines
//	request_queue_size 5              RequestQueueSize             128
//	allow_reuse_address False         AllowReuseAddress            true for TCP
//	allow_reuse_port False            AllowReusePort
//	max_packet_size 8192              MaxPacketSize                what is cut is counted and marked
//	timeout                           Timeout
//	max_children 40                   MaxChildren                  Shutdown ends the wait at the limit
//	-                                 MaxThreads                   a Go program ends at 10000 threads
//	block_on_close                    BlockOnClose                 false: children are reaped still; a datagram socket
//	                                                               is open until its threads have answered
//	daemon_threads                    DaemonThreads                Go never waits for threads; only Close does
//	BaseRequestHandler                the same name, embedded
//	StreamRequestHandler              the same name, embedded      a buffered Writer is flushed by Finish, too
//	DatagramRequestHandler            the same name, embedded      sends one datagram always, too
//	setup, handle, finish             Setup, Handle, Finish        return an error where Python raises
//	request, client_address, server   Conn, ClientAddress, Server  Server is nil in a re-exec'd child
//	rfile, wfile                      Reader, Writer
//	rbufsize, wbufsize                ReadBufferSize, WriteBufferSize8192 and none, too
//	handler's timeout                 Timeout
//	disable_nagle_algorithm           DisableNagle
//	an exception                      an error, or a panic         a *PanicError with the stack
//	SystemExit(n)                     Exit(n)                      a child's status is 1 for any n, too
//
// # Faithful mode
//
// The Part Faithful brings the original's traps back, to be looked at: the queue of 5 connections, and the fields of
// Traps, of which each can be set alone.
package socketserver
