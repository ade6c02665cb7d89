package viewer

import (
	"fmt"
	"strings"

	"tracer/event"
	"tracer/text"
	"tracer/words"
)

// bar is the line that shows where the cursor is in the log, and leads elsewhere by a click.
type bar struct {
	*cursor
	glyphs *glyphs
	say    *words.ScreenWords
	marks  []event.Mark
}

// bar is that of the state.
func (s *state) bar() bar { return bar{s.cursor, s.glyphs, &s.words.Screen, s.marks.all} }

func (b bar) line(width int) line {
	l := b.words(width)
	if x, room := b.place(width); room > 0 {
		l.to(x).join(b.track(room))
	}
	return l
}

func (b bar) words(width int) line {
	l := line{mark: markBar}
	sign, word := b.glyphs.pause, b.say.BarPaused
	if b.playing {
		sign, word = b.glyphs.play, b.say.BarPlaying
	}
	l.gap(1).add(roleStrong, sign)
	if width >= 70 {
		l.gap(1).add(roleDim, text.Pad(word, 7))
	}
	l.add(roleKey, fmt.Sprintf(" x%g", speeds[b.speed]))
	at := text.Count(b.pos)
	if width >= 50 {
		at = b.say.Event(at)
	}
	l.add(roleStrong, "  "+at).add(roleDim, " "+b.say.Of(b.log.end()))
	if width >= 60 {
		at := text.TimeText(b.shown.start(), b.shown.now, 6)
		before, after, _ := strings.Cut(b.say.Seconds(at), at)
		l.add(roleStrong, "  "+before+at).add(roleDim, after)
	}
	if b.busy() {
		l.add(roleWarn, "  "+b.say.Seeking)
	}
	if first := b.first(); first > 0 && width >= 100 {
		l.add(roleWarn, "  "+b.say.FirstNotKept(first))
	} else if first > 0 {
		l.add(roleWarn, "  "+b.say.From(first))
	}
	return l
}

// place is where the track begins on the bar and how wide it is; 0 when there is no room.
func (b bar) place(width int) (x, room int) {
	x = b.words(width).width + 2
	if room = width - x - 1; room < 8 {
		return 0, 0
	}
	return x, room
}

// track is the line with the knob, width cells wide.
func (b bar) track(width int) line {
	var l line
	done := b.cell(b.pos, width)
	marked := b.marked(width)
	for x := range width {
		switch {
		case x == done:
			l.add(roleStrong, b.glyphs.knob)
		case marked[x]:
			l.add(roleWarn, b.glyphs.mark)
		case x < done:
			l.add(roleKey, b.glyphs.done)
		default:
			l.add(roleTree, b.glyphs.track)
		}
	}
	return l
}

// cell is where on a track of that width the knob is for a position.
func (b bar) cell(pos uint64, width int) int {
	first, end := b.first(), b.log.end()
	if end <= first {
		return 0
	}
	return int(float64(max(pos, first)-first) / float64(end-first) * float64(width-1))
}

// marked are the cells of a track in which there is a mark: where the knob is when the cursor is on it.
func (b bar) marked(width int) map[int]bool {
	cells := map[int]bool{}
	first, end := b.first(), b.log.end()
	for _, m := range b.marks {
		if m.Event >= first && m.Event < end {
			cells[b.cell(m.Event+1, width)] = true
		}
	}
	return cells
}

// click goes to where on the track it is, or plays and stops.
func (b bar) click(x, width int) {
	start, room := b.place(width)
	if room == 0 || x < start {
		b.play()
		return
	}
	b.drag(x, width)
}

// drag goes to where on the track it is.
func (b bar) drag(x, width int) {
	start, room := b.place(width)
	if room == 0 {
		return
	}
	x = max(x, start)
	b.playing = false
	if x-start >= room-1 {
		b.toEnd()
		return
	}
	first, end := b.first(), b.log.end()
	for _, m := range b.marks {
		if m.Event >= first && m.Event < end && b.cell(m.Event+1, room) == x-start {
			b.seek(m.Event + 1)
			return
		}
	}
	b.seek(first + uint64(float64(x-start)/float64(room-1)*float64(end-first)))
}
