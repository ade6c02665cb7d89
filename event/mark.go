package event

// A Mark is an event that a reader of a trace wants to find again, and what there is to say of it.
type Mark struct {
	Event uint64 `json:"event"` // its number in the trace, from 0 on
	Time  Time   `json:"time"`
	// Note is raw: escape it before it reaches a terminal or a page.
	Note string `json:"note,omitempty"`
}
