package words

import (
	"cmp"

	"tracer/text"
)

var englishRecordings = RecordingWords{
	MarksTooLarge: func(bytes, most uint64) string {
		return "the marks have " + text.Count(bytes) + " bytes, " + text.Count(most) + " are the most"
	},
	NoMarks: func(path string) string { return path + " does not hold the marks of a recording; move it away" },
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
	CutShort: func(where string) string { return where + "; all before it is shown" },

	CutOff:      "the recording is cut off",
	Damaged:     "the recording is damaged",
	NotReadable: "not a recording that this version reads",
	ThroughPipe: "the recording comes through a pipe; save it to a file first",
	Closed:      "the recording is closed",
	AtByte: func(what string, offset Number, detail string) string {
		return what + " at byte " + number(offset) + ": " + detail
	},
	Header: func(what, reason string) string { return what + ": its header: " + reason },

	BlockBroken: func(bytes uint64) string {
		return "a block ends after " + plural(bytes, "byte", "bytes") + " of its head"
	},
	BlockIncomplete: func(bytes uint64) string {
		return "a block of " + plural(bytes, "byte", "bytes") + " is incomplete"
	},
	BlockTooLarge: func(bytes uint64) string {
		return "a block of " + plural(bytes, "byte", "bytes") + " is larger than any can be"
	},
	BlockChanged:   "the checksum of a block does not match",
	HeadChanged:    "the checksum of a block's head does not match",
	OnlyZeros:      "nothing but zeros from here on, as a crash of the machine leaves them",
	OtherBeginning: "it does not begin as a recording does",
	OtherVersion: func(version, own Number) string {
		return "its format is version " + number(version) + ", this one reads version " + number(own)
	},
	HeaderIncomplete: "not even the header is complete",
	HeaderMissing:    "the header is missing",
	HeaderElsewhere:  func(quoted string) string { return "block " + quoted + " stands where the header should be" },
	EndMissing:       "the end mark is missing: tracer was killed, or is still recording",
	GapBefore: func(got, want Number) string {
		return "a chunk begins with event " + number(got) + ", but " + number(want) + " comes next"
	},
	EventsMissed: func(recorded, read uint64) string {
		return "the end mark counts " + plural(recorded, "event", "events") + ", and " + text.Count(read) + " came"
	},
	Contradiction: "a chunk does not hold what it should",
	Streams: func(has, want Number) string {
		return "a chunk has " + number(has) + " streams, not " + number(want)
	},
	Unpacked: func(reason string) string { return "a chunk cannot be unpacked: " + reason },
	Shorter:  "it has become shorter since it was opened",

	Open:     func(file, reason string) string { return "open the recording " + file + ": " + reason },
	OpenIn:   func(place, reason string) string { return "open the recording in " + place + ": " + reason },
	Read:     func(file, reason string) string { return "read the recording " + file + ": " + reason },
	ReadBack: func(reason string) string { return "read back the recording: " + reason },
	Create:   func(file, reason string) string { return "create the recording " + file + ": " + reason },
	Write:    func(file, reason string) string { return "write the recording " + file + ": " + reason },
	View: func(file string) string {
		return "view " + file + ": it comes through a pipe; save it to a file first"
	},
	Export: func(format, reason string) string { return "export to " + format + ": " + reason },

	SymbolicLink: func(file string) string {
		return file + " is a symbolic link; name the file itself with -o"
	},
	OtherFile: func(file string) string {
		return file + " exists and is not a recording; remove it or choose another name"
	},
	InUse: func(file string) string {
		return file + " is being recorded into by another process; name another file with -o"
	},
	InUseBy: func(file string, process int32) string {
		return file + " is being recorded into by process " + number(process) + "; name another file with -o"
	},
	NotToBeReplaced: func(file string) string {
		return file + " is a recording; remove it or choose another name"
	},
	DeniedToCaller: func(refusal, caller string) string {
		return refusal + " to " + caller + ", who called tracer as root; name another file with -o"
	},
	Moved:    "it was moved while it was written; it is whole, under another name",
	Replaced: "another file took its place while it was written, and its events are lost",
	Removed:  "it was removed while it was written, and its events are lost",
	ChangedByAnother: func(bytes, written uint64) string {
		return "another program wrote into it or cut it while it was written: it has " +
			plural(bytes, "byte", "bytes") + " and should have " + text.Count(written)
	},
}
