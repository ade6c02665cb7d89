package rules

import (
	"slices"

	"tracer/model"
)

// zombieNoSIGCHLD: a process has zombies that were created so that no SIGCHLD tells of their end, which an ordinary
// wait does not find.
var zombieNoSIGCHLD = Rule{"zombie_no_sigchld", Warning,
	byCause(model.NoSIGCHLD, append(slices.Concat(ofWait, ofWaits), "exit_signal")...)}
