package export

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/model"
	"tracer/record"
	"tracer/words"
)

// TestHeld: who holds a connection or a listener without use as a trace ends, and for as long as it is so.
func TestHeld(t *testing.T) {
	const begin = `
1.0 exec pid=100 start=1 flags=launch,root comm=server
+2ms accept pid=100 start=1 connection=1 listener=":80" peer="127.0.0.1:5000"
+0ms serve pid=100 start=1 connection=1 bytes_read=3
+1ms fork pid=100 start=1 child=101 child_start=3 parent=100 ns_pid=101
+0ms exec pid=101 start=3 comm=helper
+0ms hold pid=101 start=3 occasion=exec fd=5 connection=1 comm=helper
+0ms hold pid=101 start=3 occasion=exec fd=3 listener=":80" holder=100 comm=helper
`
	connection := Held{PID: 101, Comm: "helper", Connection: 1, Peer: "127.0.0.1:5000", Executed: true}
	listener := Held{PID: 101, Comm: "helper", Listener: ":80", FD: 3, Executed: true}
	for _, c := range []struct {
		name, then string
		want       []Held
	}{
		{"both", "", []Held{connection, listener}},
		{"another one is found to hold it",
			"+1ms hold pid=7 start=1 flags=untraced occasion=look fd=9 connection=1 comm=x",
			[]Held{connection, {PID: 7, Comm: "x", Connection: 1, Peer: "127.0.0.1:5000"}, listener}},
		{"it uses the connection", "+1ms serve pid=101 start=3 connection=1 bytes_written=3", []Held{listener}},
		{"it uses the listener", "+1ms accept pid=101 start=3 connection=2 listener=:80", []Held{connection}},
		{"the connection is closed", "+1ms close pid=101 start=3 connection=1", []Held{listener}},
		{"it ends", "+1ms exit pid=101 start=3 parent=100 flags=group_dead", []Held{}},
	} {
		_, events, _, err := record.ParseText(strings.NewReader(begin + c.then + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, summaryOf(events).Held); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestHeldAsText: the summary of the story for people, in each language.
func TestHeldAsText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "story.trc")
	writeStory(t, path)
	m, r := model.New(model.Options{}), open(t, path)
	if err := Feed(m, r); err != nil {
		t.Fatal(err)
	}
	s := SummarizeRecording(r, m)
	for language, want := range map[string]string{
		"en": "103 (helper): listening socket :80 (fd 3), on which it has not accepted, held since its program was " +
			"executed\n",
		"zh": "103（helper）：监听套接字 :80（fd 3），它未曾在其上 accept，其程序被 exec 时即已持有\n"} {
		l, _ := words.ByName(language)
		var b bytes.Buffer
		if err := s.Text(&b, l); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v; %q is missing in\n%s", err, want, b.String())
		}
	}
}
