package handlers_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"postern/media/metadata"
)

var little, big = binary.LittleEndian, binary.BigEndian

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// pngChunk is one chunk of a PNG, with a right checksum.
func pngChunk(kind string, data []byte) []byte {
	b := append(big.AppendUint32(nil, uint32(len(data))), kind...)
	b = append(b, data...)
	return big.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func pngOf(width, height uint32, chunks ...[]byte) []byte {
	header := append(big.AppendUint32(big.AppendUint32(nil, width), height), 8, 6, 0, 0, 0)
	return concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", header), concat(chunks...), pngChunk("IEND", nil))
}

// deflatedZeros is a zlib stream of so many zeros.
func deflatedZeros(n int64) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.CopyN(w, zeros{}, n)
	w.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func gifHead(width, height uint16) []byte {
	return append(little.AppendUint16(little.AppendUint16([]byte("GIF89a"), width), height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255)
}

// gifFrame is one pixel in a frame of a size.
func gifFrame(width, height uint16) []byte {
	b := append([]byte{0x2c}, 0, 0, 0, 0)
	return append(little.AppendUint16(little.AppendUint16(b, width), height), 0, 2, 2, 0x44, 1, 0)
}

func bmpOf(width, height uint32) []byte {
	b := append([]byte("BM"), 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0)
	b = little.AppendUint32(little.AppendUint32(b, width), height)
	return append(append(b, 1, 0, 32, 0), make([]byte, 40)...)
}

// exifJPEG is a small JPEG with a block of EXIF.
func exifJPEG(t *testing.T, tiff []byte) []byte {
	jpeg := input(t, "small.jpg")
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := append([]byte{0xff, 0xe1}, big.AppendUint16(nil, uint16(len(body)+2))...)
	return concat(jpeg[:2], segment, body, jpeg[2:])
}

// sizedJPEG is a JPEG whose header claims another size.
func sizedJPEG(t *testing.T) []byte {
	b := bytes.Clone(input(t, "small.jpg"))
	at := bytes.Index(b, []byte{0xff, 0xc0})
	if at < 0 {
		at = bytes.Index(b, []byte{0xff, 0xc2})
	}
	copy(b[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	return b
}

// patched is a file of the inputs with bytes after a mark replaced.
func patched(t *testing.T, name, mark string, offset int, with []byte) []byte {
	b := bytes.Clone(input(t, name))
	at := bytes.Index(b, []byte(mark))
	if at < 0 {
		t.Fatalf("%s has no %q", name, mark)
	}
	copy(b[at+len(mark)+offset:], with)
	return b
}

// bomb is a file that is meant to hurt, and whether it is taken all the same:
// what hurts must then be without effect.
type bomb struct {
	name, filename string
	file           []byte
	taken          bool
}

func bombs(t *testing.T) []bomb {
	huge := bytes.Repeat([]byte{0xff}, 8)
	zipped := deflatedZeros(100 << 20)
	loop := concat([]byte("II*\x00\x08\x00\x00\x00"), []byte{0, 0}, []byte{14, 0, 0, 0}, []byte{0, 0}, []byte{8, 0, 0, 0})
	own := concat([]byte("II*\x00\x08\x00\x00\x00"), []byte{1, 0}, []byte{0x69, 0x87, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0}, []byte{8, 0, 0, 0})
	count := concat([]byte("II*\x00\x08\x00\x00\x00"), []byte{1, 0}, []byte{0x0f, 1, 2, 0, 1, 0, 0, 0x40, 8, 0, 0, 0}, []byte{0, 0, 0, 0})
	return []bomb{
		{"GIF of 34 bytes", "a.gif", concat(gifHead(65535, 65535), gifFrame(65535, 65535), []byte{0x3b}), false},
		{"GIF of 100,000 frames", "b.gif", concat(gifHead(8000, 8000), bytes.Repeat(gifFrame(1, 1), 100_000), []byte{0x3b}), false},
		{"PNG of 50000x50000", "a.png", pngOf(50000, 50000, pngChunk("IDAT", deflatedZeros(100))), false},
		{"PNG whose pixels inflate", "b.png", pngOf(1, 1, pngChunk("IDAT", zipped)), true},
		{"PNG whose profile inflates", "c.png", pngOf(1, 1, pngChunk("iCCP", append([]byte("p\x00\x00"), zipped...)), pngChunk("IDAT", deflatedZeros(5))), true},
		{"PNG whose text inflates", "d.png", pngOf(1, 1, pngChunk("zTXt", append([]byte("Comment\x00\x00"), zipped...)), pngChunk("iTXt", append([]byte("XML:com.adobe.xmp\x00\x01\x00\x00\x00"), zipped...)), pngChunk("IDAT", deflatedZeros(5))), true},
		{"PNG of 100,000 chunks", "e.png", pngOf(1, 1, bytes.Repeat(pngChunk("tEXt", nil), 100_000), pngChunk("IDAT", deflatedZeros(5))), false},
		{"BMP of 70 bytes", "a.bmp", bmpOf(60000, 60000), false},
		{"BMP of the largest size", "b.bmp", bmpOf(0x7fffffff, 0x80000000), false},
		{"WebP of 16384x16384", "a.webp", []byte("RIFF\x14\x00\x00\x00WEBPVP8L\x08\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00"), false},
		{"JPEG of 65535x65535", "a.jpg", sizedJPEG(t), false},
		{"AVIF of 4 G pixels a side", "a.avif", patched(t, "a.avif", "ispe", 4, huge), false},
		{"JPEG XL of 2^30 pixels a side", "a.jxl", []byte("\xff\x0a\xfe\xff\xff\xff\x7f\xfc\xff\xff\xff\x0f"), false},
		{"MP4 of samples without end", "a.mp4", patched(t, "v.mp4", "stsz", 8, huge[:4]), false},
		{"EXIF whose folders point at each other", "b.jpg", exifJPEG(t, loop), true},
		{"EXIF whose folder is in itself", "c.jpg", exifJPEG(t, own), true},
		{"EXIF of a text of a gigabyte", "d.jpg", exifJPEG(t, count), true},
		{"TIFF with a count of a gigabyte", "e.jpg", count, false},
		{"a playlist named as a video", "b.mp4", []byte("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"), false},
		{"a list of files named as a video", "c.mp4", []byte("ffconcat version 1.0\nfile '/etc/passwd'\n"), false},
		{"a program for ImageMagick", "f.jpg", []byte("push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/x.jpg\"|ls \"-la)'\npop graphic-context\n"), false},
		{"a PostScript file", "g.jpg", []byte("%!PS-Adobe-3.0\n{ null restore } stopped\n(%pipe%id) (r) file\n"), false},
		{"an empty file", "h.jpg", nil, false},
	}
}

func TestFilesThatAreMeantToHurtDoNot(t *testing.T) {
	const most = 64 << 20
	s := newSite(t, flat, func(set *settings) { set.MaxFile, set.MaxBody = 100_000_000, 110_000_000 })
	s.Config.SetKeepAlivesEnabled(false)
	for _, b := range bombs(t) {
		body, contentType := multipartBody(t, b.filename, b.file)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.key)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %v", b.name, took.Round(time.Millisecond))
		if b.taken != (a.StatusCode == 200) || a.StatusCode != 200 && a.StatusCode != 400 {
			t.Errorf("%s: answered %d %.200s, want it taken: %t", b.name, a.StatusCode, a.body, b.taken)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > most {
			t.Errorf("%s: %d bytes were allocated, want %d at most", b.name, n, most)
		}
		if a.StatusCode == 200 {
			s.do("DELETE", text(a.image(t), "delete_url"), nil)
		}
		s.wantFiles(0)
	}
}

const script = "<html><body><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/><script>alert(document.cookie)</script></body></html>"

// disguises are files that a browser might take for a page or a program.
func disguises(t *testing.T) []bomb {
	jpeg, png := input(t, "small.jpg"), input(t, "one.png")
	svg := "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
	comment := concat(jpeg[:2], []byte{0xff, 0xfe}, big.AppendUint16(nil, uint16(len(script)+2)), []byte(script), jpeg[2:])
	gif := concat([]byte("GIF89a/*\x10\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"), gifFrame(1, 1), []byte{0x3b}, []byte("*/=1;alert(1)//"))
	return []bomb{
		{"HTML", "a.html", []byte(script), false},
		{"HTML named as a JPEG", "a.jpg", []byte(script), false},
		{"SVG", "a.svg", []byte(svg), false},
		{"SVG named as a PNG", "a.png", []byte(svg), false},
		{"SVG in UTF-16", "b.png", []byte("\xff\xfe<\x00s\x00v\x00g\x00"), false},
		{"SVG behind a byte order mark", "c.png", []byte("\ufeff" + svg), false},
		{"SVG, compressed", "a.svgz", []byte("\x1f\x8b\x08\x00"), false},
		{"XML", "a.xml", []byte("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"), false},
		{"PDF", "a.pdf", []byte("%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"), false},
		{"PHP", "a.php", []byte("<?php system($_GET['c']); ?>"), false},
		{"JPEG with a page in a comment", "page.html", comment, true},
		{"JPEG with a page behind it", "page.jpg.html", append(bytes.Clone(jpeg), script...), true},
		{"PNG with a page behind it", "page.svg", append(bytes.Clone(png), script...), true},
		{"PNG with a page in a text", "page.php", concat(png[:33], pngChunk("tEXt", []byte("Comment\x00"+script)), png[33:]), true},
		{"GIF that is a script", "page.js", gif, true},
	}
}

// Whatever is stored is served as what it is, and as nothing that can run.
func TestStoredFilesCanRunNothing(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"keep", "private"} {
		s := newSite(t, flat, func(set *settings) { set.Metadata = metadata.Mode(mode) })
		for _, d := range disguises(t) {
			a := s.upload(d.filename, d.file)
			if d.taken != (a.StatusCode == 200) {
				t.Errorf("%s: answered %d %.200s, want it taken: %t", d.name, a.StatusCode, a.body, d.taken)
			}
			if a.StatusCode == 200 {
				s.wantHarmless(d.name, text(a.image(t), "url"))
			}
		}
	}
}

func (s *site) wantHarmless(name, url string) {
	s.t.Helper()
	for _, form := range []struct {
		method, path string
		headers      []string
		status       int
	}{
		{"GET", "", nil, 200}, {"HEAD", "", nil, 200}, {"GET", "?a.html", nil, 200}, {"GET", "", []string{"Range", "bytes=0-9"}, 206},
		{"GET", "", []string{"Accept", "text/html"}, 200}, {"GET", "", []string{"If-Modified-Since", "Fri, 20 Nov 2099 00:00:00 GMT"}, 304},
		{"GET", "/a.html", nil, 404}, {"GET", ".html", nil, 404}, {"GET", "%00.html", nil, 404}, {"GET", ";a.html", nil, 404},
	} {
		a := s.do(form.method, url+form.path, nil, form.headers...)
		if a.StatusCode != form.status {
			s.t.Errorf("%s: %s %s: %d, want %d", name, form.method, form.path, a.StatusCode, form.status)
		}
		h := a.Header
		policy := h.Get("Content-Security-Policy")
		if h.Get("X-Content-Type-Options") != "nosniff" && form.status != 304 || !strings.Contains(policy, "default-src 'none'") && form.status < 300 ||
			form.status < 300 && !strings.Contains(policy, "sandbox") {
			s.t.Errorf("%s: %s %s: headers %v", name, form.method, form.path, h)
		}
		kind := h.Get("Content-Type")
		if form.status < 300 && !strings.HasPrefix(kind, "image/") || strings.Contains(kind, "svg") || strings.Contains(kind, "xml") {
			s.t.Errorf("%s: %s %s: served as %q", name, form.method, form.path, kind)
		}
		if form.status == 404 && strings.Contains(a.body, "alert(") {
			s.t.Errorf("%s: %s: the error page holds the script", name, form.path)
		}
	}
	for _, extension := range []string{".html", ".svg", ".php", ".js", ".xml"} {
		if strings.HasSuffix(url, extension) {
			s.t.Errorf("%s: stored as %s", name, url)
		}
	}
}
