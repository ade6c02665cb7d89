package load

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what came of a load.
type Result struct {
	Network     string           `json:"network"`
	Address     string           `json:"address"`
	Service     string           `json:"service"`
	Concurrency int              `json:"concurrency"`
	Rate        float64          `json:"rate,omitzero"` // wanted, connections a second; 0: a closed loop
	Elapsed     Milliseconds     `json:"elapsed_ms"`
	Connections int64            `json:"connections"` // that succeeded in all their requests
	Failed      int64            `json:"failed"`      // connections that did not; each counts once in Errors
	Errors      map[string]int64 `json:"errors"`      // what was done, and why it failed -> connections
	Requests    int64            `json:"requests"`    // answered rightly
	Sent        int64            `json:"bytes_sent"`
	Received    int64            `json:"bytes_received"`
	PerSecond   float64          `json:"requests_per_second"`
	Connect     Latency          `json:"connect"` // time of connect(2)
	// request to answer; the first on a connection counts from before the connect
	Latency Latency `json:"latency"`
}

// Latency is a distribution of times, each precise to 3 digits.
type Latency struct {
	Min  Milliseconds `json:"min_ms"`
	Mean Milliseconds `json:"mean_ms"`
	P50  Milliseconds `json:"p50_ms"`
	P90  Milliseconds `json:"p90_ms"`
	P99  Milliseconds `json:"p99_ms"`
	P999 Milliseconds `json:"p999_ms"`
	Max  Milliseconds `json:"max_ms"`
}

// Milliseconds is a time as JSON has it.
type Milliseconds float64

func milliseconds(ns int64) Milliseconds { return Milliseconds(float64(ns) / 1e6) }

// recorder is what the clients add to as they go.
type recorder struct {
	mu                  sync.Mutex
	connects, latencies *hdrhistogram.Histogram
	result              Result
}

// Times are kept in microseconds, from 1 to more than the longest possible.
const (
	unit      = time.Microsecond
	longest   = int64(2 * MaxDuration / unit)
	precision = 3
)

func newRecorder(o Options) *recorder {
	return &recorder{
		connects:  hdrhistogram.New(1, longest, precision),
		latencies: hdrhistogram.New(1, longest, precision),
		result: Result{
			Network: o.Network, Address: o.Address, Service: o.Service, Concurrency: o.Concurrency, Rate: o.Rate,
			Errors: map[string]int64{},
		},
	}
}

// connected counts a connect(2) that succeeded.
func (r *recorder) connected(took time.Duration) { r.record(r.connects, took) }

// answered counts a right answer.
func (r *recorder) answered(took time.Duration) { r.record(r.latencies, took) }

func (r *recorder) record(h *hdrhistogram.Histogram, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// No error is possible: the value is cut to the histogram's bounds.
	_ = h.RecordValue(min(max(int64(took/unit), 1), longest))
}

// ended counts a connection.
func (r *recorder) ended(err error, sent, received int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Sent += sent
	r.result.Received += received
	if err != nil {
		r.result.Failed++
		r.result.Errors[kind(err)]++
		return
	}
	r.result.Connections++
}

// finish works out the result.
func (r *recorder) finish(elapsed time.Duration) Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Elapsed = milliseconds(int64(elapsed))
	r.result.Requests = r.latencies.TotalCount()
	r.result.PerSecond = float64(r.result.Requests) / elapsed.Seconds()
	r.result.Connect, r.result.Latency = latency(r.connects), latency(r.latencies)
	return r.result
}

func latency(h *hdrhistogram.Histogram) Latency {
	at := func(percentile float64) Milliseconds {
		return milliseconds(h.ValueAtPercentile(percentile) * int64(unit))
	}
	if h.TotalCount() == 0 {
		return Latency{}
	}
	return Latency{
		Min: milliseconds(h.Min() * int64(unit)), Mean: Milliseconds(h.Mean() / 1e3),
		Max: milliseconds(h.Max() * int64(unit)),
		P50: at(50), P90: at(90), P99: at(99), P999: at(99.9),
	}
}

// Commonest returns what went wrong most often, and how often; the first by name where two are as common.
func (r Result) Commonest() (what string, n int64) {
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		if r.Errors[kind] > n {
			what, n = kind, r.Errors[kind]
		}
	}
	return what, n
}

// String has three digits, and more before the point.
func (m Milliseconds) String() string {
	switch {
	case m >= 99.95:
		return strconv.FormatFloat(float64(m), 'f', 0, 64)
	case m >= 9.995:
		return strconv.FormatFloat(float64(m), 'f', 1, 64)
	}
	return strconv.FormatFloat(float64(m), 'g', 3, 64)
}
