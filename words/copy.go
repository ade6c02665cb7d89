package words

// CopyWords are said where something is copied.
type CopyWords struct {
	What    string
	Line    string
	Tree    string
	Finding string
	Command string
	Nothing string
	NotLive string
	TooLong string
	// What was copied: a line, or so many.
	CopiedLine  func(line string) string
	CopiedLines func(what string, lines uint64) string
}
