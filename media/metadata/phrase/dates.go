// Package phrase knows the texts in metadata: their encodings, dates, and what programs write
// into every picture.
package phrase

import (
	"slices"
	"strings"
	"unicode"
)

// dateWords are what dates are written with besides numbers.
var dateWords = strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec january february march april june july " +
	"august september october november december mon tue wed thu fri sat sun monday tuesday wednesday thursday friday " +
	"saturday sunday am pm t z utc gmt")

// IsDate reports whether a text is a date, a time or a part of one, and no other
// words.
func IsDate(text string) bool {
	const longest = 64
	if len(text) > longest || !strings.ContainsAny(text, "0123456789") {
		return false
	}
	letters := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, word := range letters {
		if !slices.Contains(dateWords, word) {
			return false
		}
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !strings.ContainsRune("0123456789 :.,/+-", r)
	})
}
