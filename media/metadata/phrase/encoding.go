package phrase

import "strings"

// windowsTexts are the characters of Windows-1252 from 0x80 to 0x9f that are found
// in texts, and U+FFFD for the others.
var windowsTexts = []rune("\u20ac\ufffd\ufffd\ufffd\u201e\u2026\ufffd\ufffd\ufffd\ufffd\u0160\ufffd\u0152\ufffd\u017d\ufffd" +
	"\ufffd\u2018\u2019\u201c\u201d\ufffd\u2013\u2014\ufffd\u2122\u0161\ufffd\u0153\ufffd\u017e\ufffd")

// Western reads the bytes of a text as Windows-1252, which has Latin-1 in it:
// old cameras and programs write so. It returns nothing for what is likely to be
// in another encoding, such as Shift-JIS, which would be mangled. Of western texts
// most letters are ASCII, and no three in a row are not.
func Western(s string) string {
	var b strings.Builder
	plain, other, inRow := 0, 0, 0
	for i := range len(s) {
		r := rune(s[i])
		if r < 0x80 {
			inRow = 0
			if 'a' <= r|0x20 && r|0x20 <= 'z' {
				plain++
			}
		} else {
			inRow, other = inRow+1, other+1
		}
		if 0x80 <= r && r < 0xa0 {
			r = windowsTexts[r-0x80]
		}
		if r == 0xfffd || inRow == 3 {
			return ""
		}
		b.WriteRune(r)
	}
	if other > 2*plain {
		return ""
	}
	return b.String()
}
