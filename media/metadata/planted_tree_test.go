package metadata_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"postern/media/metadata"
	"postern/media/video"
)

// boxHeads are the boxes that hold others, with the bytes before these.
var boxHeads = map[string]int{
	"meta": 4, "iprp": 0, "ipco": 0, "dinf": 0, "dref": 8, "iinf": 6, "iref": 4, "grpl": 0, "moov": 0, "trak": 0, "edts": 0, "tref": 0,
	"mdia": 0, "minf": 0, "stbl": 0, "stsd": 8, "av01": 78, "hvc1": 78, "hev1": 78, "avc1": 78, "vp09": 78, "mp4a": 28, "udta": 0,
}

// treePlace is the end of a box, and where that and those around it begin.
type treePlace struct {
	path   string
	at     int
	around []int
	holds  bool // other boxes
}

// treePlaces are those of the boxes from start to end.
func treePlaces(data []byte, start, end int, path string, around []int) (places []treePlace) {
	for at := start; at+8 <= end; {
		size, kind := int(binary.BigEndian.Uint32(data[at:])), string(data[at+4:at+8])
		if size < 8 || at+size > end {
			break // QuickTime closes lists so
		}
		own := append(slices.Clone(around), at)
		head, holds := boxHeads[kind]
		if kind == "mp4a" {
			head += 16 * int(data[at+17]) // its version
		}
		if holds {
			places = append(places, treePlaces(data, at+8+head, at+size, path+"/"+kind, own)...)
		}
		places = append(places, treePlace{path + "/" + kind, at + size, own, holds})
		at += size
	}
	return places
}

// plantedAt puts words into a place and corrects sizes and the places of media data.
func plantedAt(data []byte, p treePlace, words []byte) []byte {
	out := slices.Concat(data[:p.at], words, data[p.at:])
	for _, at := range p.around {
		binary.BigEndian.PutUint32(out[at:], binary.BigEndian.Uint32(out[at:])+uint32(len(words)))
	}
	moved := func(at int) {
		if offset := binary.BigEndian.Uint32(out[at:]); int(offset) >= p.at {
			binary.BigEndian.PutUint32(out[at:], offset+uint32(len(words)))
		}
	}
	eachTable(out, "stco", func(at int) {
		for i := range int(binary.BigEndian.Uint32(out[at+4:])) {
			moved(at + 8 + 4*i)
		}
	})
	eachTable(out, "iloc", func(at int) {
		version, base := out[at], int(out[at+5]>>4)
		if out[at+4] != 0x44 || version > 1 {
			panic("iloc of another layout")
		}
		n := int(binary.BigEndian.Uint16(out[at+6:]))
		for at += 8; n > 0; n-- {
			method := 0
			if version == 1 {
				method, at = int(out[at+3]), at+2
			}
			based := base == 4 && binary.BigEndian.Uint32(out[at+4:]) > 0
			if based && method == 0 {
				moved(at + 4)
			}
			extents := int(binary.BigEndian.Uint16(out[at+4+base:]))
			for at += 6 + base; extents > 0; extents, at = extents-1, at+8 {
				if method == 0 && !based {
					moved(at)
				}
			}
		}
	})
	return out
}

// eachTable visits the contents of boxes of a kind.
func eachTable(data []byte, kind string, visit func(at int)) {
	for at := 0; ; at++ {
		i := bytes.Index(data[at:], []byte(kind))
		if i < 0 {
			return
		}
		at += i
		visit(at + 4)
	}
}

// mediaPlaces are the beginning of media data, and where chunks of samples begin in it.
func mediaPlaces(data []byte, start int) (places []treePlace) {
	size := int(binary.BigEndian.Uint32(data[start:]))
	places = append(places, treePlace{"/mdat", start + 8, []int{start}, false})
	eachTable(data, "stco", func(at int) {
		for i := range int(binary.BigEndian.Uint32(data[at+4:])) {
			if chunk := int(binary.BigEndian.Uint32(data[at+8+4*i:])); start < chunk && chunk < start+size && i < 9 {
				places = append(places, treePlace{"/mdat/chunk", chunk, []int{start}, false})
			}
		}
	})
	return places
}

// film is an MP4 that is redacted.
type film []byte

func (f film) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(f).ReadAt(p, at) }

func (f film) WriteAt(p []byte, at int64) (int, error) { return copy(f[at:], p), nil }

// redacted returns what is stored of a video.
func redacted(data []byte, mode metadata.Mode) ([]byte, error) {
	f := film(bytes.Clone(data))
	_, err := video.Redact(f, int64(len(f)), mode == metadata.None)
	if errors.Is(err, video.ErrDamaged) {
		err = fmt.Errorf("%w: %w", metadata.ErrDamaged, err)
	}
	return f, err
}

// sameAsPlayed fails unless a video has the same facts.
func sameAsPlayed(t *testing.T, what string, before, after []byte) {
	t.Helper()
	was, err := video.Read(bytes.NewReader(before), int64(len(before)))
	if err != nil {
		return
	}
	is, err := video.Read(bytes.NewReader(after), int64(len(after)))
	if err != nil || !reflect.DeepEqual(is, was) {
		t.Errorf("%s: %+v, %v, want %+v", what, is, err, was)
	}
}

// TestPlantedInTreesOfBoxes plants a word into every box that holds others, as a box of
// another sort, behind the fields of every other one, and into media data.
func TestPlantedInTreesOfBoxes(t *testing.T) {
	for name, kind := range map[string]metadata.Kind{
		"still/sequence.avif": metadata.AVIF, "a.avif": metadata.AVIF, "small.heic": metadata.HEIC, "grid.heic": metadata.HEIC,
		"../../video/testdata/v.mp4": "", "../../video/testdata/h264_first_sound.mp4": "", "../../video/testdata/hevc_last_270_sound.mov": "",
		"../../video/testdata/vp9_last_270.mp4": "", "../../video/testdata/av1_last_180_sound.mp4": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := pictureFile(t, name)
			n, refused := 0, 0
			places := treePlaces(data, 0, len(data), "", nil)
			if at := bytes.Index(data, []byte("mdat")); at > 0 {
				places = append(places, mediaPlaces(data, at-4)...)
			}
			for _, place := range places {
				plants := map[string][]byte{"a tail": []byte(secretWord)}
				if strings.Contains(place.path, "udta/\xa9") {
					continue // words that may stay
				}
				if place.holds {
					plants = boxPlants("meta", "colr", "hdlr", "url ", "infe", "cdsc", "trak", "stbl", "trun", "auxC", "auxi", "sidx", "mfra", "esds")
				}
				for plant, words := range plants {
					planted := plantedAt(data, place, words)
					for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
						store, same := stripped, sameAsShown
						if kind == "" {
							store, same = func(data []byte, _ metadata.Kind, mode metadata.Mode) ([]byte, error) { return redacted(data, mode) }, sameAsPlayed
						}
						out, err := store(planted, kind, mode)
						where := fmt.Sprintf("%s, %s in %s", mode, plant, place.path)
						if errors.Is(err, metadata.ErrDamaged) {
							refused++
							continue
						}
						if err != nil {
							t.Fatalf("%s: %v", where, err)
						}
						if n++; bytes.Contains(out, []byte(secretWord)) {
							t.Errorf("%s: the word is still there", where)
						}
						if n%16 == 0 || kind == "" {
							same(t, where, planted, out)
						}
					}
				}
			}
			if n < 20 || refused > n/2 {
				t.Errorf("%d files were stripped, and %d refused", n, refused)
			}
		})
	}
}
