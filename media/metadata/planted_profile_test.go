package metadata_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"postern/media/codec/icc"
	"postern/media/codec/icc/icctest"
	"postern/media/metadata"
	"postern/media/picture"
)

// wordyProfiles are profiles with words in every place, and the colours of each.
func wordyProfiles() map[string]wordyProfile {
	return map[string]wordyProfile{
		"Display P3": newWordyProfile(4, "Display P3", icctest.DisplayP3, 2.2), "Adobe RGB": newWordyProfile(2, "Adobe RGB (1998)", icctest.AdobeRGB, 2.2),
		"a monitor's": newWordyProfile(2, secretWord, icctest.AdobeRGB, 1.8), "one of several segments": largeProfile(),
	}
}

type wordyProfile struct {
	data    []byte
	colours []icctest.Tag
}

func newWordyProfile(version byte, name string, primaries [3][3]float64, gamma float64) wordyProfile {
	colours := icctest.Colours(primaries, gamma)
	return wordyProfile{icctest.WithWord(version, name, secretWord, colours), colours}
}

// largeProfile has a curve that needs three segments of a JPEG.
func largeProfile() wordyProfile {
	colours := icctest.Colours(icctest.DisplayP3, 2.2)
	const values = 70_000
	curve := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), values)
	for i := range values {
		curve = binary.BigEndian.AppendUint16(curve, uint16(i*i/(values*values/65535+1)))
	}
	for i := len(colours) - 3; i < len(colours); i++ {
		colours[i].Data = curve
	}
	return wordyProfile{icctest.WithWord(4, "Display P3", secretWord, colours[:len(colours)-2]), colours[:len(colours)-2]}
}

// TestWordsInProfilesAreNowhere looks for the words of profiles in what is stored, and has
// the stored profile tell the same colours.
func TestWordsInProfilesAreNowhere(t *testing.T) {
	m, err := shown(plainJPEG(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, profile := range wordyProfiles() {
		for _, format := range []picture.Format{picture.JPEG, picture.PNG, picture.WebP} {
			var b bytes.Buffer
			if err := picture.Encode(&b, m, format, picture.Options{ICC: profile.data}); err != nil {
				t.Fatal(err)
			}
			for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
				where := fmt.Sprintf("%s in %s, %s", name, format, mode)
				out, err := stripped(b.Bytes(), metadata.Kind(format), mode)
				if err != nil {
					t.Errorf("%s: %v", where, err)
					continue
				}
				checkProfile(t, where, out, profile)
				sameAsShown(t, where, b.Bytes(), out)
				if again, err := stripped(out, metadata.Kind(format), mode); err != nil || !bytes.Equal(again, out) {
					t.Errorf("%s: stripping again changes something: %v", where, err)
				}
			}
		}
	}
}

// checkProfile fails if the word is there, or the profile tells other colours.
func checkProfile(t *testing.T, where string, data []byte, want wordyProfile) {
	t.Helper()
	r := bytes.NewReader(data)
	c, err := picture.ReadConfig(r, r.Size())
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	got := picture.ICC(r, r.Size(), c)
	for _, b := range [][]byte{data, got} {
		if bytes.Contains(b, []byte(secretWord[:6])) || bytes.Contains(b, []byte("\x00H\x00A\x00U\x00P")) {
			t.Errorf("%s: the word is still there", where)
		}
	}
	for _, colour := range want.colours {
		if !bytes.Contains(got, colour.Data) {
			t.Errorf("%s: %s of the profile is not what it was", where, colour.Name)
		}
	}
}

// TestPartsOfAProfile has parts of a JPEG's profile that programs refuse, or do not look for.
func TestPartsOfAProfile(t *testing.T) {
	jpg, profile := plainJPEG(t), largeProfile()
	parts := icc.Split(profile.data)
	segment := func(part []byte) []byte { return jpegSegment(0xe2, "ICC_PROFILE\x00"+string(part)) }
	joined := func(parts ...[]byte) []byte {
		var segments []byte
		for _, part := range parts {
			segments = append(segments, segment(part)...)
		}
		return slices.Concat(jpg[:2], segments, jpg[2:])
	}
	number := func(part []byte, number, of byte) []byte { return append([]byte{number, of}, part[2:]...) }
	for name, test := range map[string]struct {
		data  []byte
		stays bool
	}{
		"in order":            {joined(parts...), true},
		"in another order":    {joined(parts[2], parts[0], parts[1]), true},
		"between others":      {slices.Concat(jpg[:2], segment(parts[0]), jpegSegment(0xfe, secretWord), segment(parts[1]), []byte(secretWord), segment(parts[2]), jpg[2:]), true},
		"one is missing":      {joined(parts[0], parts[2]), false},
		"one is there twice":  {joined(parts[0], parts[0], parts[1], parts[2]), false},
		"more than there are": {joined(append(parts, number([]byte("00"+secretWord), 4, 3))...), false},
		"numbers of nothing":  {joined(number([]byte("00"+secretWord), 0, 1)), false},
		"no number":           {joined([]byte{1}), false},
		"words":               {joined(number([]byte("00"+secretWord), 1, 1)), false},
		"behind the scan":     {slices.Concat(jpg[:len(jpg)-2], joined(parts...)[2:len(joined(parts...))-len(jpg)+2], jpg[len(jpg)-2:]), false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
				out, err := stripped(test.data, metadata.JPEG, mode)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				want := wordyProfile{}
				if test.stays {
					want = profile
				}
				checkProfile(t, name, out, want)
				if has := bytes.Contains(out, []byte("ICC_PROFILE")); has != test.stays {
					t.Errorf("%s: the profile is there: %v", name, has)
				}
				sameAsShown(t, name, test.data, out)
			}
		})
	}
}

// TestOddProfilesOfChunks has profiles that are not whole, and words beside them.
func TestOddProfilesOfChunks(t *testing.T) {
	wordy := p3(4)
	png, webp := chunkParts(pictureFile(t, "small.png"), 8, metadata.PNG), string(smallWebP[12:])
	ofPNG := func(chunks ...[]byte) []byte {
		return slices.Concat(png[0], png[1], bytes.Join(chunks, nil), bytes.Join(png[2:], nil))
	}
	ofWebP := func(chunks string) []byte {
		return riff([][]byte{[]byte("RIFF0000WEBP" + webpChunk("VP8X", "\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00") + chunks)})
	}
	sound := pngChunk("iCCP", "ICC profile\x00\x00"+deflated(wordy))
	for name, test := range map[string]struct {
		kind metadata.Kind
		data []byte
	}{
		"a name":             {metadata.PNG, ofPNG(pngChunk("iCCP", secretWord+"\x00\x00"+deflated(wordy)))},
		"behind the end":     {metadata.PNG, ofPNG(pngChunk("iCCP", "a\x00\x00"+deflated(wordy)+secretWord))},
		"no profile":         {metadata.PNG, ofPNG(pngChunk("iCCP", "a\x00\x00"+deflated([]byte(secretWord))))},
		"nothing compressed": {metadata.PNG, ofPNG(pngChunk("iCCP", "a\x00\x00"+secretWord))},
		"a name alone":       {metadata.PNG, ofPNG(pngChunk("iCCP", secretWord))},
		"another one":        {metadata.PNG, ofPNG(sound, pngChunk("iCCP", secretWord+"\x00\x00"+deflated(wordy)))},
		"words in a WebP":    {metadata.WebP, ofWebP(webpChunk("ICCP", secretWord) + webp)},
		"two in a WebP":      {metadata.WebP, ofWebP(webpChunk("ICCP", string(wordy)) + webpChunk("ICCP", string(wordy)) + webp)},
		"behind its pixels":  {metadata.WebP, ofWebP(webp + webpChunk("ICCP", string(wordy)))},
	} {
		t.Run(name, func(t *testing.T) {
			for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
				out, err := stripped(test.data, test.kind, mode)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				checkProfile(t, name, out, wordyProfile{})
				sameAsShown(t, name, test.data, out)
				if chunk := bytes.Contains(out, []byte("ICCP")); test.kind == metadata.WebP && chunk != (out[20]&0x20 != 0) {
					t.Errorf("%s: the flag of a profile does not tell whether there is one", name)
				}
			}
		})
	}
}

// TestProfilesInTreesOfBoxes puts profiles among the properties of pictures and into the descriptions of
// videos.
func TestProfilesInTreesOfBoxes(t *testing.T) {
	for name, kind := range map[string]metadata.Kind{
		"a.avif": metadata.AVIF, "small.heic": metadata.HEIC, "still/sequence.avif": metadata.AVIF, "../../video/testdata/v.mp4": "", "../../video/testdata/hevc_last_270_sound.mov": "",
	} {
		data, n := pictureFile(t, name), 0
		for _, place := range treePlaces(data, 0, len(data), "", nil) {
			inEntry := strings.Contains(place.path, "stsd/") && strings.Count(place.path[strings.Index(place.path, "stsd/"):], "/") == 2
			if !inEntry && !strings.HasSuffix(place.path, "/ipco/colr") && !strings.HasSuffix(place.path, "/ispe") || strings.Contains(place.path, "mp4a") {
				continue
			}
			place.around = place.around[:len(place.around)-1] // behind the box
			if !inEntry {                                     // the numbers of properties must stay
				ipco := place.around[len(place.around)-1]
				place.at = ipco + int(binary.BigEndian.Uint32(data[ipco:]))
			}
			for _, profile := range wordyProfiles() {
				for _, sort := range []string{"prof", "rICC"} {
					planted := plantedAt(data, place, []byte(isoBox("colr", sort+string(profile.data))))
					for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
						store, same := stripped, sameAsShown
						if kind == "" {
							store, same = func(data []byte, _ metadata.Kind, mode metadata.Mode) ([]byte, error) { return redacted(data, mode) }, sameAsPlayed
						}
						out, err := store(planted, kind, mode)
						if errors.Is(err, metadata.ErrDamaged) {
							continue
						}
						if err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						if bytes.Contains(out, []byte(secretWord[:6])) || bytes.Contains(out, []byte("\x00H\x00A\x00U\x00P")) {
							t.Errorf("%s: the word is still there", name)
						}
						if !bytes.Contains(out, icc.Plain(profile.data)) {
							t.Errorf("%s: the profile is not there, in %s", name, place.path)
						}
						if n++; n%8 == 1 {
							same(t, name, planted, out)
						}
					}
				}
			}
		}
		if n == 0 {
			t.Errorf("%s: no place for a profile", name)
		}
	}
}
