package httpserver

import "time"

// Limits bound what one client may send. A zero field means its default.
type Limits struct {
	RequestLine int   // bytes of the request line with its line end, beyond which the answer is 414; default 65536
	HeaderBytes int   // bytes of all header lines of a request, beyond which it is 431; default 65536
	HeaderCount int   // header lines of a request, beyond which it is 431; default 100
	Body        int64 // bytes of a body, beyond which it is 413; default 1 MiB
	Requests    int   // requests on one connection, which the last answer then closes; default 10000
}

// Timeouts bound how long one client may hold its thread. A zero field means its default.
type Timeouts struct {
	// From the accept or the last answer to the first byte of a request; then the end, without a word; default 60 s
	Idle   time.Duration
	Header time.Duration // from the first byte of a request to its blank line; then 408; default 10 s
	Body   time.Duration // from the first wait for the body to its end; then 408; default 30 s
	Write  time.Duration // for the client to take an answer, or each MiB of a longer one; then the end; default 60 s
	Linger time.Duration // for the client to stop sending after an answer that refuses what it sends; default 1 s
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.RequestLine, 64<<10)
	orDefault(&l.HeaderBytes, 64<<10)
	orDefault(&l.HeaderCount, 100)
	orDefault(&l.Body, 1<<20)
	orDefault(&l.Requests, 10_000)
	return l
}

func (t Timeouts) withDefaults() Timeouts {
	orDefault(&t.Idle, 60*time.Second)
	orDefault(&t.Header, 10*time.Second)
	orDefault(&t.Body, 30*time.Second)
	orDefault(&t.Write, 60*time.Second)
	orDefault(&t.Linger, time.Second)
	return t
}

func orDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}
