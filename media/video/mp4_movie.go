package video

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxTracks bounds the video and audio tracks that are looked at.
const maxTracks = 64

// movie is the header of an MP4 or QuickTime file.
type movie struct {
	in        *reader
	container string
	audio     bool   // by its brand
	timescale uint64 // units a second
	duration  uint64 // 0 when not told
	matrix    matrix
	tracks    []track
	video     *track

	fragmented       bool
	fragments        int64  // file offset from which on to look for them
	fragmentDuration uint64 // of the whole presentation; 0 when not told
}

// isMovie tells an ISO base media or QuickTime file by its first 12 bytes.
// Files with a brand of still pictures or picture sequences are none.
func isMovie(head []byte) bool {
	if len(head) < 12 {
		return false
	}
	if size := binary.BigEndian.Uint32(head); 1 < size && size < 8 {
		return false
	}
	switch string(head[4:8]) {
	case "moov", "mdat", "wide", "free", "skip", "pnot":
		return true // QuickTime before it had brands
	case "ftyp":
		return !isPictureBrand(string(head[8:12]))
	}
	return false
}

func isPictureBrand(brand string) bool {
	switch brand {
	case "mif1", "mif2", "miaf", "MiHA", "MiHB", "MiHE", "msf1",
		"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs",
		"avif", "avis", "avio", "avci", "avcs", "jpeg", "jpgs",
		"jxl ", "jp2 ", "jpx ", "jpm ", "j2ki", "j2is", "crx ":
		return true
	}
	return false
}

func openMovie(in *reader) (*movie, error) {
	m := &movie{in: in, container: "mov"}
	moov, media, err := m.scan()
	if err != nil {
		return nil, fmt.Errorf("find movie header: %w", err)
	}
	if err := m.readHeader(moov); err != nil {
		return nil, fmt.Errorf("read movie header: %w", err)
	}
	// A fragmented recording may break off anywhere: that is what it is for.
	if media.end == 0 || media.cut && !m.fragmented {
		return nil, fmt.Errorf("%w: media data is cut off", ErrDamaged)
	}
	return m, m.chooseVideo()
}

// scan finds the movie header and the first box of media data, a zero box if
// there is none.
func (m *movie) scan() (moov, media box, _ error) {
	picture := false
	for b, err := range m.in.boxes(0, m.in.size) {
		if err != nil && moov.end > 0 && errors.Is(err, ErrDamaged) {
			break // there may be anything behind a movie
		}
		if err != nil {
			return box{}, box{}, err
		}
		switch b.kind.String() {
		case "ftyp":
			if err := m.readBrand(b); err != nil {
				return box{}, box{}, err
			}
		case "meta":
			picture = true
		case "moov":
			if moov.end == 0 {
				moov = b
			}
		case "mdat", "moof":
			if media.end == 0 {
				media = b
			}
		}
		if moov.end > 0 && media.end > 0 {
			break
		}
	}
	switch {
	case moov.end > 0 && !moov.cut:
		return moov, media, nil
	case moov.end > 0 || media.end > 0 && !picture:
		return box{}, box{}, fmt.Errorf("%w: no whole movie header", ErrDamaged)
	}
	return box{}, box{}, ErrNotVideo
}

func (m *movie) readBrand(ftyp box) error {
	brand, err := m.in.head(ftyp, 4)
	if err != nil {
		return err
	}
	switch brand := string(brand); {
	case isPictureBrand(brand):
		return fmt.Errorf("%w: brand %q", ErrNotVideo, brand)
	case brand == "qt  ":
		return nil
	case brand == "M4A " || brand == "M4B " || brand == "M4P ":
		m.audio = true
	}
	m.container = "mp4"
	return nil
}

func (m *movie) readHeader(moov box) error {
	m.fragments = moov.end
	if err := m.in.hold(moov.start, moov.end); err != nil {
		return err
	}
	var mvex box
	for b, err := range m.in.children(moov) {
		if err != nil {
			return err
		}
		switch b.kind.String() {
		case "mvhd":
			err = m.readMovieHeader(b)
		case "trak":
			err = m.addTrack(b)
		case "mvex":
			mvex = b
		case "cmov":
			err = fmt.Errorf("%w: compressed movie header", ErrDamaged)
		}
		if err != nil {
			return err
		}
	}
	if m.timescale == 0 {
		return fmt.Errorf("%w: no time scale", ErrDamaged)
	}
	return m.readExtends(mvex)
}

// readMovieHeader reads mvhd: ISO/IEC 14496-12, 8.2.2.
func (m *movie) readMovieHeader(b box) error {
	c, version, err := m.in.versioned(b, 72, 84)
	if err != nil {
		return err
	}
	m.timescale, m.duration = readTimes(c[4:], version)
	m.matrix = readMatrix(c[len(c)-36:])
	return nil
}

// readTimes reads the time scale and duration that follow two dates in mvhd
// and mdhd. An unknown duration is 0.
func readTimes(c []byte, version byte) (timescale, duration uint64) {
	if version == 0 {
		timescale, duration = uint64(binary.BigEndian.Uint32(c[8:])), uint64(binary.BigEndian.Uint32(c[12:]))
		if duration == 1<<32-1 {
			duration = 0
		}
		return timescale, duration
	}
	timescale, duration = uint64(binary.BigEndian.Uint32(c[16:])), binary.BigEndian.Uint64(c[20:])
	if duration > maxMediaTime {
		duration = 0
	}
	return timescale, duration
}

func (m *movie) addTrack(trak box) error {
	var t track
	if err := t.read(m.in, trak, 0); err != nil {
		return err
	}
	if (t.isVideo() || t.isAudio()) && len(m.tracks) < maxTracks {
		m.tracks = append(m.tracks, t)
	}
	return nil
}

// chooseVideo takes the first enabled video track, or else the first. That of
// an audio file may be disabled because it holds the pictures of chapters.
func (m *movie) chooseVideo() error {
	for i := range m.tracks {
		t := &m.tracks[i]
		if !t.isVideo() || m.audio && !t.enabled {
			continue
		}
		if m.video == nil || t.enabled && !m.video.enabled {
			m.video = t
		}
	}
	if m.video == nil {
		return ErrNoVideo
	}
	if m.video.timescale == 0 {
		return fmt.Errorf("%w: video track without time scale", ErrDamaged)
	}
	return nil
}

func (m *movie) facts() (Facts, error) {
	f := Facts{Container: m.container}
	entry, err := m.video.sampleEntry(m.in, 1)
	if err != nil {
		return Facts{}, fmt.Errorf("read sample description: %w", err)
	}
	f.Codec, f.Colour = codecOf(entry.format), entry.colour
	m.geometry(entry).apply(&f)
	for i := range m.tracks {
		f.HasAudio = f.HasAudio || m.tracks[i].isAudio()
	}
	if err := m.measure(&f); err != nil {
		return Facts{}, fmt.Errorf("measure movie: %w", err)
	}
	return f, nil
}
