package rules

import "tracer/model"

// parentThreadEnded: a parent-death signal ended processes as the thread that they came from ended, while its process
// lived on. That is taken for sure once it has been there for a while: when a whole process ends, its threads do one
// after the other.
var parentThreadEnded = Rule{"parent_thread_ended", Warning, func(m *model.Model, found func(Finding)) {
	eachOutcome(m, model.EndedWithThread, func(o *model.Outcome) {
		if o.LivedOn(m) < model.LongWait {
			return
		}
		f := ofEnded(o)
		f.Arguments["signal"], f.Arguments["thread"] = uint64(o.Signal), uint64(o.Thread)
		found(f)
	})
}}
