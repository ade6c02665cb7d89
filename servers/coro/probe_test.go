package coro

import "testing"

func BenchmarkProbeSwitch(b *testing.B) {
	for b.Loop() {
		ProbeSwitch(1, 2)
	}
}

func BenchmarkGoroutine(b *testing.B) {
	for b.Loop() {
		Goroutine()
	}
}
