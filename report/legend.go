package report

import (
	"fmt"
	"slices"

	"tracer/words"
)

// sign is a part of the legend of the lanes: how something is drawn, from a place on, and what it is.
type sign struct{ shape, word string }

// Shapes of signs, in a place of their own.
const (
	barShape  = `d="M0 6h26" stroke-width="%d" stroke="%s"`
	lineShape = `d="M0 6h26" stroke-width="1.5" fill="none" %s`
	execShape = `d="m0 0l4 4l-4 4l-4 -4z" fill="#bc4c00"`
)

// zombieLooks are those of its line.
const zombieLooks = `stroke="#cf222e" stroke-width="3" stroke-dasharray="3 3"`

// signs are those of what there is in the lanes.
func (l *lanes) signs(say *words.ReportPage) (all []sign) {
	spans := []string{say.Process, say.Thread, say.Coroutine, say.Zombie, say.Stopped, say.Ending, say.Queued,
		say.Accepted, say.Served, say.Replied, say.Holding}
	for kind, word := range spans {
		switch looks := spanLooks[kind]; {
		case !slices.Contains(l.Spans.Kind, kind):
		case looks == "":
			all = append(all, sign{`d="M0 6h26" ` + zombieLooks, word})
		case kind >= firstPhase:
			all = append(all, sign{fmt.Sprintf(barShape, 4, looks), word})
		default:
			all = append(all, sign{fmt.Sprintf(barShape, 9, looks), word})
		}
	}
	edges := []string{say.Fork, say.Reap, say.Reparent, say.Coalesce, say.Dispatch}
	for kind, word := range edges {
		if slices.Contains(l.Edges.Kind, kind) {
			all = append(all, sign{fmt.Sprintf(lineShape, edgeLooks[kind]), word})
		}
	}
	if len(l.Marks.Kind) > 0 {
		all = append(all, sign{`transform="translate(13 2)" ` + execShape, say.Exec})
	}
	return all
}

// The legend, in pixels.
const (
	signsInRow = 6
	signWidth  = pictureWidth / signsInRow
)

// legendHeight is how much place signs take.
func legendHeight(signs []sign) int { return (len(signs) + signsInRow - 1) / signsInRow * pictureRow }

// legend draws signs from a height on.
func (d drawing) legend(signs []sign, top int) {
	for i, s := range signs {
		fmt.Fprintf(d, `<g transform="translate(%d %d)"><path %s/><text x="34" y="10" fill="%s">%s</text></g>`+"\n",
			6+i%signsInRow*signWidth, top+i/signsInRow*pictureRow, s.shape, inkColor, escaped(s.word))
	}
}
