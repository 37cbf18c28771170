package site

import (
	"math"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// tameRange drops a Range header that a server must not act on: one of another
// unit than bytes, and one that is not valid (RFC 9110, section 14.2). The name
// of the unit may be in any case.
func tameRange(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Request().Header
		if values := h.Values("Range"); len(values) > 0 {
			h.Del("Range")
			if set, ok := byteRanges(strings.Join(values, ",")); ok {
				h.Set("Range", "bytes="+set)
			}
		}
		return next(c)
	}
}

// byteRanges is the set of ranges in the value of a Range header; not ok for
// what is no valid set of byte ranges.
func byteRanges(value string) (set string, ok bool) {
	unit, set, found := strings.Cut(value, "=")
	if !found || !strings.EqualFold(strings.TrimSpace(unit), "bytes") {
		return "", false
	}
	var kept []string
	for one := range strings.SplitSeq(set, ",") {
		one = strings.Trim(one, " \t")
		if one == "" {
			continue // RFC 9110, section 5.6.1: empty elements of lists
		}
		if !isByteRange(one) {
			return "", false
		}
		kept = append(kept, one)
	}
	return strings.Join(kept, ","), len(kept) > 0
}

// isByteRange reports whether s is FIRST-LAST, FIRST- or -LENGTH.
func isByteRange(s string) bool {
	from, to, found := strings.Cut(s, "-")
	switch {
	case !found || from == "" && to == "":
		return false
	case from == "":
		n, ok := position(to)
		return ok && n > 0 // net/http would answer the last 0 bytes
	case to == "":
		_, ok := position(from)
		return ok
	}
	first, okFirst := position(from)
	last, okLast := position(to)
	return okFirst && okLast && first <= last
}

// position reads digits alone; what is too large for a number is the largest.
func position(s string) (int64, bool) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return math.MaxInt64, true
	}
	return n, true
}
