// Package service holds what the bundled servers do for a client, apart from how they divide the work among
// processes, threads or events: the four small protocols, and the load that may be put on each request.
//
// Everything a forked child needs is written so that it can run there. After fork(2) without exec a child of a Go
// program has one thread and no working runtime: no scheduler, no collector, no way to grow its stack. Such code is
// marked nosplit (it never asks for more stack) and norace (the race detector's runtime is dead too), allocates
// nothing, stores no pointer, and reaches the kernel by raw system calls.
package service

import (
	"fmt"
	"strings"
)

// Service is a protocol that a server speaks. The zero value is Echo.
type Service uint8

// The services. Echo and Upper answer each piece received until the client ends; Daytime greets and closes; HTTP
// answers one request and closes.
const (
	Echo    Service = iota // the bytes that came (RFC 862)
	Upper                  // the bytes that came, ASCII letters in upper case
	Daytime                // the time of day as one line, without being asked on a stream (RFC 867)
	HTTP                   // a fixed page to GET and HEAD, 405 to the rest
)

var names = [...]string{Echo: "echo", Upper: "upper", Daytime: "daytime", HTTP: "http"}

// Names lists the services' names in the order of their values.
func Names() []string { return names[:] }

// String is the service's name.
func (s Service) String() string {
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("service %d", uint8(s))
}

// MarshalText makes a service its name in JSON.
func (s Service) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Parse turns a name into a service. The empty name is Echo.
func Parse(name string) (Service, error) {
	if name == "" {
		return Echo, nil
	}
	for i, known := range names {
		if name == known {
			return Service(i), nil
		}
	}
	return Echo, fmt.Errorf("unknown service %q: use one of %s", name, strings.Join(names[:], ", "))
}
