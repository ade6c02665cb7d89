package words

// ConfigWords are said of the file in which a user keeps the theme and the keys.
type ConfigWords struct {
	Head           func(path string) string // of the file, as it is printed
	NotRead        func(quoted, reason string) string
	Itself         func(path string) string // it was to be printed into itself
	NoMapping      string
	UnknownSetting func(quoted, remedy string) string
	NotTrueOrFalse func(setting string) string
	UnknownAction  func(quoted, remedy string) string
	Listed         string // where all names are
	NoKey          func(action string) string
	UnknownKey     func(quoted, remedy string) string
	KeysAre        func(names string) string
	Taken          func(action, key, other string) string
	Digit          func(action, key string) string
}
