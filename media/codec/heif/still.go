package heif

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// ErrNoStill means that a container has no still picture whose parts are all
// known.
var ErrNoStill = fmt.Errorf("heif: no still picture")

// maxStillHead bounds what stands before the coded bytes of a still picture.
const maxStillHead = 4 << 20

// Still returns a container, and its length, that holds the primary item, what
// it is made of and its alpha plane, and nothing else. It is the whole item as
// coded: neither cut to what is visible nor turned, and its colours are not told
// by a profile. The error is ErrNoStill, wraps ErrDamaged, or is that of r.
//
// Decoders get this in place of what a stranger has sent: all of them understand
// it in the same way, and none shows another picture of the file.
func (p *Picture) Still(r io.ReaderAt, size int64) (io.Reader, int64, error) {
	s := still{parser: parser{r: r, size: size, pic: p}}
	if err := s.gather(p.Primary); err != nil {
		return nil, 0, err
	}
	if err := s.loadProperties(); err != nil {
		return nil, 0, err
	}
	brand := "heic"
	if slices.ContainsFunc(s.items, func(it *Item) bool { return it.Type == "av01" }) {
		brand = "avif"
	}
	ftyp := box("ftyp", []byte(brand), be32(0), []byte("mif1miaf"), []byte(brand))
	head := append(ftyp, s.meta(0)...)
	head = append(ftyp[:len(ftyp):len(ftyp)], s.meta(int64(len(head))+mdatHead)...)
	parts := []io.Reader{nil}
	var length int64
	for _, it := range s.items {
		for _, e := range it.Extents {
			parts = append(parts, io.NewSectionReader(r, e.Offset, e.Length))
			length += e.Length
		}
	}
	head = binary.BigEndian.AppendUint64(append(head, "\x00\x00\x00\x01mdat"...), uint64(mdatHead+length))
	parts[0] = bytes.NewReader(head)
	return io.MultiReader(parts...), int64(len(head)) + length, nil
}

// mdatHead is the length of a box header with 64 bits for the size.
const mdatHead = 16

// still gathers what belongs to a still picture.
type still struct {
	parser
	items      []*Item  // whose numbers begin at 1
	properties [][]byte // boxes, those of items one after the other
	own        [][]int  // numbers of properties, by item
	total      int
}

// gather adds an item, what it is made of, and its alpha plane.
func (s *still) gather(id uint64) error {
	it := s.pic.Item(id)
	if it == nil || len(it.Extents) == 0 && it.Type != "iden" {
		return ErrNoStill
	}
	if s.number(id) > 0 {
		return nil
	}
	if len(s.items) > maxParts {
		return damaged("more than %d parts", maxParts)
	}
	s.items = append(s.items, it)
	for _, part := range append(slices.Clone(it.Parts), it.AlphaPlanes...) {
		if err := s.gather(part); err != nil {
			return err
		}
	}
	return nil
}

// number is that of an item in the new container, 0 for one that is not there.
func (s *still) number(id uint64) int {
	return 1 + slices.IndexFunc(s.items, func(it *Item) bool { return it.ID == id })
}

// loadProperties copies the properties that decoders need.
func (s *still) loadProperties() error {
	numbers := make(map[int]int) // here, by those of the file
	s.own = make([][]int, len(s.items))
	for i, it := range s.items {
		for _, k := range it.Properties {
			if k < 1 || k > len(s.pic.Properties) || it.ID == s.pic.Primary && isPlacement(s.pic.Properties[k-1]) {
				continue
			}
			if numbers[k] == 0 {
				b, err := s.load(s.pic.Properties[k-1])
				if err != nil {
					return err
				}
				if b == nil {
					continue
				}
				s.properties = append(s.properties, b)
				numbers[k] = len(s.properties)
			}
			s.own[i] = append(s.own[i], numbers[k])
		}
	}
	return nil
}

// isPlacement tells what the caller does with the decoded item.
func isPlacement(b Box) bool { return b.Kind == "clap" || b.Kind == "irot" || b.Kind == "imir" }

// load returns a property as a box, nil for one that is left out: a profile may
// be large, and decoders make nothing of it.
func (s *still) load(b Box) ([]byte, error) {
	f, err := s.fields(b)
	if err != nil {
		return nil, err
	}
	if b.Kind == "colr" && fourCC(f.uint(4)) != "nclx" {
		return nil, nil
	}
	if s.total += len(f.data); s.total > maxStillHead {
		return nil, damaged("properties of more than %d bytes", maxStillHead)
	}
	return box(b.Kind, f.data), nil
}

// essential are the properties without which an item must not be shown.
var essential = []string{"av1C", "hvcC", "lhvC", "a1op", "lsel", "irot", "imir", "clap"}

// meta is the box of metadata, for coded bytes from an offset on.
func (s *still) meta(offset int64) []byte {
	iloc := slices.Concat([]byte{0x44, 0}, be16(len(s.items)))
	iinf, ipma := be16(len(s.items)), be32(len(s.items))
	var iref []byte
	for i, it := range s.items {
		iloc = slices.Concat(iloc, be16(i+1), be16(0), be16(1), be32(int(offset)), be32(int(it.Len())))
		offset += it.Len()
		hidden := min(i, 1)
		iinf = append(iinf, fullBox("infe", 2<<24|hidden, be16(i+1), be16(0), []byte(it.Type), []byte{0})...)
		ipma = append(append(ipma, be16(i+1)...), byte(len(s.own[i])))
		for _, k := range s.own[i] {
			if slices.Contains(essential, string(s.properties[k-1][4:8])) {
				k |= 1 << 15
			}
			ipma = append(ipma, be16(k)...)
		}
		iref = append(iref, s.references("dimg", i+1, it.Parts)...)
		for _, plane := range it.AlphaPlanes {
			iref = append(iref, box("auxl", be16(s.number(plane)), be16(1), be16(i+1))...)
		}
		if it.Premultiplied {
			iref = append(iref, s.references("prem", i+1, it.AlphaPlanes)...)
		}
	}
	meta := [][]byte{
		fullBox("hdlr", 0, be32(0), []byte("pict"), make([]byte, 13)),
		fullBox("pitm", 0, be16(1)), fullBox("iloc", 0, iloc), fullBox("iinf", 0, iinf),
	}
	if len(iref) > 0 {
		meta = append(meta, fullBox("iref", 0, iref))
	}
	meta = append(meta, box("iprp", box("ipco", s.properties...), fullBox("ipma", 1, ipma)))
	return fullBox("meta", 0, meta...)
}

func (s *still) references(kind string, from int, ids []uint64) []byte {
	if len(ids) == 0 {
		return nil
	}
	b := append(be16(from), be16(len(ids))...)
	for _, id := range ids {
		b = append(b, be16(s.number(id))...)
	}
	return box(kind, b)
}

func box(kind string, content ...[]byte) []byte {
	body := slices.Concat(content...)
	return slices.Concat(be32(8+len(body)), []byte(kind), body)
}

func fullBox(kind string, version int, content ...[]byte) []byte {
	return box(kind, append([][]byte{be32(version)}, content...)...)
}

func be16(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }

func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
