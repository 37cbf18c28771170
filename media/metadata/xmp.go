package metadata

import (
	"bytes"
	"encoding/xml"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"postern/media/metadata/phrase"
)

// Namespaces of XMP (ISO 16684-1) that may stay.
const (
	nsRDF       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsMeta      = "adobe:ns:meta/"
	nsDC        = "http://purl.org/dc/elements/1.1/"
	nsXMP       = "http://ns.adobe.com/xap/1.0/"
	nsPhotoshop = "http://ns.adobe.com/photoshop/1.0/"
	nsGPano     = "http://ns.google.com/photos/1.0/panorama/"
)

// packet is what an XMP packet says that is worth keeping.
type packet struct{ properties []property }

type property struct {
	name  xml.Name
	value string
}

const (
	maxTokens     = 20_000
	maxProperties = 64
)

// parseXMP reads the properties of a packet that are worth keeping, in their
// forms as an attribute, as an element, and as the first choice of a list of
// languages.
func parseXMP(r io.Reader) packet {
	p := packet{}
	d := xml.NewDecoder(io.LimitReader(r, maxBlock))
	d.Strict = false
	var inside xml.Name
	for range maxTokens {
		token, err := d.Token()
		if err != nil {
			return p
		}
		switch t := token.(type) {
		case xml.StartElement:
			for _, a := range t.Attr {
				p.set(a.Name, a.Value)
			}
			if _, kept := keptXMP(t.Name); kept {
				inside = t.Name
			}
		case xml.EndElement:
			if t.Name == inside {
				inside = xml.Name{}
			}
		case xml.CharData:
			p.set(inside, string(t))
		}
	}
	return p
}

// set keeps the first value of a property, if it says what it may.
func (p *packet) set(name xml.Name, value string) {
	what, kept := keptXMP(name)
	value = strings.TrimSpace(value)
	if !kept || value == "" || p.get(name) != "" || len(p.properties) >= maxProperties {
		return
	}
	if what == words || phrase.IsDate(value) || isPlain(value) {
		p.properties = append(p.properties, property{name, value})
	}
}

func (p *packet) get(name xml.Name) string {
	for _, q := range p.properties {
		if q.name == name {
			return q.value
		}
	}
	return ""
}

func (p *packet) texts() texts {
	return texts{title: p.get(xml.Name{Space: nsDC, Local: "title"}), description: p.get(xml.Name{Space: nsDC, Local: "description"})}
}

func (p *packet) panorama(name string) string { return p.get(xml.Name{Space: nsGPano, Local: name}) }

// xmpPrefixes are those of the namespaces of what is kept.
var xmpPrefixes = map[string]string{nsDC: "dc", nsXMP: "xmp", nsPhotoshop: "photoshop", nsGPano: "GPano"}

// keptXMP reports whether a property goes into a fresh packet, and what its
// value may say. Places, persons, serial numbers, histories and previews have
// too many namespaces to be listed.
func keptXMP(n xml.Name) (what saying, kept bool) {
	var named []string
	switch n.Space {
	case nsGPano:
		return numbers, slices.Contains(panoramaFacts, n.Local)
	case nsDC:
		return words, slices.Contains([]string{"title", "description", "rights"}, n.Local)
	case nsXMP:
		if n.Local == "CreatorTool" {
			return words, true
		}
		named = []string{"CreateDate", "ModifyDate", "MetadataDate"}
	case nsPhotoshop:
		named = []string{"DateCreated"}
	}
	return dates, slices.Contains(named, n.Local)
}

// panoramaFacts are the properties of Google's Photo Sphere XMP.
var panoramaFacts = strings.Fields("UsePanoramaViewer ProjectionType PoseHeadingDegrees PosePitchDegrees PoseRollDegrees " +
	"InitialViewHeadingDegrees InitialViewPitchDegrees InitialViewRollDegrees InitialHorizontalFOVDegrees " +
	"InitialVerticalFOVDegrees InitialCameraDolly FirstPhotoDate LastPhotoDate SourcePhotosCount ExposureLockUsed " +
	"CroppedAreaImageWidthPixels CroppedAreaImageHeightPixels CroppedAreaLeftPixels CroppedAreaTopPixels " +
	"FullPanoWidthPixels FullPanoHeightPixels LargestValidInteriorRectLeft LargestValidInteriorRectTop " +
	"LargestValidInteriorRectWidth LargestValidInteriorRectHeight")

// projections are those of panoramas.
var projections = []string{"equirectangular", "cylindrical"}

// isPlain reports whether a text is a number, a truth or a projection.
func isPlain(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	_, truth := strconv.ParseBool(text)
	return err == nil || truth == nil || slices.Contains(projections, strings.ToLower(text))
}

// freshXMP writes a packet of what is kept, nil when that is nothing.
func freshXMP(p packet) []byte {
	if len(p.properties) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(`<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="` + nsMeta + `">` +
		`<rdf:RDF xmlns:rdf="` + nsRDF + `"><rdf:Description rdf:about=""`)
	for _, space := range slices.Sorted(maps.Keys(xmpPrefixes)) {
		b.WriteString(" xmlns:" + xmpPrefixes[space] + `="` + space + `"`)
	}
	b.WriteString(">")
	for _, q := range p.properties {
		before, after := "", ""
		if q.name.Space == nsDC {
			before, after = `<rdf:Alt><rdf:li xml:lang="x-default">`, "</rdf:li></rdf:Alt>"
		}
		writeElement(&b, xmpPrefixes[q.name.Space]+":"+q.name.Local, before, q.value, after)
	}
	b.WriteString(`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`)
	return b.Bytes()
}

func writeElement(b *bytes.Buffer, name, before, text, after string) {
	b.WriteString("<" + name + ">" + before)
	_ = xml.EscapeText(b, []byte(text)) // a Buffer never fails
	b.WriteString(after + "</" + name + ">")
}
