package metadata

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// Namespaces of XMP (ISO 16684-1) that may stay.
const (
	nsRDF       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsXML       = "http://www.w3.org/XML/1998/namespace"
	nsMeta      = "adobe:ns:meta/"
	nsDC        = "http://purl.org/dc/elements/1.1/"
	nsXMP       = "http://ns.adobe.com/xap/1.0/"
	nsTIFF      = "http://ns.adobe.com/tiff/1.0/"
	nsEXIF      = "http://ns.adobe.com/exif/1.0/"
	nsPhotoshop = "http://ns.adobe.com/photoshop/1.0/"
	nsGPano     = "http://ns.google.com/photos/1.0/panorama/"
)

// packet is what an XMP packet says that is worth keeping, and whether it says
// more than that.
type packet struct {
	texts
	rights  string
	pano    []property // of GPano, simple values only
	private bool
}

type property struct{ name, value string }

const (
	maxTokens     = 20_000
	maxProperties = 64
)

// parseXMP reads the properties of a packet, in their forms as an attribute, as
// an element, and as the first choice of a list of languages. A packet that
// cannot be read to its end counts as private.
func parseXMP(r io.Reader) packet {
	p := packet{}
	d := xml.NewDecoder(io.LimitReader(r, maxBlock))
	d.Strict = false
	var inside xml.Name
	for range maxTokens {
		token, err := d.Token()
		if err != nil {
			p.private = p.private || !errors.Is(err, io.EOF)
			return p
		}
		switch t := token.(type) {
		case xml.StartElement:
			p.element(t)
			if kept(t.Name) {
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
	p.private = true
	return p
}

func (p *packet) element(e xml.StartElement) {
	p.private = p.private || !harmlessXMP(e.Name)
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		p.private = p.private || !harmlessXMP(a.Name)
		p.set(a.Name, a.Value)
	}
}

// set keeps the first value of a property.
func (p *packet) set(name xml.Name, value string) {
	value = strings.TrimSpace(value)
	if value == "" || !kept(name) {
		return
	}
	if name.Space == nsGPano {
		if p.panorama(name.Local) == "" && len(p.pano) < maxProperties {
			p.pano = append(p.pano, property{name.Local, value})
		}
		return
	}
	field := map[string]*string{"title": &p.title, "description": &p.description, "rights": &p.rights}[name.Local]
	if *field == "" {
		*field = value
	}
}

func (p *packet) panorama(name string) string {
	for _, q := range p.pano {
		if q.name == name {
			return q.value
		}
	}
	return ""
}

// kept reports whether a property goes into a fresh packet.
func kept(n xml.Name) bool {
	return n.Space == nsGPano || n.Space == nsDC && slices.Contains([]string{"title", "description", "rights"}, n.Local)
}

// harmlessXMP reports whether a name may stay in a packet. What is not known
// to be harmless is private: places, persons, serial numbers, histories and
// previews have too many namespaces to be listed.
func harmlessXMP(n xml.Name) bool {
	switch n.Space {
	case "", nsRDF, nsXML, nsMeta, nsGPano:
		return true
	case nsDC:
		return kept(n) || n.Local == "format"
	case nsXMP:
		return slices.Contains([]string{"CreateDate", "ModifyDate", "MetadataDate", "CreatorTool", "Rating", "Label"}, n.Local)
	case nsTIFF:
		return n.Local != "Artist"
	case nsEXIF:
		return !strings.HasPrefix(n.Local, "GPS") && !slices.Contains([]string{"UserComment", "MakerNote", "ImageUniqueID"}, n.Local)
	case nsPhotoshop:
		return slices.Contains([]string{"ColorMode", "ICCProfile", "DateCreated"}, n.Local)
	}
	return false
}

// freshXMP writes a packet of what is kept, nil when that is nothing.
func freshXMP(p packet) []byte {
	if p.texts == (texts{}) && p.rights == "" && len(p.pano) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(`<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="` + nsMeta + `">` +
		`<rdf:RDF xmlns:rdf="` + nsRDF + `"><rdf:Description rdf:about=""` +
		` xmlns:dc="` + nsDC + `" xmlns:GPano="` + nsGPano + `">`)
	for _, q := range []property{{"title", p.title}, {"description", p.description}, {"rights", p.rights}} {
		if q.value != "" {
			writeElement(&b, "dc:"+q.name, `<rdf:Alt><rdf:li xml:lang="x-default">`, q.value, "</rdf:li></rdf:Alt>")
		}
	}
	for _, q := range p.pano {
		writeElement(&b, "GPano:"+q.name, "", q.value, "")
	}
	b.WriteString(`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`)
	return b.Bytes()
}

func writeElement(b *bytes.Buffer, name, before, text, after string) {
	b.WriteString("<" + name + ">" + before)
	_ = xml.EscapeText(b, []byte(text)) // a Buffer never fails
	b.WriteString(after + "</" + name + ">")
}
