package metadata_test

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/gif"
	"testing"

	"postern/media/metadata"
)

// plainGIF has two frames and loops.
func plainGIF(t testing.TB) []byte {
	t.Helper()
	frame := image.NewPaletted(image.Rect(0, 0, 9, 7), palette.WebSafe)
	for i := range frame.Pix {
		frame.Pix[i] = byte(i)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{5, 5}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gifWith puts a block in front of the end of a GIF.
func gifWith(data []byte, block string) []byte {
	last := len(data) - 1
	return append(append(bytes.Clone(data[:last]), block...), data[last])
}

func TestGIF(t *testing.T) {
	plain := plainGIF(t)
	if _, changed := strip(t, plain, metadata.GIF, metadata.None); changed {
		t.Error("a plain GIF was changed")
	}
	// As XMP is put into GIFs: the packet is no sub-block, and the bytes that
	// count down behind it lead any reader to the end.
	xmp := []byte("\x21\xff\x0bXMP DataXMP<x:xmpmeta>SECRET</x:xmpmeta>\x01")
	for i := 0xff; i >= 0; i-- {
		xmp = append(xmp, byte(i))
	}
	data := gifWith(plain, string(append(xmp, 0)))
	if out, _ := strip(t, data, metadata.GIF, metadata.Private); !bytes.Equal(out, plain) {
		t.Errorf("XMP is not the only thing that is gone: %d bytes, want %d", len(out), len(plain))
	}
	data = gifWith(plain, "\x21\xfe\x05hello\x00")
	for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
		if out, _ := strip(t, data, metadata.GIF, mode); !bytes.Equal(out, plain) {
			t.Errorf("%s: the comment is not the only thing that is gone", mode)
		}
	}
}

func FuzzStripGIF(f *testing.F) {
	f.Add(plainGIF(f))
	f.Add(gifWith(plainGIF(f), "\x21\xff\x0bXMP DataXMP\x06SECRET\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzStrip(t, data, metadata.GIF) })
}
