package viewer

import (
	"cmp"
	"slices"
	"strings"

	"tracer/model"
	"tracer/text"
)

// A footerItem is a key that works now, with its place.
type footerItem struct {
	x          int
	key, label string
	press      string // the key that a click presses
}

// The keys that have a sign of their own.
var keySigns = strings.NewReplacer("Left", "←", "Right", "→", "Enter", "⏎")

func (g *glyphs) keyText(keys string) string {
	if g.ascii {
		return keys
	}
	return keySigns.Replace(keys)
}

// footerItems are as many of the keys that work now as fit beside what stands before them: those of a high rank make
// room for the others. On a projector only those of the lowest are left.
func footerItems(s *state, width int) []footerItem {
	var shown []*binding
	for group, b := range s.working() {
		if b.show != "" && (group.inFooter == nil || group.inFooter(s)) && (b.rank <= 1 || !s.projector) {
			shown = append(shown, b)
		}
	}
	x := footerFront(s).width + 1
	fitting := map[*binding]footerItem{}
	room, dropped := width-x-1, 0
	for _, b := range byRank(shown) {
		if dropped > 0 && b.rank > dropped {
			break
		}
		pressed := strings.Fields(b.show)
		item := footerItem{key: s.glyphs.keyText(b.show), label: b.label, press: pressed[len(pressed)-1]}
		if item.width() > room {
			dropped = b.rank
			continue
		}
		fitting[b] = item
		room -= item.width() + 2
	}
	var items []footerItem
	for _, b := range shown {
		if item, fits := fitting[b]; fits {
			item.x = x
			items = append(items, item)
			x += item.width() + 2
		}
	}
	return items
}

// byRank sorts rows of the table, of the same rank in the order of the table.
func byRank(bindings []*binding) []*binding {
	return slices.SortedStableFunc(slices.Values(bindings), func(a, b *binding) int {
		return cmp.Compare(a.rank, b.rank)
	})
}

func (i footerItem) width() int { return text.Width(i.key) + 1 + text.Width(i.label) }

// footerFront is what the footer says before the keys.
func footerFront(s *state) line {
	say := &s.words.Screen
	var l line
	switch {
	case s.cursor.err != nil:
		l.add(roleAlarm, " "+s.glyphs.safe(s.words.Error(s.cursor.err))+" ")
	case s.notice != "":
		l.add(roleWarn, " "+s.glyphs.safe(s.notice)+" ")
	case s.cursor.follows && !s.cursor.log.grows:
		c := s.shown().model.Counters()
		l.add(roleText, " "+say.EndedColon)
		if root := s.shown().model.Root(); root != nil && root.State != model.Alive && root.Status != 0 {
			l.add(roleAlarm, " "+s.words.StatusText(root.Status)+" ")
		}
		if s.w >= 60 || c.ZombiesLeft == 0 {
			l.add(roleText, " "+say.Processes(c.ProcessesCreated))
		}
		if c.ZombiesLeft > 0 {
			l.gap(1).add(roleZombie, say.ZombiesLeft(c.ZombiesLeft))
		}
		l.gap(1)
	}
	return l
}

func footer(s *state, width int) line {
	l := line{mark: markBar}
	if prompt := s.mode.prompt(s); prompt.width > 0 {
		l.join(prompt)
		return l
	}
	l.join(footerFront(s))
	for _, item := range footerItems(s, width) {
		l.to(item.x).add(roleKey, item.key).gap(1).add(roleDim, item.label)
	}
	return l
}
