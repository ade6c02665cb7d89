package demo

import (
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/usage"
	"tracer/servers/load"
	"tracer/words"
)

// Model is the server unless another is named.
const Model = "fork"

// What the server does unless told otherwise: slow enough to be watched.
const (
	work = "sleep=350ms"
	reap = "once" // of Model: the mistake that leaves zombies, a few each time clients end together
)

// The load, with and without a screen. It is bounded in both. Clients that come together have workers that die
// together, and so signals that are coalesced; the pause after them is there to look at what that left.
var (
	screenLoad = load.Options{Concurrency: 64, Count: 1800, Rate: 3, Burst: 6, Duration: 10 * time.Minute,
		Requests: 1, Payload: 64}
	plainLoad = load.Options{Concurrency: 8, Count: 24, Duration: 10 * time.Minute, Requests: 1, Payload: 64}
)

// Describe puts into the help of the flags what is done unless told otherwise.
func Describe(f *pflag.FlagSet, say *words.FlagWords) {
	screen, plain := &screenLoad, &plainLoad
	usage.Defaults(f, map[string]string{
		"work":        work,
		"reap":        say.OfModelElse(reap, Model, "handler"),
		"count":       say.OnScreenElse(strconv.Itoa(screen.Count), strconv.Itoa(plain.Count)),
		"concurrency": say.OnScreenElse(strconv.Itoa(screen.Concurrency), strconv.Itoa(plain.Concurrency)),
		"rate":        say.OnScreenElse(strconv.FormatFloat(screen.Rate, 'g', -1, 64), say.AsFast),
		"burst":       say.OnScreenElse(strconv.Itoa(screen.Burst), "1"),
		"requests":    strconv.Itoa(screen.Requests),
		"payload":     strconv.Itoa(screen.Payload),
	})
}

// Complete sets the flags of the server that the user did not set, where the model has such an option.
func Complete(f *pflag.FlagSet, model string) error {
	if !f.Changed("work") {
		if err := f.Set("work", work); err != nil {
			return err
		}
	}
	if model == Model && !f.Changed("reap") {
		return f.Set("reap", reap)
	}
	return nil
}

// Load returns what the clients of a server are to do, with a screen, on which their pace can be changed, and without.
// What the user set is taken from chosen.
func Load(f *pflag.FlagSet, chosen *load.Options, screen bool, server *target.Server, model string) (load.Options,
	error) {
	o := chosenLoad(f, chosen, screen)
	s, err := server.New(model)
	if err != nil {
		return o, err
	}
	r := s.Report()
	o.Network, o.Service = r.Network, r.Service.String()
	if screen {
		o.Pace = new(load.Pace)
	}
	if err := o.Check(); err != nil {
		return o, usage.Wrap(err)
	}
	return o, nil
}

func chosenLoad(f *pflag.FlagSet, chosen *load.Options, screen bool) load.Options {
	o := plainLoad
	if screen {
		o = screenLoad
	}
	if f.Changed("count") {
		o.Count = chosen.Count
	}
	if f.Changed("concurrency") {
		o.Concurrency = chosen.Concurrency
	}
	if f.Changed("rate") {
		o.Rate, o.Burst = chosen.Rate, 0
	} else if f.Changed("count") || f.Changed("concurrency") {
		o.Rate, o.Burst = 0, 0
	}
	if f.Changed("burst") {
		o.Burst = chosen.Burst
	}
	if f.Changed("requests") {
		o.Requests = chosen.Requests
	}
	if f.Changed("payload") {
		o.Payload = chosen.Payload
	}
	return o
}
