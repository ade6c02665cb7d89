package text

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Wrap breaks a sentence into lines of at most width cells, at blanks. Words in which other characters than those of
// ASCII stand, as a Chinese sentence without a blank, are broken where Unicode allows it (UAX #14), and any word that
// is longer than a line at its end.
func Wrap(sentence string, width int) []string {
	width = max(width, 4)
	var lines []string
	current := ""
	for _, piece := range pieces(sentence) {
		for {
			if current == "" {
				piece = strings.TrimLeft(piece, " ")
			}
			if Width(strings.TrimRight(current+piece, " ")) <= width {
				current += piece
				break
			}
			if current != "" {
				lines, current = append(lines, strings.TrimRight(current, " ")), ""
				continue
			}
			head := Cut(piece, width, "")
			if head == "" { // a character wider than the line
				head = piece
			}
			lines, piece = append(lines, head), piece[len(head):]
		}
	}
	return append(lines, strings.TrimRight(current, " "))
}

// pieces parts a sentence where a line can end. Blanks stand at the ends of pieces.
func pieces(sentence string) (list []string) {
	for word := range strings.SplitAfterSeq(sentence, " ") {
		if ascii(word) {
			list = append(list, word)
			continue
		}
		for state := -1; word != ""; {
			var piece string
			piece, word, _, state = uniseg.FirstLineSegmentInString(word, state)
			list = append(list, piece)
		}
	}
	return list
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
