package timeline

// Keep says how much a history keeps, so that a test need not make so much as to fill it.
func (h *History) Keep(most int) { h.most = most }
