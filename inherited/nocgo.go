//go:build !cgo

package inherited

// What look found: the handler of each signal, the blocked ones, and what F_GETFD gave of the standard descriptors.
var (
	handlers    [maxSignal + 1]uintptr
	mask        uint64
	descriptors [3]int
)

// look runs before the runtime, which finds it in _cgo_init.
func look()

var _ = look // only assembly names it

func handler(signal int) uintptr { return handlers[signal] }
func blocked() uint64            { return mask }
func getfd(fd int) int           { return descriptors[fd] }
