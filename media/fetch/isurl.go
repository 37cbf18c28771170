package fetch

import (
	"regexp"
	"strings"
)

// pictureURL finds the URL of a picture anywhere in a text.
var pictureURL = regexp.MustCompile(
	`(?i)(?:https?|ftp)://[a-z0-9_-]+(?:\.[a-z0-9_-]+)+(?::[0-9]+)?/\S*\.(?:jpe?g|gif|png|bmp|webp|avif)`)

// IsURL says whether a text given as source is meant as a URL rather than as
// base64 (docs/chevereto-api.md#urls): it begins with a scheme, "://" and a host, or has the
// URL of a picture in it. White space around it is ignored. Whether the URL may
// be fetched is another question, which [Client.Get] answers: a text for which
// IsURL reports true may well be ErrScheme or ErrURL there.
//
// Neither form occurs in base64, whose alphabet has no colon. A text longer than
// 8 KiB is never a URL.
func IsURL(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) > maxURLBytes {
		return false
	}
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		return false
	}
	return isScheme(scheme) && hasHost(rest) || pictureURL.MatchString(s)
}

// isScheme says whether s has the form of a scheme (RFC 3986, section 3.1).
func isScheme(s string) bool {
	for i, b := range []byte(strings.ToLower(s)) {
		letter := 'a' <= b && b <= 'z'
		other := '0' <= b && b <= '9' || b == '+' || b == '-' || b == '.'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return s != ""
}

// hasHost says whether a host follows "://": something before the path, query
// or fragment and after any user information (RFC 3986, section 3.2).
func hasHost(rest string) bool {
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	return authority[strings.LastIndexByte(authority, '@')+1:] != ""
}
