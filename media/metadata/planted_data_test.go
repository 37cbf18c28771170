package metadata_test

import (
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"postern/media/metadata"
)

// dataPlants are words to be put behind compressed pixels.
func dataPlants() map[string][]byte {
	return map[string][]byte{
		"words": []byte(secretWord), "zeros": []byte("\x00\x00\x00\x00" + secretWord),
		"many words": []byte(strings.Repeat(secretWord, 70)),
	}
}

// noisyRows are rows of noise, that are stored as they are, and their picture's
// header: eight bits of grey.
func noisyRows() (ihdr string, rows []byte) {
	const width, height = 40, 30
	rows = make([]byte, height*(1+width))
	for i := range rows {
		if i%(1+width) > 0 {
			rows[i] = byte(i * i >> 3)
		}
	}
	return "\x00\x00\x00\x28\x00\x00\x00\x1e\x08\x00\x00\x00\x00", rows
}

// zlibOf compresses, at a level, what is written in one block of bytes or in blocks
// of codes.
func zlibOf(level int, rows []byte) []byte {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	if err == nil {
		_, err = w.Write(rows)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// pngOf is a PNG with the data in chunks of so many bytes.
func pngOf(ihdr string, data []byte, size int) []byte {
	file := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", ihdr)...)
	for part := range slices.Chunk(data, size) {
		file = append(file, pngChunk("IDAT", string(part))...)
	}
	return append(file, pngChunk("IEND", "")...)
}

// animatedPNG has a frame beside its picture, and the data of either in chunks of so
// many bytes.
func animatedPNG(ihdr string, data, frame []byte, size int) []byte {
	file := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", ihdr)...)
	file = append(file, pngChunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00")...)
	number := uint32(0)
	chunk := func(kind, content string) {
		file = append(file, pngChunk(kind, string(binary.BigEndian.AppendUint32(nil, number))+content)...)
		number++
	}
	control := ihdr[:8] + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x0a\x00\x00"
	chunk("fcTL", control)
	for part := range slices.Chunk(data, size) {
		file = append(file, pngChunk("IDAT", string(part))...)
	}
	chunk("fcTL", control)
	for part := range slices.Chunk(frame, size) {
		chunk("fdAT", string(part))
	}
	return append(file, pngChunk("IEND", "")...)
}

// pngDataContainers have words in the compressed data: behind the end, and in the
// rows, which are followed by the words as if they were more of them.
func pngDataContainers() map[string]container {
	ihdr, rows := noisyRows()
	found := make(map[string]container)
	add := func(name string, part []byte, rebuild func(data []byte) []byte) {
		found[name] = container{
			kind: metadata.PNG, parts: [][]byte{part}, plants: dataPlants(),
			rebuild: func(parts [][]byte) []byte { return rebuild(bytes.Join(parts, nil)) },
		}
	}
	for name, level := range map[string]int{"bytes": zlib.NoCompression, "codes": zlib.DefaultCompression, "codes alone": zlib.HuffmanOnly} {
		whole := zlibOf(level, rows)
		add("PNG: behind "+name, whole, func(data []byte) []byte { return pngOf(ihdr, data, 1<<20) })
		add("PNG: behind "+name+" in chunks", whole, func(data []byte) []byte { return pngOf(ihdr, data, 7) })
		add("PNG: more rows of "+name, rows, func(data []byte) []byte { return pngOf(ihdr, zlibOf(level, data), 100) })
		add("APNG: behind "+name, whole, func(data []byte) []byte { return animatedPNG(ihdr, whole, data, 100) })
		add("APNG: more rows of "+name, rows, func(data []byte) []byte { return animatedPNG(ihdr, zlibOf(level, data), zlibOf(level, data), 100) })
	}
	between := pngPlants()
	whole := zlibOf(zlib.BestSpeed, rows)
	found["PNG: between data"] = container{kind: metadata.PNG, plants: between, parts: chunkParts(pngOf(ihdr, whole, 300), 8, metadata.PNG)}
	found["PNG: between frames"] = container{kind: metadata.PNG, plants: between, parts: chunkParts(animatedPNG(ihdr, whole, whole, 300), 8, metadata.PNG)}
	add("PNG: frames that are none", zlibOf(zlib.BestSpeed, rows), func(data []byte) []byte {
		return bytes.Replace(animatedPNG(ihdr, data, data, 100), []byte("acTL"), []byte("abTL"), 1)
	})
	return found
}

// gifOf is a GIF of two frames of 40x30 pixels and 4 colours, with the data in
// sub-blocks of so many bytes.
func gifOf(first, second []byte, size int) []byte {
	file := []byte("GIF89a\x28\x00\x1e\x00\x81\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\xff\x00")
	for _, data := range [][]byte{first, second} {
		file = append(file, "\x2c\x00\x00\x00\x00\x28\x00\x1e\x00\x00\x02"...)
		for block := range slices.Chunk(data, size) {
			file = append(append(file, byte(len(block))), block...)
		}
		file = append(file, 0)
	}
	return append(file, 0x3b)
}

// lzwOf compresses pixels of 4 colours.
func lzwOf(pixels []byte) []byte {
	var b bytes.Buffer
	w := lzw.NewWriter(&b, lzw.LSB, 2)
	_, err := w.Write(pixels)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// gifDataContainers have words behind the compressed pixels: behind their end, where
// they have none, where they are too many or make no sense.
func gifDataContainers() map[string]container {
	pixels := make([]byte, 40*30)
	for i := range pixels {
		pixels[i] = byte(i*i>>3) & 3
	}
	whole, more := lzwOf(pixels), lzwOf(append(bytes.Clone(pixels), pixels...))
	found := make(map[string]container)
	for name, data := range map[string][]byte{
		"behind the end": whole, "behind too many pixels": more, "without an end": whole[:len(whole)-1],
		"behind too few pixels": lzwOf(pixels[:500]), "behind no pixel": lzwOf(nil), "behind no sense": []byte("\xff\xff\xff"),
	} {
		for _, size := range []int{255, 7} {
			found[fmt.Sprintf("GIF: %s, by %d", name, size)] = container{
				kind: metadata.GIF, parts: [][]byte{data}, plants: dataPlants(),
				rebuild: func(parts [][]byte) []byte {
					data := bytes.Join(parts, nil)
					return gifOf(data, data, size)
				},
			}
		}
	}
	return found
}

// TestGIFDataStays wants data that end with their pixels to stay as they are.
func TestGIFDataStays(t *testing.T) {
	pixels := make([]byte, 40*30)
	whole := lzwOf(pixels)
	for _, size := range []int{255, 7, 1} {
		if _, changed := strip(t, gifOf(whole, whole, size), metadata.GIF, metadata.None); changed {
			t.Errorf("sub-blocks of %d bytes: changed", size)
		}
	}
}

// TestPNGDataStays wants image data that end with their rows to stay as they are, in
// any number of chunks.
func TestPNGDataStays(t *testing.T) {
	ihdr, rows := noisyRows()
	for _, level := range []int{zlib.NoCompression, zlib.BestSpeed, zlib.DefaultCompression, zlib.HuffmanOnly} {
		data := zlibOf(level, rows)
		for name, file := range map[string][]byte{
			"one chunk": pngOf(ihdr, data, 1<<20), "many chunks": pngOf(ihdr, data, 3), "a frame": animatedPNG(ihdr, data, data, 50),
			"a wrong checksum": pngOf(ihdr, append(bytes.Clone(data[:len(data)-4]), "\x01\x02\x03\x04"...), 1<<20),
			"no checksum":      pngOf(ihdr, data[:len(data)-4], 1<<20),
		} {
			if out, err := stripped(file, metadata.PNG, metadata.None); err != nil || !bytes.Equal(out, file) {
				t.Errorf("level %d, %s: changed, %v", level, name, err)
			}
		}
	}
	// Of a picture of 3x3 pixels: two passes of a pixel, and rows of 2, 1, 1 and 3.
	six := bytes.Join([][]byte{{0, 1}, {0, 2}, {0, 3, 4}, {0, 5}, {0, 6}, {0, 7, 8, 9}}, nil)
	file := pngOf("\x00\x00\x00\x03\x00\x00\x00\x03\x08\x00\x00\x00\x01", zlibOf(zlib.NoCompression, six), 5)
	if out, err := stripped(file, metadata.PNG, metadata.None); err != nil || !bytes.Equal(out, file) {
		t.Error("an interlaced picture: changed", err)
	}
}

// TestPNGsOfOtherProgramsStay wants nothing of what the standard library writes to
// change.
func TestPNGsOfOtherProgramsStay(t *testing.T) {
	bounds := image.Rect(0, 0, 33, 21)
	grey, wide, clear := image.NewGray(bounds), image.NewNRGBA64(bounds), image.NewNRGBA(bounds)
	few := image.NewPaletted(bounds, color.Palette{color.Black, color.White, color.Transparent})
	for i := range grey.Pix {
		grey.Pix[i] = byte(i * 7)
		few.Pix[i] = byte(i % 3)
	}
	for i := range wide.Pix {
		wide.Pix[i] = byte(i * 11)
	}
	for _, m := range []image.Image{grey, wide, clear, few} {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		if out, err := stripped(b.Bytes(), metadata.PNG, metadata.None); err != nil || !bytes.Equal(out, b.Bytes()) {
			t.Errorf("%T: changed, %v", m, err)
		}
	}
}
