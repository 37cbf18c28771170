package media

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Old tools of Windows send names in the code page of their system, and do not
// say which one that is. A codePage tells how far a name looks like its own.
type codePage struct {
	encoding.Encoding
	// usual tells whether a character, from its bytes, is one that names have.
	usual func(decoded rune, sent []byte) bool
	// word tells whether the letters of a word can stand beside each other.
	word func(word []rune) bool
}

// codePages are those that are told apart; of two that fit alike the first wins.
var codePages = []codePage{
	{charmap.Windows1251, usualCyrillic, plausibleCyrillic},
	{japanese.ShiftJIS, usualJapanese, anyWord},
	{simplifiedchinese.GBK, usualChinese, anyWord},
	{charmap.Windows1252, usualLatin, plausibleLatin},
}

// decodeFilename returns a name as UTF-8, whatever it was sent in: UTF-8 with a
// few damaged bytes, or the code page that it looks most like, Windows-1252 when
// it looks like none. A name of UTF-8 stays as it is.
func decodeFilename(sent string) string {
	if utf8.ValidString(sent) {
		return sent
	}
	if mostlyUTF8(sent) {
		return strings.ToValidUTF8(sent, "\ufffd")
	}
	best, name := 0.0, ""
	for _, page := range codePages {
		if decoded, share := page.read(sent); share > best {
			best, name = share, decoded
		}
	}
	if best == 0 {
		name, _ = charmap.Windows1252.NewDecoder().String(sent)
	}
	return strings.ToValidUTF8(name, "\ufffd")
}

// mostlyUTF8 reports whether a name has more whole characters of UTF-8 beyond
// ASCII than places that are none.
func mostlyUTF8(s string) bool {
	whole, damaged := 0, 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			damaged++
			for i < len(s) && !utf8.RuneStart(s[i]) {
				i++ // the rest of a character that was cut
			}
		case !unicode.IsGraphic(r):
			return false
		case r >= utf8.RuneSelf:
			whole++
		}
	}
	return whole > damaged
}

// read decodes a name, and tells which share of its characters beyond ASCII
// look like those of the code page: 0 when it cannot be one of it.
func (p codePage) read(sent string) (decoded string, share float64) {
	var usual, all int
	var whole, word []rune
	decoder := p.NewDecoder()
	for rest := []byte(sent); len(rest) > 0; {
		n, r := next(decoder, rest)
		if r == utf8.RuneError || r < ' ' || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cc, r) {
			return "", 0
		}
		if r >= utf8.RuneSelf {
			all++
			if p.usual(r, rest[:n]) {
				usual++
			}
		}
		whole, rest = append(whole, r), rest[n:]
		if unicode.IsLetter(r) {
			word = append(word, r)
			continue
		}
		if !p.word(word) {
			usual--
		}
		word = word[:0]
	}
	if !p.word(word) {
		usual--
	}
	return string(whole), float64(max(usual, 0)) / float64(max(all, 1))
}

// next decodes one character; utf8.RuneError stands for bytes that are none.
func next(d *encoding.Decoder, b []byte) (n int, r rune) {
	if b[0] < utf8.RuneSelf {
		return 1, rune(b[0])
	}
	for n = 1; n <= min(2, len(b)); n++ {
		d.Reset()
		out, err := d.Bytes(b[:n])
		if r, size := utf8.DecodeRune(out); err == nil && size == len(out) && r != utf8.RuneError {
			return n, r
		}
	}
	return 1, utf8.RuneError
}

func anyWord([]rune) bool { return true }

func usualCyrillic(r rune, _ []byte) bool { return unicode.Is(unicode.Cyrillic, r) }

// plausibleCyrillic wants one script in a word, and capitals at its beginning or
// throughout. Few letters are words by themselves.
func plausibleCyrillic(word []rune) bool {
	if len(word) == 1 && word[0] >= utf8.RuneSelf {
		return strings.ContainsRune("авикосуя", unicode.ToLower(word[0]))
	}
	cyrillic, capitals, small := 0, 0, false
	for i, r := range word {
		if unicode.Is(unicode.Cyrillic, r) {
			cyrillic++
		}
		if unicode.IsUpper(r) && i > 0 {
			capitals++
		}
		small = small || unicode.IsLower(r)
	}
	return (cyrillic == 0 || cyrillic == len(word)) && (capitals == 0 || !small)
}

// usualLatin takes the letters of western languages, and a few signs.
func usualLatin(r rune, _ []byte) bool {
	return unicode.Is(unicode.Latin, r) && r != 'ƒ' || strings.ContainsRune("–—‘’“”«»°©®€£§²³·¡¿ºª", r)
}

// plausibleLatin wants letters with marks among letters of ASCII, as words have
// them.
func plausibleLatin(word []rune) bool {
	marked := 0
	for _, r := range word {
		if r >= utf8.RuneSelf {
			marked++
		}
	}
	return marked <= 1 || marked == 2 && len(word) > 2 || 2*marked <= len(word)
}

// usualJapanese takes kana of full width and the kanji of everyday, which stand
// first in the code page (JIS X 0208, level 1).
func usualJapanese(r rune, sent []byte) bool {
	switch {
	case len(sent) < 2:
		return false // kana of half width: any letter of another code page
	case unicode.In(r, unicode.Hiragana, unicode.Katakana) || r == 'ー' || r == '々':
		return true
	}
	return unicode.Is(unicode.Han, r) && sent[0] <= 0x97 || sent[0] <= 0x82
}

// usualChinese takes the characters of everyday (GB 2312, level 1), and signs.
func usualChinese(r rune, sent []byte) bool {
	if len(sent) < 2 || sent[1] < 0xa1 {
		return false
	}
	return sent[0] >= 0xb0 && sent[0] <= 0xd7 || sent[0] >= 0xa1 && sent[0] <= 0xa3
}
