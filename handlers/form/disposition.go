package form

import "strings"

// A partHeader is what counts of the header of a part: RFC 7578, section 4.
type partHeader struct {
	name        string
	filename    string
	isFile      bool
	contentType string
}

// parsePartHeader reads the lines of a header, folded lines already joined. A
// line without a colon, and any but the first of two lines with one name, is
// ignored; Content-Transfer-Encoding is too, as RFC 7578 demands.
func parsePartHeader(header string) partHeader {
	var h partHeader
	var seenDisposition, seenType bool
	for line := range strings.Lines(header) {
		name, value, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !seenDisposition && strings.EqualFold(name, "Content-Disposition"):
			seenDisposition = true
			h.setDisposition(value)
		case !seenType && strings.EqualFold(name, "Content-Type"):
			seenType = true
			h.contentType = value
		}
	}
	return h
}

// setDisposition reads the parameters of a Content-Disposition. The type in
// front of them is not looked at, as in PHP; nor is filename*, which RFC 7578
// forbids, so that a part with nothing else is no file.
func (h *partHeader) setDisposition(value string) {
	for value != "" {
		var key, v string
		key, v, value = cutParameter(value)
		switch {
		case strings.EqualFold(key, "name"):
			h.name = v
		case strings.EqualFold(key, "filename"):
			h.filename, h.isFile = v, true
		}
	}
}

// cutParameter takes the first parameter, or the type, which has no value, off
// a disposition.
func cutParameter(s string) (key, value, rest string) {
	end := strings.IndexAny(s, "=;")
	if end < 0 {
		return s, "", ""
	}
	key = strings.TrimSpace(s[:end])
	if s[end] == ';' {
		return key, "", s[end+1:]
	}
	value, rest = cutValue(strings.TrimLeft(s[end+1:], " \t"))
	return key, value, rest
}

// cutValue takes the value off the front of the rest of a disposition. Clients
// put names in quotes without a look at what is in them, so a quote, or a ";"
// without quotes, ends the value only where the header ends or another
// parameter begins. Without a closing quote all of the rest is the value.
func cutValue(s string) (value, rest string) {
	quote := byte(0)
	if s != "" && (s[0] == '"' || s[0] == '\'' && strings.IndexByte(s[1:], '\'') >= 0) {
		quote, s = s[0], s[1:]
	}
	for i := 0; i < len(s); i++ {
		switch {
		case quote != 0 && isEscape(s[i:], quote):
			i++
		case quote != 0 && s[i] == quote && endsValue(s[i+1:]):
			return unescapeFilename(s[:i], quote), strings.TrimLeft(s[i+1:], " \t")
		case quote == 0 && s[i] == ';' && endsValue(s[i:]):
			return unescapeFilename(strings.TrimSpace(s[:i]), quote), s[i:]
		}
	}
	return unescapeFilename(s, quote), ""
}

// endsValue tells whether s, which stands after a value, is the end of the
// disposition, or begins with ";" and another parameter or nothing.
func endsValue(s string) bool {
	s = strings.TrimLeft(s, " \t")
	if s == "" {
		return true
	}
	s, found := strings.CutPrefix(s, ";")
	if !found {
		return false
	}
	s = strings.TrimLeft(s, " \t")
	after := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*")
	if len(after) == len(s) {
		return s == "" || s[0] == ';'
	}
	return strings.HasPrefix(strings.TrimLeft(after, " \t"), "=")
}

// isEscape tells whether s begins with \\ or \" (the quote in use).
func isEscape(s string, quote byte) bool {
	return len(s) >= 2 && s[0] == '\\' && (s[1] == '\\' || s[1] == quote)
}

// unescapeFilename undoes what senders do to a name so that it fits between
// quotes. Browsers, curl since 7.81 and python-requests write %22, %0D and %0A
// for a quote, CR and LF, and nothing else, not even for "%" (HTML standard,
// "Multipart form data"); curl before that, or with --form-escape, and Go write
// \" and \\. So these five are undone, as PHP does for the last two, and any
// other backslash or "%" stands for itself: C:\path\x.png.
func unescapeFilename(s string, quote byte) string {
	if !strings.ContainsAny(s, `\%`) {
		return s
	}
	var b strings.Builder
	for s != "" {
		c, n := s[0], 1
		switch {
		case quote != 0 && isEscape(s, quote):
			c, n = s[1], 2
		case strings.HasPrefix(s, "%22"):
			c, n = '"', 3
		case hasPrefixFold(s, "%0D"):
			c, n = '\r', 3
		case hasPrefixFold(s, "%0A"):
			c, n = '\n', 3
		}
		b.WriteByte(c)
		s = s[n:]
	}
	return b.String()
}
