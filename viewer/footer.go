package viewer

import (
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

// footerItems are as many keys as fit; help and quit come first.
func (s *state) footerItems(width int) []footerItem {
	var items []footerItem
	x := s.footerFront().width + 1
	taken := map[string]bool{}
	for _, group := range sections {
		if group.when != nil && !group.when(s) {
			continue
		}
		for i := range group.bindings {
			b := &group.bindings[i]
			if b.show == "" || taken[b.keys[0]] || b.when != nil && !b.when(s) {
				continue
			}
			for _, k := range b.keys {
				taken[k] = true
			}
			pressed := strings.Fields(b.show)
			item := footerItem{x: x, key: s.glyphs.keyText(b.show), label: b.label, press: pressed[len(pressed)-1]}
			if end := x + item.width(); end < width {
				items = append(items, item)
				x = end + 2
			}
			if s.help { // everything else waits until the help is closed
				return items
			}
		}
	}
	return items
}

func (i footerItem) width() int { return text.Width(i.key) + 1 + text.Width(i.label) }

// footerFront is what the footer says before the keys.
func (s *state) footerFront() line {
	var l line
	switch {
	case s.typing:
		l.add(roleKey, " search: ").add(roleStrong, s.glyphs.safe(s.search)+"_")
		if s.notice != "" {
			l.gap(2).add(roleWarn, s.glyphs.safe(s.notice))
		}
	case s.replay != nil && s.replay.err != nil:
		l.add(roleAlarm, " "+s.glyphs.safe(s.replay.err.Error())+" ")
	case s.notice != "":
		l.add(roleWarn, " "+s.glyphs.safe(s.notice)+" ")
	case s.replay == nil && s.trace.closed:
		c := s.trace.model.Counters()
		l.add(roleText, " ended:")
		if root := s.trace.model.Root(); root != nil && root.State != model.Alive && root.Status != 0 {
			l.add(roleAlarm, " "+text.StatusText(root.Status)+" ")
		}
		if s.w >= 60 || c.ZombiesLeft == 0 {
			l.add(roleText, " "+text.Plural(c.ProcessesCreated, "process", "processes"))
		}
		if c.ZombiesLeft > 0 {
			l.gap(1).add(roleZombie, text.Plural(c.ZombiesLeft, "zombie left", "zombies left"))
		}
		l.gap(1)
	}
	return l
}

func (s *state) footer(width int) line {
	l := line{mark: markBar}
	l.join(s.footerFront())
	if s.typing {
		l.gap(2).add(roleKey, s.glyphs.keyText("Enter")).add(roleDim, " done  ").add(roleKey, "Esc").add(roleDim,
			" cancel")
		return l
	}
	for _, item := range s.footerItems(width) {
		l.to(item.x).add(roleKey, item.key).gap(1).add(roleDim, item.label)
	}
	return l
}
