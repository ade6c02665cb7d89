package probes

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// capabilities is a set of them; bit n is the capability with the number n.
type capabilities uint64

func (c capabilities) has(number int) bool { return c&(1<<number) != 0 }

// privilege is the capabilities of a thread.
type privilege struct{ effective, permitted, inheritable capabilities }

// ownPrivilege reads those of this thread.
func ownPrivilege() (privilege, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return privilege{}, fmt.Errorf("read the capabilities: %w", err)
	}
	join := func(low, high uint32) capabilities { return capabilities(low) | capabilities(high)<<32 }
	return privilege{join(data[0].Effective, data[1].Effective), join(data[0].Permitted, data[1].Permitted),
		join(data[0].Inheritable, data[1].Inheritable)}, nil
}
