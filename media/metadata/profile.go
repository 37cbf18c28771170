package metadata

import (
	"bytes"
	"compress/zlib"
	"io"
	"slices"

	"postern/media/codec/heif"
	"postern/media/codec/icc"
)

// profileName is what the profile of a PNG is called.
const profileName = "ICC profile"

// jpegProfile is the colour profile of a JPEG, in segments.
type jpegProfile struct {
	parts    [][]byte // without the header
	segments []edit   // that hold them
	held     int
	large    bool // more than is looked into
}

// maxProfile bounds the profile of a JPEG: those for inks have a few MB.
const maxProfile = 4 << 20

// profileSegment notes a segment with a part of the profile, and reports whether it is one.
func (s *stripper) profileSegment(g segment) bool {
	if g.marker != markerAPP2 || g.behind || !bytes.HasPrefix(g.body, iccHeader) {
		return false
	}
	p := &s.profile
	p.segments = append(p.segments, edit{start: g.at, end: g.end})
	if p.held += len(g.body); p.held > maxProfile {
		p.large, p.parts = true, nil
	} else {
		p.parts = append(p.parts, bytes.Clone(g.body[len(iccHeader):]))
	}
	return true
}

// planProfile puts the plain profile in the place of its first segment. One that is not whole no
// program uses.
func (s *stripper) planProfile() {
	p := s.profile
	var parts [][]byte
	if !p.large {
		parts = icc.Split(icc.Plain(icc.Join(p.parts)))
	}
	if slices.EqualFunc(parts, p.parts, bytes.Equal) && !p.large {
		return
	}
	var with []byte
	for _, part := range parts {
		with = append(with, markerSegment(markerAPP2, prefixed(iccHeader, part))...)
	}
	for i, segment := range p.segments {
		if i > 0 {
			with = nil
		}
		s.replace(segment.start, segment.end, with)
	}
}

// pngProfile returns what is to stand for an iCCP chunk (ISO/IEC 15948, 11.3.2.3): the plain profile,
// under a name that all have, compressed anew.
func pngProfile(_ *chunk, content []byte) (with []byte, changed bool) {
	_, deflated, found := bytes.Cut(content, []byte{0})
	if !found || len(deflated) < 1 {
		return nil, true
	}
	z, err := zlib.NewReader(bytes.NewReader(deflated[1:]))
	if err != nil {
		return nil, true
	}
	profile, err := io.ReadAll(io.LimitReader(z, maxBlock+1))
	if err != nil || len(profile) > maxBlock {
		return nil, true
	}
	plain := icc.Plain(profile)
	if plain == nil {
		return nil, true
	}
	out := bytes.NewBufferString(profileName + "\x00\x00")
	w := zlib.NewWriter(out)
	w.Write(plain) // a bytes.Buffer never fails
	w.Close()
	return out.Bytes(), !bytes.Equal(out.Bytes(), content)
}

// profileIn overwrites a profile where it stands, and with zeros where it, or all of them, are too
// large to look into.
func (h *heifPlan) profileIn(b heif.Box) error {
	if b.Length > maxBlock || h.held > maxHeld {
		h.goneBehind(b, 0)
		return nil
	}
	h.held += int(b.Length)
	content := make([]byte, b.Length)
	if n, err := h.r.ReadAt(content, b.Offset); n < len(content) {
		return err
	}
	h.replaceIfNew(b.Offset, icc.PlainInPlace(content))
	return nil
}
