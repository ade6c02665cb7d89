package words

import (
	"tracer/event"
)

// HelpWords explain signs, colours and words.
type HelpWords struct {
	Title string
	Lines func(first, last, all string) string
	More  string
	Words string
	Signs string
	// The signs: what stands beside one, and what it means.
	New          Key
	Alive        Key
	LeaderExited Key
	Stopped      Key
	Zombie       Key
	Alike        Key // many zombies in one row
	Gone         Key
	Thread       Key
	Coroutine    Key
	Folded       string
	Deeper       string
	Cursor       string
	// Lessons are words, and what each means in one line.
	Lessons []Key
	// Kind says in one line what a kind of event is.
	Kind func(event.Kind) string
}
