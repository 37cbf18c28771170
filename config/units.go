package config

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"postern/media"
	"postern/storage"
)

// ByteSize is a number of bytes, written as 400 MB or 10 MiB.
type ByteSize int64

const (
	kilobyte ByteSize = 1000
	megabyte ByteSize = 1000 * kilobyte
)

var units = map[string]float64{
	"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *ByteSize) UnmarshalText(text []byte) error {
	trimmed := strings.TrimSpace(string(text))
	digits := strings.TrimRight(trimmed, "KMGTBIkmgtbi ")
	unit, known := units[strings.ToLower(strings.TrimSpace(trimmed[len(digits):]))]
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !known || n < 0 || math.IsNaN(n) || n*unit >= math.MaxInt64 {
		return fmt.Errorf("%q is not a size such as 400 MB", text)
	}
	if trimmed == digits && n != 0 {
		return noUnit(trimmed)
	}
	*s = ByteSize(n * unit)
	return nil
}

// String returns the size as UnmarshalText reads it, in the largest unit that
// needs no fraction.
func (s ByteSize) String() string {
	for _, unit := range []string{"TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "KB"} {
		if size := ByteSize(units[strings.ToLower(unit)]); s >= size && s%size == 0 {
			return fmt.Sprintf("%d %s", s/size, unit)
		}
	}
	return fmt.Sprintf("%d B", int64(s))
}

// Rough returns the size in few digits, for people.
func (s ByteSize) Rough() string {
	switch n := float64(s); {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", n/1e9)
	case n >= 1e5:
		return fmt.Sprintf("%.1f MB", n/1e6)
	default:
		return fmt.Sprintf("%.1f KB", n/1e3)
	}
}

// noUnit refuses a number that may be meant in another unit than it would get.
func noUnit(number string) error {
	return fmt.Errorf("%s has no unit: write %s MB, %s KB or %s B", number, number, number, number)
}

// MinFree is room on a disk, written as 256 MiB, as 2%, or as both of them, of
// which the larger counts.
type MinFree storage.MinFree

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *MinFree) UnmarshalText(text []byte) error {
	*f = MinFree{}
	for part := range strings.SplitSeq(string(text), ",") {
		share, isShare := strings.CutSuffix(strings.TrimSpace(part), "%")
		if !isShare {
			if err := (*ByteSize)(&f.Bytes).UnmarshalText([]byte(part)); err != nil {
				return err
			}
			continue
		}
		var err error
		f.Percent, err = strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(f.Percent >= 0 && f.Percent <= 100) {
			return fmt.Errorf("%q is not a share such as 2%%", part)
		}
	}
	return nil
}

// String returns the room as UnmarshalText reads it.
func (f MinFree) String() string {
	switch {
	case f.Percent == 0:
		return ByteSize(f.Bytes).String()
	case f.Bytes == 0:
		return strconv.FormatFloat(f.Percent, 'f', -1, 64) + "%"
	}
	return ByteSize(f.Bytes).String() + ", " + strconv.FormatFloat(f.Percent, 'f', -1, 64) + "%"
}

// Period is an ISO 8601 duration; the empty text is none.
type Period struct {
	media.Period
	text string
}

func seconds(n int) Period {
	return Period{media.Period{Time: time.Duration(n) * time.Second}, fmt.Sprintf("PT%dS", n)}
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Period) UnmarshalText(text []byte) error {
	*p = Period{text: string(text)}
	if len(text) == 0 {
		return nil
	}
	var err error
	if p.Period, err = media.ParsePeriod(string(text)); err != nil {
		return fmt.Errorf("%q is not a duration such as PT10S or P1D", text)
	}
	return nil
}

// String returns the period as it was written.
func (p Period) String() string { return p.text }

// Duration is the period as a span of time, for time limits: no calendar.
func (p Period) Duration() time.Duration {
	start := time.Unix(0, 0).UTC()
	return p.After(start).Sub(start)
}

// plainPath is what the path of an address may be: what needs no escapes in
// URLs, cookies and the settings of proxies.
var plainPath = regexp.MustCompile(`^(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/*$`)

// checkAddress refuses a setting that is no address of a site, by its name. None
// is fine.
func checkAddress(key, text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%s = %q: must begin with http:// or https:// and a host", key, text)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return fmt.Errorf("%s = %q: must be a scheme, a host and perhaps a path, without a user, a query or a fragment", key, text)
	case !plainPath.MatchString(u.EscapedPath()):
		return fmt.Errorf("%s = %q: the path may have letters, digits and -._~ alone", key, text)
	}
	return nil
}

// Address is an address of a site, as checkAddress lets it pass, with its scheme
// in small letters and without a slash at the end.
func Address(text string) string {
	scheme, rest, found := strings.Cut(text, ":")
	if !found {
		return ""
	}
	return strings.ToLower(scheme) + ":" + strings.TrimRight(rest, "/")
}
