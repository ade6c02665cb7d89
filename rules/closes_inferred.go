package rules

import "tracer/model"

// closesInferred: the close of a connection was lost, and nobody is left who can have held it.
var closesInferred = Rule{"closes_guessed", Incomplete, func(m *model.Model, found func(Finding)) {
	c := m.Counters()
	if n := c.InferredCloses(); n > 0 {
		found(of("connections", n, m.Evidence().InferredCloses))
	}
}}
