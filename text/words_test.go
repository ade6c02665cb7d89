package text

import (
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
)

func TestSignalName(t *testing.T) {
	for n, want := range map[int32]string{9: "SIGKILL", 36: "SIGRTMIN+2", 34: "SIGRTMIN", 99: "signal 99"} {
		if got := SignalName(n); got != want {
			t.Errorf("SignalName(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		d          event.Time
		words, age string
	}{
		{0, "0 us", "0us"},
		{45_000, "45 us", "45us"},
		{100_000, "0.10 ms", "0.1ms"},
		{1_234_567, "1.23 ms", "1.2ms"},
		{9_994_000, "9.99 ms", "9.9ms"},
		{9_999_999, "10.0 ms", "9.9ms"},
		{99_990_000, "100 ms", "99ms"},
		{123_456_789, "123 ms", "123ms"},
		{1_234_567_890, "1.23 s", "1.2s"},
		{12_345_678_901, "12.3 s", "12s"},
		{125e9, "2m05s", "2m05s"},
		{3723e9, "1h02m", "1h02m"},
		{273600e9, "3d04h", "3d04h"},
		{8_640_000e9, "100d", "100d"},
	} {
		if got := DurationText(c.d); got != c.words {
			t.Errorf("DurationText(%d) = %q, want %q", c.d, got, c.words)
		}
		if got := AgeText(c.d); got != c.age {
			t.Errorf("AgeText(%d) = %q, want %q", c.d, got, c.age)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := event.Time(rapid.Uint64Range(0, 9999*uint64(day)).Draw(t, "d"))
		for _, age := range []string{AgeText(d), LeastAgeText(d)} {
			if len(age) > 6 {
				t.Fatalf("%q, the age of %d, is wider than its column", age, d)
			}
		}
	})
}

// A lower bound stays one where its column is too narrow for all of it.
func TestLeastAges(t *testing.T) {
	for d, want := range map[event.Time]string{
		0: ">0us", 2_150_000_000: ">2.1s", 999e6: ">999ms", 599e9: ">9m59s", 3599e9: ">59m", 86_340e9: ">23h",
		8_639_999e9: ">99d", 3_200_000_000e9: ">37037d",
	} {
		if got := LeastAgeText(d); got != want {
			t.Errorf("LeastAgeText(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestTimeText(t *testing.T) {
	for _, c := range []struct {
		start, t event.Time
		decimals int
		want     string
	}{
		{0, 1_234_567_890, 6, "1.234567"},
		{1e9, 1_234_567_890, 3, "0.234"},
		{1e9, 1_234_567_890, 9, "0.234567890"},
		{1e9, 12e9, 0, "11"},
		{2e9, 1_500_000_000, 3, "-0.500"},
	} {
		if got := TimeText(c.start, c.t, c.decimals); got != c.want {
			t.Errorf("TimeText(%d, %d, %d) = %q, want %q", c.start, c.t, c.decimals, got, c.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}
