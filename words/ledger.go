package words

// LedgerWords are of what became of the ends of a process's children: sums, term by term.
type LedgerWords struct {
	Title    string
	Nothing  string // no child has ended
	Ended    func(who string, children uint64) string
	SIGCHLD  string // labels of the two sums, and of how often its handler ran
	Children string
	Handler  string
	Ran      func(times uint64) string

	Queued, Coalesced, Discarded, NotSent            func(n uint64) string
	Reaped, ByKernel, Dropped, Unseen, Left, Zombies func(n uint64) string
	Sum                                              func(terms string, n uint64) string
	// Differs is said where a sum is not what ended.
	Differs func(sum, ended uint64) string
}
