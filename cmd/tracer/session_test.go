package main

import (
	"context"
	"testing"
)

// TestLeftAfterTheEnd: a trace that was over when the user left has ended by itself.
func TestLeftAfterTheEnd(t *testing.T) {
	over, end := context.WithCancel(t.Context())
	end()
	for range 100 { // both are seen at once
		s := &session{leaving: over, ending: &ending{Context: t.Context()}, cancel: end}
		if reason := s.watch(over); reason != "the last traced task ended" {
			t.Fatal(reason)
		}
	}
}
