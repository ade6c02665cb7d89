package show

import (
	"bytes"
	"strings"
	"testing"

	"tracer/servers/load"
	"tracer/words"
)

func TestLoad(t *testing.T) {
	times := load.Latency{Min: 0.1234, Mean: 12.345, P50: 1, P90: 2, P99: 3, P999: 4, Max: 1234.5}
	r := load.Result{Concurrency: 8, Elapsed: 1500, Connections: 24, Failed: 2, Requests: 1234, Sent: 10, Received: 20,
		PerSecond: 822.6, Connect: times, Latency: times, Errors: map[string]int64{"connect: refused": 2}}
	for _, c := range []struct {
		language *words.Language
		rate     float64
		want     string
	}{
		{words.English(), 0, `connections  24, 2 failed, in 1.50 s (8 at once)
requests     1,234, 823 a second, 10 bytes sent, 20 received
connect      min 0.123  mean 12.3  p50 1  p90 2  p99 3  p99.9 4  max 1234 ms
latency      min 0.123  mean 12.3  p50 1  p90 2  p99 3  p99.9 4  max 1234 ms
error        connect: refused: 2
`},
		{words.Chinese(), 0.5, `连接      成功 24 个，失败 2 个，用时 1.50 秒（期望每秒 0.5 个，同时最多 8 个）
请求      1,234 个，每秒 823 个，发送 10 字节，收到 20 字节
连接耗时  最小 0.123  平均 12.3  p50 1  p90 2  p99 3  p99.9 4  最大 1234 ms
应答耗时  最小 0.123  平均 12.3  p50 1  p90 2  p99 3  p99.9 4  最大 1234 ms
错误      connect: refused：2 次
`},
	} {
		r.Rate = c.rate
		var out bytes.Buffer
		if err := Load(&out, c.language, &r); err != nil || out.String() != c.want {
			t.Errorf("%v, %v:\n%s\nwant:\n%s", c.language, err, out.String(), c.want)
		}
	}
}

// TestUnmeasured: a load that measured nothing says so, with the commonest error.
func TestUnmeasured(t *testing.T) {
	for _, c := range []struct {
		r    load.Result
		want string
	}{
		{load.Result{Requests: 1, Failed: 3}, ""},
		{load.Result{Address: "x"}, "load x: no connection was begun; "},
		{load.Result{Address: "x", Failed: 3, Errors: map[string]int64{"a: b": 3}},
			"load x: none of 3 connections was answered: a: b; "},
		{load.Result{Address: "x", Failed: 3, Errors: map[string]int64{"a: b": 1, "c: d": 2}},
			"load x: none of 3 connections was answered: c: d (2 times, and other errors); "},
	} {
		err := Unmeasured(&c.r)
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.r, err)
		}
	}
}
