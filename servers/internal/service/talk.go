package service

// Sizes of a conversation's buffer in bytes.
const (
	StreamBuffer   = 16 << 10
	DatagramBuffer = 64 << 10 // no UDP datagram is longer
)

// Talk is one conversation with a client, without input or output: it is told what was received and says what to
// answer. It can be used again for the next client after Reset.
type Talk struct {
	service Service
	stream  bool
	held    int // bytes at the start of buf that belong to an unfinished request
	buf     []byte
}

// NewTalk prepares a conversation over a stream or of one datagram.
func NewTalk(s Service, stream bool) *Talk {
	size := DatagramBuffer
	if stream {
		size = StreamBuffer
	}
	return &Talk{service: s, stream: stream, buf: make([]byte, size)}
}

// Reset forgets the last client.
//
//go:nosplit
//go:norace
func (t *Talk) Reset() { t.held = 0 }

// Room is where the next bytes are to be received; never empty.
//
//go:nosplit
//go:norace
func (t *Talk) Room() []byte { return t.buf[t.held:] }

// Greeting is what the server says first on a new stream; done tells that it then closes. Most services wait for
// the client: no bytes, not done.
//
//go:nosplit
//go:norace
func (t *Talk) Greeting() (answer []byte, done bool) {
	if t.service == Daytime && t.stream {
		return t.buf[:daytime((*line)(t.buf), now())], true
	}
	return nil, false
}

// Received takes the n > 0 bytes that were put at the start of Room and returns what to answer: nothing while the
// request is not complete. The answer stays valid until the next call. Done tells that the server ends the
// conversation after this answer.
//
//go:nosplit
//go:norace
func (t *Talk) Received(n int) (answer []byte, done bool) {
	switch t.service {
	case Upper:
		upper(t.buf[:n])
		return t.buf[:n], false
	case Daytime:
		return t.buf[:daytime((*line)(t.buf), now())], true
	case HTTP:
		t.held += n
		return httpAnswer(t.buf[:t.held], t.held == len(t.buf))
	}
	return t.buf[:n], false
}

//go:nosplit
//go:norace
func upper(b []byte) {
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
}
