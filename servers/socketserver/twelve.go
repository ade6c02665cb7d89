package socketserver

// The twelve classes of the original. Each is a transport and a way to process requests; without the latter it is
// serial.
var (
	TCPServer          = Combine(TCP)
	UDPServer          = Combine(UDP)
	UnixStreamServer   = Combine(UnixStream)
	UnixDatagramServer = Combine(UnixDatagram)

	ForkingTCPServer          = Combine(TCP, Forking)
	ForkingUDPServer          = Combine(UDP, Forking)
	ForkingUnixStreamServer   = Combine(UnixStream, Forking)
	ForkingUnixDatagramServer = Combine(UnixDatagram, Forking)

	ThreadingTCPServer          = Combine(TCP, Threading)
	ThreadingUDPServer          = Combine(UDP, Threading)
	ThreadingUnixStreamServer   = Combine(UnixStream, Threading)
	ThreadingUnixDatagramServer = Combine(UnixDatagram, Threading)
)
