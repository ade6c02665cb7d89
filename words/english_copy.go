package words

var englishCopy = CopyWords{
	What:       "copy:",
	Line:       "line",
	Tree:       "subtree",
	Finding:    "finding",
	Command:    "command",
	Nothing:    "there is nothing to copy",
	NotLive:    "this process does not run now",
	TooLong:    "too long for the clipboard of a terminal",
	CopiedLine: func(line string) string { return "to the clipboard: " + line },
	CopiedLines: func(what string, lines uint64) string {
		return "to the clipboard: " + what + ", " + plural(lines, "line", "lines")
	},
}
