package model

import (
	"testing"

	"tracer/event"
)

func TestEveryKindHasAHandler(t *testing.T) {
	for _, k := range event.Kinds() {
		if handlers[k] == nil {
			t.Errorf("no handler for %v", k)
		}
	}
}
