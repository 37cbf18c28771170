package form

import (
	"net/http"
	"strings"
)

type kind int

const (
	noBody kind = iota
	multipartBody
	pairsBody
	jsonBody
)

// bodyKind tells what the body of r is, and the boundary if it is multipart
// and its Content-Type names one. That header is often written by hand, so
// only its first word counts, and what stands after "boundary=".
func bodyKind(r *http.Request) (kind, string) {
	if r.Body == nil {
		return noBody, ""
	}
	header := strings.TrimSpace(r.Header.Get("Content-Type"))
	word, parameters := header, ""
	if i := strings.IndexAny(header, "; ,\t"); i >= 0 {
		word, parameters = header[:i], header[i:]
	}
	switch strings.ToLower(word) {
	case "multipart/form-data":
		return multipartBody, findBoundary(parameters)
	case "application/x-www-form-urlencoded", "":
		return pairsBody, ""
	case "application/json":
		return jsonBody, ""
	}
	return noBody, ""
}

// findBoundary returns the boundary among the parameters of a Content-Type, ""
// if there is none. Like PHP it takes the rest if a closing quote is missing,
// and ends an unquoted one at "," too.
func findBoundary(parameters string) string {
	const key = "boundary"
	i := 0
	for len(parameters)-i >= len(key) && !strings.EqualFold(parameters[i:i+len(key)], key) {
		i++
	}
	if len(parameters)-i < len(key) {
		return ""
	}
	value, ok := strings.CutPrefix(strings.TrimSpace(parameters[i+len(key):]), "=")
	if !ok {
		return ""
	}
	value = strings.TrimSpace(value)
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value, _, _ = strings.Cut(quoted, `"`)
		return value
	}
	if end := strings.IndexAny(value, ";,"); end >= 0 {
		value = value[:end]
	}
	return strings.TrimSpace(value)
}
