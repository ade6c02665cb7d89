package usage

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"tracer/text"
	"tracer/words"
)

func TestFill(t *testing.T) {
	const paragraphs = "one two three four five\n\n进程和线程们\nList:\n  a  stays as it is\n"
	const want = "one two\nthree four\nfive\n\n进程和线程\n们\nList:\n  a  stays as it is"
	if got := fill(paragraphs, 10); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestFlagLines: a description is broken beside the names, in each language, and a default stands at its end.
func TestFlagLines(t *testing.T) {
	var flags []*pflag.Flag
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.StringP("output", "o", "", "the file to write; - or none is standard output")
	f.Bool("quiet", false, "要写的文件；不给出表示标准输出")
	f.Int("workers", 4, "processes")
	f.Int("limit", 0, "how many")
	f.VisitAll(func(flag *pflag.Flag) { flags = append(flags, flag) })
	for l, last := range map[*words.Language]string{words.English(): "(default 4)", words.Chinese(): "（默认 4）"} {
		lines := flagLines(flags, l, 48)
		for _, line := range lines {
			if text.Width(line) > 48 || line[:22] != strings.Repeat(" ", 22) && line[2] != '-' && line[6] != '-' {
				t.Errorf("%q", line)
			}
		}
		if all := strings.Join(lines, "\n"); len(lines) != 6 || strings.Count(all, "4") != 1 ||
			!strings.HasSuffix(all, last) {
			t.Errorf("%d lines:\n%s", len(lines), all)
		}
	}
}
