package folder

import (
	"bytes"
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The name spaces of XMP that are read.
const (
	dublinCore = "http://purl.org/dc/elements/1.1/"
	xmpBasic   = "http://ns.adobe.com/xap/1.0/"
	photoshop  = "http://ns.adobe.com/photoshop/1.0/"
	exifSpace  = "http://ns.adobe.com/exif/1.0/"
	rdf        = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
)

// maxDepth bounds the elements that lie in each other.
const maxDepth = 64

// parseXMP reads a sidecar: properties are elements, with lists in them, or attributes
// of a description. Of a text in several languages the first counts.
func parseXMP(text []byte) (w Words) {
	found := make(map[xml.Name][]string)
	decoder := xml.NewDecoder(bytes.NewReader(text))
	var open []xml.Name
	for {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			if open = append(open, t.Name); len(open) > maxDepth {
				return Words{}
			}
			for _, a := range t.Attr {
				found[a.Name] = append(found[a.Name], a.Value)
			}
		case xml.EndElement:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		case xml.CharData:
			if value := strings.TrimSpace(string(t)); value != "" {
				name := property(open)
				found[name] = append(found[name], value)
			}
		}
	}
	get := func(space, local string) string {
		if all := found[xml.Name{Space: space, Local: local}]; len(all) > 0 {
			return strings.TrimSpace(all[0])
		}
		return ""
	}
	w.Title, w.Description = get(dublinCore, "title"), get(dublinCore, "description")
	for _, tag := range found[xml.Name{Space: dublinCore, Local: "subject"}] {
		if !slices.Contains(w.Tags, tag) {
			w.Tags = append(w.Tags, tag)
		}
	}
	for _, date := range []string{get(exifSpace, "DateTimeOriginal"), get(photoshop, "DateCreated"), get(xmpBasic, "CreateDate")} {
		if w.Taken.IsZero() {
			w.Taken = parseDate(date)
		}
	}
	latitude, ok := degrees(get(exifSpace, "GPSLatitude"), "NS", 90)
	longitude, okToo := degrees(get(exifSpace, "GPSLongitude"), "EW", 180)
	if ok && okToo {
		w.Place = &Place{latitude, longitude}
	}
	return w
}

// property is the innermost element that is not of RDF's own.
func property(open []xml.Name) xml.Name {
	for _, name := range slices.Backward(open) {
		if name.Space != rdf {
			return name
		}
	}
	return xml.Name{}
}

// parseDate reads a date of XMP; without a zone it is taken as UTC.
func parseDate(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// degrees reads a coordinate of XMP, such as 52,31.2N or 52,31,12N.
func degrees(text, directions string, most float64) (float64, bool) {
	if text == "" {
		return 0, false
	}
	direction := strings.IndexByte(directions, text[len(text)-1])
	if direction < 0 {
		return 0, false
	}
	sum, unit := 0.0, 1.0
	for part := range strings.SplitSeq(text[:len(text)-1], ",") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || n < 0 || unit > 3600 {
			return 0, false
		}
		sum += n / unit
		unit *= 60
	}
	if math.IsNaN(sum) || sum > most {
		return 0, false
	}
	if direction == 1 {
		sum = -sum
	}
	return sum, true
}
