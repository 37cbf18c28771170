// Package icc brings colours of four inks, and greys, into those of screens, by the
// lookup table or the curve of an ICC profile, and takes out of profiles what tells no colours. Such profiles come with pictures from strangers: what is
// read and allocated is bounded whatever the bytes say.
//
// Section numbers in the comments are those of ICC.1:2022.
package icc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// ErrProfile means that the bytes are no profile for four inks, or one whose
// table is damaged or of a kind that is not known.
var ErrProfile = errors.New("icc: not a profile that can be used")

// Inks is the table of a profile. It is safe for concurrent use.
type Inks struct {
	curve [4][256]position // of each ink
	grid  int              // nodes a side
	nodes [][3]uint16      // colours of sRGB, the last ink fastest
}

// position is a place among the nodes of one ink.
type position struct {
	node  int
	share int32 // of the next node, of 1<<shareBits
}

const shareBits = 12

// maxNodes bounds the table: that of 33 nodes a side.
const maxNodes = 33 * 33 * 33 * 33

const (
	headerBytes = 128 // of a profile (7.2)
	tagBytes    = 12  // of an entry of the tag table (7.3)
)

// NewInks reads a profile. The error wraps ErrProfile.
func NewInks(profile []byte) (*Inks, error) {
	if len(profile) < headerBytes+4 || string(profile[16:20]) != "CMYK" || string(profile[36:40]) != "acsp" {
		return nil, fmt.Errorf("%w: header", ErrProfile)
	}
	lab := string(profile[20:24]) == "Lab "
	if !lab && string(profile[20:24]) != "XYZ " {
		return nil, fmt.Errorf("%w: connection space %q", ErrProfile, profile[20:24])
	}
	// The table for perceptual rendering, or else that for colorimetric (9.2.1).
	for _, name := range []string{"A2B0", "A2B1"} {
		if data := tag(profile, name); data != nil {
			return newTable(data, lab)
		}
	}
	return nil, fmt.Errorf("%w: no table", ErrProfile)
}

// tag returns the data of a tag, nil for none.
func tag(profile []byte, name string) []byte {
	table := profile[headerBytes+4:]
	for range binary.BigEndian.Uint32(profile[headerBytes:]) {
		if len(table) < tagBytes {
			return nil
		}
		if string(table[:4]) == name {
			return cut(profile, binary.BigEndian.Uint32(table[4:]), binary.BigEndian.Uint32(table[8:]))
		}
		table = table[tagBytes:]
	}
	return nil
}

// cut returns size bytes of b at an offset, nil where they are not all there.
func cut(b []byte, offset, size uint32) []byte {
	if uint64(offset)+uint64(size) > uint64(len(b)) {
		return nil
	}
	return b[offset : uint64(offset)+uint64(size)]
}

// Screen returns the picture in sRGB.
func (t *Inks) Screen(m *image.CMYK) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, m.Rect.Dx(), m.Rect.Dy()))
	for y := range m.Rect.Dy() {
		from, to := m.Pix[y*m.Stride:y*m.Stride+4*m.Rect.Dx()], dst.Pix[y*dst.Stride:]
		var last [4]byte
		last[0] = ^from[0] // no colour is known yet
		for x := 0; x < len(from); x += 4 {
			if inks := [4]byte(from[x : x+4]); inks != last {
				last = inks
				to[x], to[x+1], to[x+2] = t.colour(inks)
			} else {
				to[x], to[x+1], to[x+2] = to[x-4], to[x-3], to[x-2]
			}
			to[x+3] = 255
		}
	}
	return dst
}

// colour interpolates between the nodes around a colour: along the edges of the
// simplex that it lies in, from the lowest node to the highest, the ink with the
// largest share first.
func (t *Inks) colour(inks [4]byte) (r, g, b byte) {
	var shares [4]int32
	var strides [4]int
	at := 0
	stride := 1
	for i := 3; i >= 0; i-- {
		p := t.curve[i][inks[i]]
		at += p.node * stride
		shares[i], strides[i] = p.share, stride
		stride *= t.grid
	}
	for i := 1; i < 4; i++ {
		for j := i; j > 0 && shares[j] > shares[j-1]; j-- {
			shares[j], shares[j-1] = shares[j-1], shares[j]
			strides[j], strides[j-1] = strides[j-1], strides[j]
		}
	}
	const one = 1 << shareBits
	var sum [3]int64
	before := int32(one)
	for i := range 5 {
		after := int32(0)
		if i < 4 {
			after = shares[i]
		}
		if weight := int64(before - after); weight > 0 {
			node := t.nodes[at]
			sum[0] += weight * int64(node[0])
			sum[1] += weight * int64(node[1])
			sum[2] += weight * int64(node[2])
		}
		if i < 4 && after > 0 {
			at += strides[i]
		}
		before = after
	}
	const half = one * 257 / 2
	return byte((sum[0] + half) / (one * 257)), byte((sum[1] + half) / (one * 257)), byte((sum[2] + half) / (one * 257))
}
