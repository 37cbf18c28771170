package media_test

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"postern/media/library"
	"postern/media/metadata"
)

// Bytes that the decoder makes nothing of are not stored, and the record tells of what
// is.
func TestBytesThatNoPixelIsMadeOf(t *testing.T) {
	photo := jpegOf(600, 400, 1)
	end := len(photo) - 2
	frame := []byte("\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00") // a second one, which ends the picture
	drawing := pngOf(t, 600, 400)
	for name, data := range map[string][]byte{
		"behind the image data": withImageData(drawing, "48.8584, 2.2945"), "more image data": withImageData(drawing, strings.Repeat("48.8584, 2.2945", 999)),
		"behind the last block":       slices.Concat(photo[:end], []byte("48.8584, 2.2945"), photo[end:]),
		"in segments behind it":       slices.Concat(photo[:end], frame, []byte("48.8584, 2.2945"), photo[end:]),
		"in a scan that is none":      slices.Concat(photo[:end], []byte("\xff\xda\x00\x06\x00\x00\x3f\x0048.8584, 2.2945"), photo[end:]),
		"behind tables that are none": slices.Concat(photo[:end], []byte("\xff\xc4\x00\x11\x0048.8584,2.2945"), photo[end:]),
	} {
		l := newLibrary(t)
		it := l.mustAdd(data, "a.jpg")
		stored := l.stored(it.Original)
		if !bytes.Equal(stored, photo) && !bytes.Equal(stored, drawing) {
			t.Errorf("%s: %d bytes are stored, want the %d of the photo or the %d of the drawing", name, len(stored), len(photo), len(drawing))
		}
		if got := md5.Sum(stored); hex.EncodeToString(got[:]) != it.MD5 || it.Original.Size != int64(len(stored)) {
			t.Errorf("%s: recorded are %d bytes of MD5 %s, stored %d of %x", name, it.Original.Size, it.MD5, len(stored), got)
		}
		if got := md5.Sum(data); hex.EncodeToString(got[:]) != it.SourceMD5 {
			t.Errorf("%s: MD5 of what was sent: %x, recorded %s", name, got, it.SourceMD5)
		}
		again, err := l.add(data, "a.jpg")
		if err != nil || !again.Reused || again.Item.ID != it.ID {
			t.Errorf("%s: sent again: reused %t, %v", name, again.Reused, err)
		}
		kept := newLibrary(t, policy(func(p *library.Policy) { p.Metadata = metadata.Keep }))
		it = kept.mustAdd(data, "a.jpg")
		if !bytes.Equal(kept.stored(it.Original), data) {
			t.Errorf("%s: what is to be kept is changed", name)
		}
	}
}

// pngOf is a drawing in one chunk.
func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withImageData puts more behind the image data of a PNG.
func withImageData(data []byte, more string) []byte {
	at := bytes.Index(data, []byte("IDAT"))
	size := binary.BigEndian.Uint32(data[at-4:])
	content := slices.Concat(data[at:at+4+int(size)], []byte(more))
	head := binary.BigEndian.AppendUint32(bytes.Clone(data[:at-4]), size+uint32(len(more)))
	tail := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(content))
	return slices.Concat(head, content, tail, data[at+4+int(size)+4:])
}
