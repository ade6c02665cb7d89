package words

import "cmp"

var englishRecordings = RecordingWords{
	Newer: func(version string) string {
		return "it has events of kinds that this tracer does not know, which are left out; read it with the " +
			"version that recorded it, " + cmp.Or(version, "a newer one")
	},
	MorePlaces: func(damage string, more uint64) string {
		return damage + ", and " + plural(more, "more place", "more places")
	},
	BlindBehind: func(damage string) string {
		return damage + "; all before it is shown, what follows it cannot be read"
	},
	EventsMissing: func(damage string, events uint64) string {
		return damage + "; " + plural(events, "event is missing", "events are missing") + ", all others are shown"
	},
	Cut: func(where string) string { return where + "; all before it is shown" },
}
