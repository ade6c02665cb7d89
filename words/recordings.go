package words

// RecordingWords say what is wrong with a recording.
type RecordingWords struct {
	Newer         func(version string) string // empty where it is not known
	MorePlaces    func(damage string, more uint64) string
	BlindBehind   func(damage string) string
	EventsMissing func(damage string, events uint64) string
	Cut           func(where string) string
}
