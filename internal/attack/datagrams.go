package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// maxDatagram is the longest that UDP over IPv4 carries.
const maxDatagram = 65_507

// datagramModels are the bundled servers that receive datagrams.
var datagramModels = []string{"loop", "fork", "thread"}

// rudeSenders are what clients can send to a server of datagrams. Whoever reads no answer goes at once.
var rudeSenders = []struct {
	name string
	send func(t *try, to *net.UDPAddr) error
}{
	{"an empty one", func(_ *try, to *net.UDPAddr) error { return sendDatagrams(to, nil) }},
	{"the largest", func(t *try, to *net.UDPAddr) error { return sendDatagrams(to, randomBytes(t, maxDatagram)) }},
	{"any", func(t *try, to *net.UDPAddr) error { return sendDatagrams(to, randomBytes(t, t.IntN(maxDatagram+1))) }},
	{"many", func(t *try, to *net.UDPAddr) error {
		return sendDatagrams(to, slicesOf(randomBytes(t, t.IntN(2000)), 50+t.IntN(500))...)
	}},
	{"one from port 0", func(t *try, to *net.UDPAddr) error { return sendRaw(to, 0, randomBytes(t, t.IntN(100)), 0) }},
	{"one with a wrong length", func(t *try, to *net.UDPAddr) error {
		return sendRaw(to, uint16(1+t.IntN(65535)), randomBytes(t, t.IntN(100)), t.IntN(200)-100)
	}},
}

// bytes draws so many.
func randomBytes(t *try, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(t.Uint32())
	}
	return b
}

func slicesOf(one []byte, n int) (all [][]byte) {
	for range n {
		all = append(all, one)
	}
	return all
}

// sendDatagrams sends them from a port of its own, which is closed then. A full buffer is the kernel's affair.
func sendDatagrams(to *net.UDPAddr, all ...[]byte) error {
	c, err := net.DialUDP("udp", nil, to)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		all = [][]byte{nil}
	}
	for _, b := range all {
		_, _ = c.Write(b)
	}
	return c.Close()
}

// sendRaw sends a datagram with a header that no socket makes: from that port, with a length that is wrong by so much.
func sendRaw(to *net.UDPAddr, from uint16, data []byte, wrong int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return err
	}
	const noChecksum = 0 // RFC 768
	packet := binary.BigEndian.AppendUint16(nil, from)
	packet = binary.BigEndian.AppendUint16(packet, uint16(to.Port))
	packet = binary.BigEndian.AppendUint16(packet, uint16(8+len(data)+wrong))
	packet = append(binary.BigEndian.AppendUint16(packet, noChecksum), data...)
	err = unix.Sendto(fd, packet, 0, &unix.SockaddrInet4{Addr: [4]byte(to.IP.To4())})
	return errors.Join(err, unix.Close(fd))
}

// politeDatagram asks a server until it answers. What was sent while its buffer was full is lost, so it asks again now
// and then.
func (t *try) politeDatagram(network, address, service string) error {
	c, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	defer c.Close()
	question := randomBytes(t, 1+t.IntN(1000))
	answer := make([]byte, maxDatagram)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, err := c.Write(question); err != nil {
			return err
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			return err
		}
		n, err := c.Read(answer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			return err
		}
		if got := answer[:n]; service == "daytime" && !bytes.HasSuffix(got, []byte("\r\n")) || service == "echo" &&
			!bytes.Equal(got, question) ||
			service == "upper" && !bytes.Equal(got, upperASCII(question)) {
			return fmt.Errorf("a wrong answer of %d bytes to %d", n, len(question))
		}
		return nil
	}
	return errors.New("no answer")
}

func upperASCII(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return b
}

// serverMemory is what a server may take, whatever is sent to it.
const serverMemory = 256 << 20

// rudeDatagrams has a server get all kinds of datagrams, and expects of it what rude expects.
func (t *try) rudeDatagrams(ctx context.Context) error {
	model, service := pick(t, datagramModels), pick(t, []string{"echo", "upper", "daytime"})
	t.doing = fmt.Sprintf("serve %s --network udp --service %s, with rude datagrams", model, service)
	s, err := t.serve(ctx, model, "--network", "udp", "--service", service)
	if err != nil {
		return err
	}
	to, err := net.ResolveUDPAddr("udp", s.address)
	if err != nil {
		return err
	}
	if err := t.politeDatagram("udp", s.address, service); err != nil {
		t.fail("a client is served", err)
	}
	descriptors, children := t.settles(ctx, s)
	for range 20 {
		rude := pick(t, rudeSenders)
		if err := rude.send(t, to); err != nil {
			return fmt.Errorf("%s: %w", rude.name, err)
		}
	}
	if err := t.politeDatagram("udp", s.address, service); err != nil {
		t.fail("a client is served after the rude ones", err)
	}
	t.givesBack(ctx, s, descriptors, children)
	if got := peakOf(s.Process.Pid); got > serverMemory {
		t.fail(fmt.Sprintf("serve: at most %d MB", serverMemory>>20), fmt.Sprintf("%d MB", got>>20))
	}
	t.ends(s)
	t.alone(ctx)
	t.count("rude datagrams", 20)
	return nil
}

// badDatagramServers are what a server of datagrams can do to the client that loads it, for each question.
var badDatagramServers = []func(c *net.UDPConn, from *net.UDPAddr, question []byte){
	func(*net.UDPConn, *net.UDPAddr, []byte) {},                                                   // never an answer
	func(c *net.UDPConn, from *net.UDPAddr, _ []byte) { _, _ = c.WriteToUDP(nil, from) },          // an empty one
	func(c *net.UDPConn, from *net.UDPAddr, q []byte) { _, _ = c.WriteToUDP(q[:len(q)/2], from) }, // half of one
	func(c *net.UDPConn, from *net.UDPAddr, _ []byte) {
		_, _ = c.WriteToUDP(make([]byte, maxDatagram), from)
	},
	func(c *net.UDPConn, from *net.UDPAddr, q []byte) { // many
		for range 200 {
			_, _ = c.WriteToUDP(q, from)
		}
	},
	func(_ *net.UDPConn, from *net.UDPAddr, q []byte) { _ = sendDatagrams(from, q) }, // from another port
	func(c *net.UDPConn, _ *net.UDPAddr, _ []byte) { _ = c.Close() },                 // it has gone
	func(c *net.UDPConn, from *net.UDPAddr, _ []byte) {
		_, _ = c.WriteToUDP([]byte("\x00\xff\x1b[2J\r\n"), from)
	},
}

// badDatagramServer has the client load a server of datagrams that misbehaves.
func (t *try) badDatagramServer(ctx context.Context) error {
	bad := t.IntN(len(badDatagramServers))
	service, payload := pick(t, []string{"echo", "upper", "daytime"}), pick(t, []string{"1", "64", "65507"})
	t.doing = fmt.Sprintf("load --network udp --service %s --payload %s, with the bad server of datagrams %d", service,
		payload, bad)
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	defer wait.Wait()
	defer c.Close()
	wait.Go(func() {
		question := make([]byte, maxDatagram)
		for {
			n, from, err := c.ReadFromUDP(question)
			if err != nil {
				return
			}
			badDatagramServers[bad](c, from, question[:n])
		}
	})
	o, err := t.run(ctx, patience, t.tracer, "load", c.LocalAddr().String(), "--network", "udp", "--service", service,
		"--payload", payload,
		"-n", "6", "-c", "3", "--requests", "5", "--timeout", "300ms", "--duration", "3s")
	if err != nil {
		return err
	}
	loaded(t, o)
	t.count("bad servers of datagrams", 1)
	return nil
}

// classes are those of Python's socketserver that receive datagrams, and of ours.
var classes = []string{"UDPServer", "ForkingUDPServer", "ThreadingUDPServer", "UnixDatagramServer",
	"ForkingUnixDatagramServer",
	"ThreadingUnixDatagramServer"}

// twin is a server of one of the classes (servers/socketserver/internal/twin), or Python's.
type twin struct {
	*server
	client *net.UnixConn // or
	udp    *net.UDPConn
}

func (t *try) openTwin(ctx context.Context, argv ...string) (w twin, err error) {
	s, err := t.startServer(ctx, argv...)
	if err != nil {
		return w, err
	}
	var listening struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal([]byte(s.first), &listening); err != nil {
		return w, fmt.Errorf("%v: %w: %s", argv, err, s.first)
	}
	s.address = listening.Address
	w.server = s
	if strings.HasPrefix(s.address, "@") {
		own := &net.UnixAddr{Net: "unixgram", Name: fmt.Sprintf("@attack-%d-%d", os.Getpid(), s.Process.Pid)}
		w.client, err = net.DialUnix("unixgram", own, &net.UnixAddr{Net: "unixgram", Name: s.address})
		return w, err
	}
	to, err := net.ResolveUDPAddr("udp", s.address)
	if err == nil {
		w.udp, err = net.DialUDP("udp", nil, to)
	}
	return w, err
}

func (w *twin) conn() net.Conn {
	if w.client != nil {
		return w.client
	}
	return w.udp
}

// ask returns the answer to a datagram.
func (w *twin) ask(question []byte) (answer []byte, err error) {
	c := w.conn()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := c.Write(question); err != nil {
		return nil, err
	}
	answer = make([]byte, maxDatagram+1)
	n, err := c.Read(answer)
	return answer[:n], err
}

// strange sends a datagram that cannot be answered.
func (w *twin) strange() error {
	if w.udp != nil {
		return sendRaw(w.udp.RemoteAddr().(*net.UDPAddr), 0, []byte("strange"), 0)
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Net: "unixgram", Name: w.address}) // without a name
	if err != nil {
		return err
	}
	_, err = c.Write([]byte("strange"))
	return errors.Join(err, c.Close())
}

// twins has one of our classes and Python's get the same datagrams, and expects the same answers and the same end.
func (t *try) twins(ctx context.Context, python string) error {
	const requests = 30
	class := pick(t, classes)
	t.doing = fmt.Sprintf("%s, ours and Python's", class)
	if python == "" {
		return nil
	}
	flags := []string{"--requests", fmt.Sprint(requests), "--poll-interval", "0.05", "--linger"}
	ours, err := t.openTwin(ctx, append([]string{t.twin, "--class", class}, flags...)...)
	if err != nil {
		return err
	}
	theirs, err := t.openTwin(ctx, append([]string{python, "-B", "servers/socketserver/testdata/" + class + ".py"},
		flags...)...)
	if err != nil {
		return err
	}
	strange := 0
	for i := range requests {
		question := randomBytes(t, pick(t, []int{0, 1, 100, 8191, 8192, 8193, t.IntN(60_000)}))
		if t.IntN(4) == 0 && i < requests-1 {
			if err := errors.Join(ours.strange(), theirs.strange()); err != nil {
				return err
			}
			strange++
			continue
		}
		want, err := theirs.ask(question)
		if err != nil {
			return fmt.Errorf("the original: %w", err)
		}
		if got, err := ours.ask(question); err != nil || !bytes.Equal(got, want) {
			t.fail(fmt.Sprintf("an answer of %d bytes to %d, as Python's", len(want), len(question)),
				fmt.Sprintf("%d, %v", len(got), err))
			_ = ours.Process.Kill()
			_ = theirs.Process.Kill()
			break
		}
	}
	var said [2]struct {
		Requests int `json:"requests"`
		Started  int `json:"started"`
		Ended    int `json:"ended"`
	}
	for i, w := range []twin{ours, theirs} {
		late := time.AfterFunc(patience, func() { _ = w.Process.Kill() })
		text, err := w.rest.ReadBytes('\n')
		err = errors.Join(err, w.conn().Close(), w.Wait())
		late.Stop()
		if err = errors.Join(err, json.Unmarshal(text, &said[i])); err != nil {
			t.fail([]string{"ours", "Python's"}[i]+" serves all, ends and reports", err)
		}
	}
	if strings.HasPrefix(class, "ForkingUnix") { // who has no name cannot be answered; ours says so and makes no child
		said[1].Started, said[1].Ended = said[1].Started-strange, said[1].Ended-strange
	}
	if said[0] != said[1] {
		t.fail(fmt.Sprintf("%+v, as Python's", said[1]), fmt.Sprintf("%+v", said[0]))
	}
	t.alone(ctx)
	t.count("datagrams as Python's", requests)
	return nil
}
