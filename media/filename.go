package media

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Naming says how stored files are named, like Chevereto's upload_filenaming.
type Naming string

// The ways to name stored files.
const (
	NamingOriginal Naming = "original" // after the client's name
	NamingMixed    Naming = "mixed"    // the client's name and 16 random characters
	NamingRandom   Naming = "random"   // 32 random characters
	NamingID       Naming = "id"       // the item's public name
)

const (
	maxName      = 200 // characters of a stored name, without its extension
	suffixLength = 16  // random characters that tell two equal names apart
)

// Bounds of the words that are kept of an item. Those that come from its file are
// cut to them.
const (
	MaxTitle       = 100    // characters, of an upload and of an album
	MaxMediaTitle  = 255    // characters, that an item is given later
	MaxDescription = 10_000 // bytes, of an item or a post
	MaxTags        = 100
	maxClientName  = 255 // bytes
	MaxEXIFText    = 256 // bytes of one value
)

// ClientFilename reduces the file name that a client sent to its last path element, as
// on Unix or Windows, and to the part before a NUL. It removes invisible characters that
// control how text is shown, decodes Windows code pages if the name is not UTF-8, and
// shortens a long name before its extension.
func ClientFilename(sent string) string {
	sent = decodeFilename(sent)
	if i := strings.LastIndexAny(sent, `/\`); i >= 0 {
		sent = sent[i+1:]
	}
	name, _, _ := strings.Cut(sent, "\x00")
	if name = strings.Map(visible, name); len(name) <= maxClientName {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > maxClientName/2 {
		extension = ""
	}
	return CutBytes(name, maxClientName-len(extension)) + extension
}

// visible drops control characters, those that turn the direction of what
// follows, and the byte order mark.
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' {
		return -1
	}
	return r
}

// StoredName returns a name for the stored file, without an extension, from the client's
// name or at random (docs/chevereto-api.md#file-names). attempt is above 0 if earlier
// names were taken, and adds a random suffix.
func (n Naming) StoredName(clientName, extension, id string, attempt int) string {
	var name string
	switch n {
	case NamingRandom:
		return RandomHex(32)
	case NamingID:
		name = id
	default:
		name = safeName(clientName, extension)
	}
	if n == NamingMixed || attempt > 0 {
		return name[:min(len(name), maxName-suffixLength)] + RandomHex(suffixLength)
	}
	return name[:min(len(name), maxName)]
}

var (
	variantSuffix = regexp.MustCompile(`\.(th|md|original|lg)$`)
	spaces        = regexp.MustCompile(`\s+`)
	unsafeInName  = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)
)

// safeName turns the client's name into letters, digits, _ . and -, or into
// random characters when nothing is left of it.
func safeName(clientName, extension string) string {
	name := strings.TrimLeft(withoutExtension(clientName), ".")
	name = strings.TrimSuffix(name, "."+extension)
	name = variantSuffix.ReplaceAllString(name, "")
	name = spaces.ReplaceAllString(transliterate(name), "-")
	name = unsafeInName.ReplaceAllString(strings.Trim(name, "-"), "")
	// What unsafe characters had hidden may start with a dot now.
	if name = strings.TrimLeft(name, "."); name == "" {
		return RandomHex(32)
	}
	return name
}

func withoutExtension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i]
	}
	return name
}

// extensions are those of the MIME types that have another one than the name of their
// subtype, the usual one first.
var extensions = map[string][]string{
	"image/jpeg":      {"jpeg", "jpg"},
	"image/heic":      {"heic", "heif"},
	"video/quicktime": {"mov"},
}

// ExtensionFor returns the extension, without its dot, for a file of a MIME type. It is
// the extension of the name like if that is one of the type's, else the usual one.
// Originals are named like the client's file, variants like their original. Nothing
// else chooses an extension.
func ExtensionFor(mime, like string) string {
	all := extensions[mime]
	if all == nil {
		all = []string{path.Base(mime)}
	}
	for _, extension := range all {
		if strings.HasSuffix(strings.ToLower(like), "."+extension) {
			return extension
		}
	}
	return all[0]
}

var wordBreaks = regexp.MustCompile(`[-_\s]+`)

// TitleFromName returns a title made from the client's file name: hyphens and underscores
// are spaces, unless they part two digits, as in dates.
func TitleFromName(clientName string) string {
	name := strings.TrimSpace(withoutExtension(clientName))
	var b strings.Builder
	last := 0
	for _, at := range wordBreaks.FindAllStringIndex(name, -1) {
		b.WriteString(name[last:at[0]])
		last = at[1]
		if between := name[at[0]:at[1]]; isDigitAt(name, at[0]-1) && isDigitAt(name, at[1]) && (between == "-" || between == "_") {
			b.WriteString(between)
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteString(name[last:])
	return CutRunes(b.String(), MaxTitle)
}

func isDigitAt(s string, i int) bool { return i >= 0 && i < len(s) && '0' <= s[i] && s[i] <= '9' }

// CutRunes returns the first characters of s, at most that many.
func CutRunes(s string, most int) string {
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}

// CutBytes returns the longest beginning of s that has whole characters and at most
// most bytes.
func CutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// transliterate writes Latin letters with marks, Cyrillic and Greek in ASCII,
// as Chevereto does: ligatures by their first letter, Cyrillic in capitals.
// What it does not know stays.
func transliterate(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(norm.NFC.String(s)) {
		switch ascii, known := asciiLetters[r]; {
		case known:
			b.WriteString(ascii)
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// asciiLetters holds what no decomposition gives.
var asciiLetters = letterTable(
	"ß s ẞ S æ a Æ A ø o Ø O œ o Œ O ł l Ł L đ d Đ D ð d Ð D þ t Þ T ħ h Ħ H ı i ŋ n Ŋ N ŧ t Ŧ T ſ s",
	"А A Б B В V Г G Д D Е E Ж ZH З Z И I К K Л L М M Н N О O П P Р R С S Т T У U Ф F Х H Ц TS Ч CH Ш SH Щ SCH Ъ - Ы Y Ь - Э E Ю YU Я YA І I Є YE Ґ G Ђ DJ Ј J Љ LJ Њ NJ Ћ C Џ DZ",
	"а A б B в V г G д D е E ж ZH з Z и I к K л L м M н N о O п P р R с S т T у U ф F х H ц TS ч CH ш SH щ SCH ъ - ы Y ь - э E ю YU я YA і I є YE ґ G ђ DJ ј J љ LJ њ NJ ћ C џ DZ",
	"Α A Β V Γ G Δ D Ε E Ζ Z Η I Θ TH Ι I Κ K Λ L Μ M Ν N Ξ X Ο O Π P Ρ R Σ S Τ T Υ Y Φ F Χ CH Ψ PS Ω O",
	"α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o",
)

// letterTable reads lines of pairs, of which "-" stands for nothing.
func letterTable(lines ...string) map[rune]string {
	table := make(map[rune]string)
	for _, line := range lines {
		words := strings.Fields(line)
		for i := 0; i+1 < len(words); i += 2 {
			table[[]rune(words[i])[0]] = strings.TrimPrefix(words[i+1], "-")
		}
	}
	return table
}

func RandomHex(n int) string {
	b := make([]byte, n/2)
	rand.Read(b)
	return hex.EncodeToString(b)
}

const (
	idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	idLength   = 7
)

// NewID returns a random public name: 7 letters and digits, 41 bits.
func NewID() string {
	const unbiased = 256 - 256%len(idAlphabet)
	id := make([]byte, 0, idLength)
	for b := make([]byte, 1); len(id) < idLength; {
		if rand.Read(b); int(b[0]) < unbiased {
			id = append(id, idAlphabet[int(b[0])%len(idAlphabet)])
		}
	}
	return string(id)
}

// IDFrom returns a public name made of a digest of at least 16 bytes.
func IDFrom(digest []byte) string {
	id := make([]byte, idLength)
	for i := range id {
		id[i] = idAlphabet[int(binary.BigEndian.Uint16(digest[2*i:]))%len(idAlphabet)]
	}
	return string(id)
}

// maxIDLength is that of IDs that were imported.
const maxIDLength = 11

// ValidID reports whether s has the form of a public name: one made here, or one
// that was imported.
func ValidID(s string) bool {
	return s != "" && len(s) <= maxIDLength && strings.Trim(s, idAlphabet) == ""
}
