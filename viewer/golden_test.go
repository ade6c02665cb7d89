package viewer

import (
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// Whole screens, on tcell's simulated one: their text, then the letters of the roles (theme.go).
func TestGoldenScreens(t *testing.T) {
	const title = "fork server 127.0.0.1:8000, reap=once"
	lossy := func() *script { return forkServer().lost(event.Fork, 17) }
	shown := map[reflect.Type]bool{}
	output := func() []string {
		return []string{"listening on 127.0.0.1:8000", "hostile \x1b[2J\x07 line", "  indented"}
	}
	for _, c := range []struct {
		name   string
		w, h   int
		o      Options
		script *script
		ended  bool
		keys   string
	}{
		{name: "40x20", w: 40, h: 20},
		{name: "80x24", w: 80, h: 24},
		{name: "120x40", w: 120, h: 40},
		{name: "40x20-ascii-ended", w: 40, h: 20, o: Options{ASCII: true}, ended: true},
		{name: "80x24-mono-paused", w: 80, h: 24, o: Options{NoColor: true}, keys: "p"},
		{name: "80x24-lost", w: 80, h: 24, script: lossy()},
		{name: "80x24-search", w: 80, h: 24, keys: "/ l o g"},
		{name: "80x24-filter", w: 80, h: 24, o: Options{Where: conditionOf}, keys: "& z o m b y Enter"},
		{name: "80x24-mono-filtered", w: 80, h: 24, o: Options{Where: conditionOf, NoColor: true, Filter: "zombie"}},
		{name: "120x40-filtered", w: 120, h: 40, o: Options{Where: conditionOf}, keys: "& z o m b i e Enter"},
		{name: "80x24-note", w: 80, h: 24, keys: "p m l o o k Space h e r e"},
		{name: "80x24-ascii-marked", w: 80, h: 24, o: Options{ASCII: true, Marks: someMarks}, keys: "p , \" \""},
		{name: "120x40-replay-marked", w: 120, h: 40, o: Options{Replay: Events(forkServer().events),
			Marks: someMarks}, keys: "{ '"},
		{name: "80x24-time", w: 80, h: 24, keys: "@ 1 . 5"},
		{name: "80x24-detail", w: 80, h: 24, keys: "z Enter"},
		{name: "100x30-parent-detail", w: 100, h: 30, keys: "Home Enter"},
		{name: "40x20-ascii-parent-detail", w: 40, h: 20, o: Options{ASCII: true}, keys: "Home Enter PgDn"},
		{name: "80x24-help", w: 80, h: 24, keys: "?"},
		{name: "80x24-output", w: 80, h: 24, o: Options{Output: output}, keys: "o"},
		{name: "80x24-typing", w: 80, h: 24, keys: "I",
			o: Options{Output: output, Terminal: writtenTo(consoleSession)}},
		{name: "120x40-terminal-ascii", w: 120, h: 40, o: Options{Output: output, ASCII: true,
			Terminal: writtenTo(consoleSession)}, keys: "o Tab"},
		{name: "120x40-light-threads-detail", w: 120, h: 40, o: Options{Theme: Light}, keys: "t Home Down Enter"},
		{name: "120x40-ascii-summary", w: 120, h: 40, o: Options{ASCII: true}, ended: true, keys: "s"},
		{name: "120x40-help", w: 120, h: 40, keys: "?"},
		{name: "120x40-folded-filtered", w: 120, h: 40, keys: "Home Space 1 6 w"},
		{name: "80x24-replay", w: 80, h: 24, o: Options{Replay: Events(forkServer().events)}, keys: "} , , , [ ,"},
		{name: "120x40-replay-detail", w: 120, h: 40, o: Options{Replay: Events(forkServer().events)},
			keys: "} < Enter"},
		{name: "120x40-control", w: 120, h: 40, keys: "C W", o: Options{Controls: twoControls(new([]int)),
			Signal: sent}},
		{name: "80x24-control-question", w: 80, h: 24, keys: "Home C End Up Enter", o: Options{
			Controls: twoControls(new([]int)), Signal: sent}},
		{name: "120x40-control-changed", w: 120, h: 40, script: switched(), keys: "C", o: Options{
			Controls: twoControls(new([]int))}},
		{name: "80x24-changed", w: 80, h: 24, script: switched()},
		{name: "80x24-mono-control", w: 80, h: 24, keys: "C",
			o: Options{Theme: Mono, Controls: twoControls(new([]int))}},
		{name: "120x40-ledger", w: 120, h: 40, ended: true, keys: "b"},
		{name: "120x40-replay-why", w: 120, h: 40, o: Options{Replay: Events(lossy().events)}, keys: "} ! !"},
		{name: "80x24-finding", w: 80, h: 24, o: Options{Replay: Events(lossy().events)}, keys: "} ! Enter"},
		{name: "40x20-replay", w: 40, h: 20, o: Options{Replay: Events(forkServer().events)}, keys: "> ."},
		{name: "120x24-coroutines-detail", w: 120, h: 24, script: coroutines(), keys: "t c End Up Enter"},
		{name: "100x30-holder-detail", w: 100, h: 30, script: holding(), keys: "Home Down Enter"},
		{name: "100x30-held-detail", w: 100, h: 30, script: holding(), keys: "Home Enter"},
		{name: "80x24-lanes", w: 80, h: 24, script: working(), keys: "l"},
		{name: "80x24-lanes-mono", w: 80, h: 24, o: Options{NoColor: true}, script: working(), keys: "l Down Down +"},
		{name: "120x44-lanes-light", w: 120, h: 44, o: Options{Theme: Light}, script: working(), keys: "t l t"},
		{name: "100x30-lanes-coroutines", w: 100, h: 30, script: coroutines(), keys: "l"},
		{name: "40x20-lanes-ascii", w: 40, h: 20, o: Options{ASCII: true}, script: working(), keys: "l"},
		{name: "30x7-lanes", w: 30, h: 7, script: working(), keys: "l"},
		{name: "80x24-replay-lanes", w: 80, h: 24, o: Options{Replay: Events(working().events)}, keys: "} < > , , l"},
		{name: "80x24-requests", w: 80, h: 24, script: working(), keys: "r"},
		{name: "80x24-requests-mono", w: 80, h: 24, o: Options{NoColor: true}, script: working(), keys: "r d Down"},
		{name: "120x44-requests-light", w: 120, h: 44, o: Options{Theme: Light}, script: working(),
			keys: "Home Down R"},
		{name: "40x20-requests-ascii", w: 40, h: 20, o: Options{ASCII: true}, script: working(), keys: "r"},
		{name: "120x40-lanes-help", w: 120, h: 40, script: working(), keys: "l ?"},
		{name: "120x40-alike", w: 120, h: 40, script: littered(1701), keys: "z Enter"},
		{name: "80x24-alike-open", w: 80, h: 24, script: littered(60), keys: "z Right Down Down"},
		{name: "60x15-alike-ascii", w: 60, h: 15, o: Options{ASCII: true}, script: littered(60), keys: "z z"},
		{name: "80x24-alike-mono", w: 80, h: 24, o: Options{NoColor: true}, script: littered(60)},
		{name: "80x24-copy", w: 80, h: 24, keys: "y"},
		{name: "80x24-blind", w: 80, h: 24, o: Options{Theme: BlindDark}, keys: "z"},
		{name: "80x24-16-paused", w: 80, h: 24, o: Options{Theme: Sixteen}, keys: "p z"},
		{name: "80x24-projector", w: 80, h: 24, o: Options{Projector: true}},
		{name: "60x15-projector-ascii", w: 60, h: 15, o: Options{Projector: true, ASCII: true}, keys: "z"},
		{name: "80x24-projector-finding", w: 80, h: 24, o: Options{Projector: true, Replay: Events(lossy().events)},
			keys: "}"},
		{name: "120x40-projector-light", w: 120, h: 40, o: Options{Theme: Light}, keys: "P e z"},
		{name: "80x24-projector-mono-requests", w: 80, h: 24, o: Options{Projector: true, NoColor: true},
			script: working(), keys: "r"},
		{name: "20x5", w: 20, h: 5},
		{name: "30x7", w: 30, h: 7},
	} {
		if c.script == nil {
			c.script = forkServer()
		}
		c.o.Title, c.o.Live = title, true
		c.o.complete()
		for _, c.o.Words = range words.Languages() {
			name := c.name
			if c.o.Words != words.English() {
				if name += "-" + c.o.Words.Name; c.o.ASCII { // which is English
					continue
				}
			}
			s := stateWith(c.script, c.w, c.h, c.o)
			t.Cleanup(s.console.close)
			if c.ended {
				s.end()
			}
			for _, k := range strings.Fields(c.keys) {
				press(s, k)
			}
			shown[reflect.TypeOf(s.side)], shown[reflect.TypeOf(s.mode)] = true, true
			t.Run(name, func(t *testing.T) {
				look := c.o.Theme
				if s.projector {
					look = look.strong()
				}
				text, letters := rowsOf(screenOf(t, s, c.o.Theme), look)
				golden(t, name+".txt", strings.Join(text, "\n")+"\n\n"+strings.Join(letters, "\n")+"\n")
			})
		}
	}
	for _, part := range append(partsOf[reader](), partsOf[mode]()...) {
		if !shown[part] {
			t.Errorf("no screen here shows the %v", part)
		}
	}
}

// partsOf returns the types of the state's parts that are an I.
func partsOf[I any]() (types []reflect.Type) {
	for field := range reflect.TypeFor[state]().Fields() {
		if field.Type.Kind() == reflect.Pointer && field.Type.Implements(reflect.TypeFor[I]()) {
			types = append(types, field.Type)
		}
	}
	return types
}

// TestEveryReaderOpens: a pane that is not among the readers has no key.
func TestEveryReaderOpens(t *testing.T) {
	s := newState(Options{})
	for _, part := range partsOf[reader]() {
		if !slices.ContainsFunc(s.readers, func(r reader) bool { return reflect.TypeOf(r) == part }) {
			t.Errorf("the %v is not among the state's readers", part)
		}
	}
}

// press does what the loop does with a key.
func press(s *state, key string) {
	s.key(key)
	s.arrive()
	s.settle()
}

func TestShotIsAPictureOfTheScreen(t *testing.T) {
	batches := [][]event.Event{forkServer().events}
	for _, theme := range []*Theme{Dark, Light, Mono} {
		o := ShotOptions{Width: 90, Height: 30, Title: "a <title> & more", Theme: theme, Keys: []string{"z", "Enter"}}
		picture := Shot(batches, o)
		if string(picture) != string(Shot(batches, o)) {
			t.Errorf("%s: two pictures of the same differ", theme.name)
		}
		var drawn strings.Builder
		d := xml.NewDecoder(strings.NewReader(string(picture)))
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", theme.name, err)
			}
			if s, ok := token.(xml.CharData); ok {
				drawn.Write(s)
			}
		}
		for _, want := range []string{"a <title> & more", "PROCESS", "1207", "must reap it"} {
			if !strings.Contains(drawn.String(), want) {
				t.Errorf("%s: %q is missing", theme.name, want)
			}
		}
	}
	if whole := Shot(batches, ShotOptions{Replay: true, Ended: true}); !strings.Contains(string(whole), "REPLAY") {
		t.Error("a picture of a replay does not say so")
	}
}

func BenchmarkFrame10kProcesses(b *testing.B) {
	s := stateWith(manyChildren(10_000), 120, 40, Options{Live: true, Model: model.Options{Linger: 1e9}})
	var c canvas
	for b.Loop() {
		s.settle()
		s.paint(&c)
	}
}

func BenchmarkFrameOfHelp(b *testing.B) {
	s := stateWith(forkServer(), 120, 40, Options{Live: true})
	press(s, "?")
	var c canvas
	for b.Loop() {
		s.settle()
		s.paint(&c)
	}
}

func BenchmarkTake(b *testing.B) {
	batch := forkServer().events
	s := newState(Options{})
	for b.Loop() {
		s.take(batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/event")
}

func ExampleThemeByName() {
	theme, err := ThemeByName("sepia")
	fmt.Println(theme == nil, err)
	// Output: true "sepia" is not known; choose one of auto, dark, light, colour-blind, colour-blind-light, 16, mono
}
