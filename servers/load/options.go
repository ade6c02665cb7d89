// Package load is a client for the bundled servers: it makes connections, sends requests, checks every answer, and
// measures. It is always bounded, in number and in time.
//
// Two kinds of load differ more than their numbers show. A closed loop (no Rate) has Concurrency clients, each of which
// waits for its answer before it goes on: a slow server slows its own load down. An open loop (Rate) begins a
// connection at each tick of the clock, whether the server keeps up or not, as the world does. There a connection's
// latency counts from the tick, not from the moment when a client was free to begin it: leaving that wait out would
// hide just the time in which the server was stuck (Gil Tene calls it coordinated omission).
package load

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"tracer/servers/internal/socket"
)

// Options say what load to make. The zero value of each has a meaning; only Address is needed.
type Options struct {
	Network string // "tcp" (also ""), "unix" (a stream) or "udp"
	Address string // host:port, a path, or @name for an abstract Unix socket
	Service string // what answer to expect: "echo" (also ""), "upper", "daytime" or "http"

	Concurrency int           // connections at once; 0: 16
	Count       int           // connections in all; 0: 1000, or as many as Duration allows if that is given
	Duration    time.Duration // begin no connection after this time; 0: 1 minute
	// connections begun a second, whether the server keeps up or not; 0: as fast as answers come
	Rate     float64
	Pace     *Pace         // changes the rate while the load goes; nil: nobody does
	Burst    int           // how many of them begin at the same moment, with a Rate; 0: 1
	Requests int           // requests on each connection (datagrams from each socket for udp); 0: 1
	Payload  int           // bytes of a request to echo and upper; 0: 64
	Timeout  time.Duration // for connecting, and for each answer; 0: 10 s
}

// Upper bounds of the options.
const (
	MaxConcurrency = 10_000
	MaxCount       = 10_000_000
	MaxDuration    = 24 * time.Hour
	MaxRate        = 1_000_000
	MaxRequests    = 1_000_000
	MaxPayload     = 16 << 20
	MaxDatagram    = 65_507 // the longest UDP datagram over IPv4
	MaxTimeout     = time.Hour
)

var (
	networks = []string{"tcp", "unix", "udp"}
	services = []string{"echo", "upper", "daytime", "http"}
)

// complete fills in what was left zero and refuses what is out of bounds.
func (o Options) complete() (Options, error) {
	unbounded := o.Count == 0 && o.Duration > 0
	if o.Pace == nil {
		o.Pace = new(Pace)
	}
	setDefault(&o.Network, "tcp")
	setDefault(&o.Service, "echo")
	setDefault(&o.Concurrency, 16)
	setDefault(&o.Count, 1000)
	setDefault(&o.Duration, time.Minute)
	setDefault(&o.Burst, 1)
	setDefault(&o.Requests, 1)
	setDefault(&o.Payload, 64)
	setDefault(&o.Timeout, 10*time.Second)
	if unbounded {
		o.Count = MaxCount
	}
	if err := o.check(); err != nil {
		return o, fmt.Errorf("load: %w", err)
	}
	return o, nil
}

// Check returns what is out of bounds, but for the address, which may not be known yet.
func (o Options) Check() error {
	_, err := o.complete()
	return err
}

// checkAddress looks at its form alone.
func (o Options) checkAddress() error {
	if o.Address == "" {
		return errors.New("load: no address to connect to")
	}
	if o.Network == "unix" {
		if err := socket.CheckPath(o.Address); err != nil {
			return fmt.Errorf("load: %w", err)
		}
		return nil
	}
	if _, _, err := net.SplitHostPort(o.Address); err != nil {
		return fmt.Errorf("load: %q is not an address HOST:PORT; for a path give --network unix", o.Address)
	}
	return nil
}

func setDefault[T comparable](value *T, to T) {
	var zero T
	if *value == zero {
		*value = to
	}
}

func (o Options) check() error {
	maxPayload := MaxPayload
	if o.Network == "udp" {
		maxPayload = MaxDatagram
	}
	return cmp.Or( // the first of them: one line
		oneOf("network", o.Network, networks),
		oneOf("service", o.Service, services),
		within("concurrency", o.Concurrency, 1, MaxConcurrency),
		within("count", o.Count, 1, MaxCount),
		within("duration", o.Duration, 0, MaxDuration),
		within("rate", o.Rate, 0, MaxRate),
		within("burst", o.Burst, 1, MaxConcurrency),
		within("requests", o.Requests, 1, MaxRequests),
		within("payload", o.Payload, 1, maxPayload),
		within("timeout", o.Timeout, time.Millisecond, MaxTimeout),
		o.checkTogether(),
	)
}

func (o Options) checkTogether() error {
	if o.Network == "udp" && o.Service == "http" {
		return errors.New("service http needs a stream: use network tcp or unix")
	}
	if o.Network != "udp" && o.Requests > 1 && o.Service == "daytime" {
		return fmt.Errorf("requests %d: service %s closes after one", o.Requests, o.Service)
	}
	if o.Burst > 1 && o.Rate == 0 {
		return fmt.Errorf("burst %d: give a rate, too", o.Burst)
	}
	return nil
}

func oneOf(name, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return fmt.Errorf("unknown %s %q: use one of %s", name, value, strings.Join(known, ", "))
}

func within[T int | float64 | time.Duration](name string, value, low, high T) error {
	if value >= low && value <= high { // false for NaN too
		return nil
	}
	return fmt.Errorf("%s %v: use %v to %v", name, value, low, high)
}
