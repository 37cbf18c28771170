//go:build nodynamic

package handlers_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"postern/media/codec/icc/icctest"
	"postern/media/metadata"
	"postern/media/picture"
)

// TestWordsBehindTheEndAreNotStored uploads pictures of every kind with words
// behind their end and looks for them in all that is stored.
func TestWordsBehindTheEndAreNotStored(t *testing.T) {
	t.Parallel()
	const word = "HAUPTSTRASSE-17"
	for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
		s := newSite(t, func(set *settings) {
			set.Policy.Metadata = mode
			set.Policy.Formats = append(set.Policy.Formats, "heic", "jxl")
		})
		photo := jpegOf(t, 64, 48)
		files := map[string][]byte{
			"a.jpg": photo, "a.png": encoded(t, picture.PNG), "a.webp": encoded(t, picture.WebP), "a.avif": encoded(t, picture.AVIF),
			"a.gif": gifOf(t), "a.heic": pictureFile(t, "small.heic"), "a.jxl": pictureFile(t, "small.jxl"), "boxed.jxl": pictureFile(t, "rotated.jxl"),
			"profile.jxl": pictureFile(t, "a98.jxl"), "order.jxl": pictureFile(t, "still/permuted.jxl"),
			"clip.jpg":    append(bytes.Clone(photo), "\x00\x00\x00\x00debug\x00\x00\x00\x18ftypmp42"...),
			"stray.jpg":   append([]byte("\xff\xd8\xff\xfe\x00\x02"+word+"\xff\xe1\x00\x17Exif\x00\x00"+word), photo[2:]...),
			"scan.jpg":    append(append(bytes.Clone(photo[:len(photo)-2]), "\xff\xe1\x00\x17Exif\x00\x00"+word...), photo[len(photo)-2:]...),
			"coded.jpg":   slices.Concat(photo[:len(photo)-2], []byte(word), photo[len(photo)-2:]),
			"damaged.jpg": slices.Concat(photo[:len(photo)-2], []byte("\xff\xda\x00\x06\x00\x00\x3f\x00"+word), photo[len(photo)-2:]),
			"data.png":    withImageData(encoded(t, picture.PNG), word), "frame.gif": bytes.Replace(gifOf(t), []byte("\x00\x3b"), []byte("\x0f"+word+"\x00\x3b"), 1),
			"comments.jpg": append([]byte("\xff\xd8\xff\xfe\x00\x11"+word), photo[2:]...),
		}
		for name, data := range files {
			if a := s.upload(name, append(bytes.Clone(data), word...)); a.StatusCode != 200 {
				t.Errorf("%s, %s: %d %s", mode, name, a.StatusCode, a.body)
			}
		}
		for _, name := range s.stored() {
			if bytes.Contains(s.read(name), []byte(word)) || bytes.Contains(s.read(name), []byte("ftypmp42")) {
				t.Errorf("%s: the word is in %s", mode, name)
			}
		}
	}
}

// TestWordsInProfilesAreNotStored uploads pictures with words in their colour profiles, and has what is
// stored and made of them tell the same colours.
func TestWordsInProfilesAreNotStored(t *testing.T) {
	t.Parallel()
	const word = "HAUPTSTRASSE-17"
	hasWord := func(b []byte) bool {
		return bytes.Contains(b, []byte(word[:6])) || bytes.Contains(b, []byte("\x00H\x00A\x00U\x00P"))
	}
	colours := icctest.Colours(icctest.AdobeRGB, 2.2)
	profile := icctest.WithWord(2, word, word, colours)
	for _, mode := range []metadata.Mode{metadata.Private, metadata.None, metadata.Keep} {
		s := newSite(t, func(set *settings) { set.Policy.Metadata = mode })
		for _, format := range []picture.Format{picture.JPEG, picture.PNG, picture.WebP, picture.AVIF} {
			var b bytes.Buffer
			if err := picture.Encode(&b, corners(1200, 300), format, picture.Options{ICC: profile}); err != nil {
				t.Fatal(err)
			}
			if a := s.upload("a."+string(format), b.Bytes()); a.StatusCode != 200 {
				t.Errorf("%s, %s: %d %s", mode, format, a.StatusCode, a.body)
			}
		}
		short := shortOf(t, encodedOf(t, corners(640, 480), picture.AVIF))
		short.icc = profile
		if a := s.upload("short.avif", short.file()); a.StatusCode != 200 {
			t.Errorf("%s, short: %d %s", mode, a.StatusCode, a.body)
		}
		for _, name := range s.stored() {
			data := s.read(name)
			made := strings.Count(name, ".") > 1
			if hasWord(data) && (mode != metadata.Keep || made) {
				t.Errorf("%s: the word is in %s", mode, name)
			}
			r := bytes.NewReader(data)
			c, err := picture.ReadConfig(r, r.Size())
			if err != nil {
				t.Fatal(err)
			}
			got := picture.ICC(r, r.Size(), c)
			if hasWord(got) {
				t.Errorf("%s: the word is in the profile of %s", mode, name)
			}
			for _, colour := range colours {
				if !bytes.Contains(got, colour.Data) {
					t.Errorf("%s: %s of the profile of %s is not what it was", mode, colour.Name, name)
				}
			}
		}
	}
}

// TestWordsInVideosAndBitmapsAreNotStored uploads videos and bitmaps with words in
// boxes, elements and gaps, and behind the end.
func TestWordsInVideosAndBitmapsAreNotStored(t *testing.T) {
	t.Parallel()
	const word = "HAUPTSTRASSE-17"
	box := func(kind string) string { return "\x00\x00\x00\x17" + kind + word }
	boxes := box("free") + box("udta") + box("uuid") + box("abcd") + box("mdat") + box("meta")
	void := "\xec\x8f" + word // an element that is free space
	bitmap := bitmapOf(90, 70)
	gap := slices.Concat(bitmap[:54+4*256], []byte(word), bitmap[54+4*256:])
	gap[10] += byte(len(word)) // where the pixels are
	for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
		s := newSite(t, func(set *settings) { set.Policy.Metadata = mode })
		for name, data := range map[string][]byte{
			"a.mp4": append(input(t, "v.mp4"), boxes...), "a.mov": append(input(t, "v.mov"), boxes...), "a.webm": append(input(t, "v.webm"), void...),
			"end.mp4": append(input(t, "v.mp4"), word...), "end.mov": append(input(t, "v.mov"), word...), "end.webm": append(input(t, "v.webm"), word...),
			"end.bmp": append(bytes.Clone(bitmap), word...), "gap.bmp": gap,
		} {
			if a := s.upload(name, data); a.StatusCode != 200 {
				t.Errorf("%s, %s: %d %s", mode, name, a.StatusCode, a.body)
			}
		}
		for _, name := range s.stored() {
			if bytes.Contains(s.read(name), []byte(word)) {
				t.Errorf("%s: the word is in %s", mode, name)
			}
		}
	}
}

// withImageData puts a word behind the image data of a PNG, which are in one chunk, or
// in several of which the last one gets it.
func withImageData(data []byte, word string) []byte {
	at := bytes.LastIndex(data, []byte("IDAT"))
	size := binary.BigEndian.Uint32(data[at-4:])
	content := slices.Concat(data[at:at+4+int(size)], []byte(word))
	head := binary.BigEndian.AppendUint32(bytes.Clone(data[:at-4]), size+uint32(len(word)))
	tail := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(content))
	return slices.Concat(head, content, tail, data[at+4+int(size)+4:])
}
