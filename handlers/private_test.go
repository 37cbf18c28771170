//go:build nodynamic

package handlers_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postern/media/metadata"
	"postern/media/picture"
)

// secrets are the tags that exiftool writes into pictures before they are
// uploaded, as far as their formats have room for them.
var secrets = []string{
	"-GPSLatitude=48.8584", "-GPSLatitudeRef=N", "-GPSLongitude=2.2945", "-GPSLongitudeRef=E", "-GPSAltitude=300",
	"-ExifIFD:SerialNumber=SN4711", "-ExifIFD:LensSerialNumber=LS42", "-ExifIFD:OwnerName=Jane Roe", "-ExifIFD:ImageUniqueID=0123456789abcdef",
	"-IFD0:CameraSerialNumber=CS99", "-IFD0:Artist=Jane Roe", "-ExifIFD:UserComment=at home",
	"-XMP-exif:GPSLatitude=48.8584", "-XMP-aux:SerialNumber=77", "-XMP-photoshop:City=Paris", "-XMP-iptcCore:Location=Home",
	"-XMP-xmpMM:DocumentID=doc1", "-IPTC:City=Paris", "-IPTC:Sub-location=Home", "-Comment=Jane's phone",
	"-Make=Acme", "-Model=Acme 1", "-XMP-dc:Title=Tower", "-ImageDescription=Seen from below", "-IFD0:Orientation#=6",
}

// forbidden are the tags that must not be found in a stored file.
var forbidden = []string{
	"-gps*", "-*serial*", "-*makernote*", "-*preview*", "-*thumbnail*", "-*city*", "-*location*", "-ownername", "-artist",
	"-usercomment", "-*uniqueid*", "-documentid", "-comment", "-embedded*", "-samsung:all", "-mpf:all", "-mpimage*", "-trailer:all",
	"--chromaticity*",                    // which has a city in it
	"--previewtime", "--previewduration", // zeros of the header of every film
}

// exiftool runs it in a folder and returns what it prints.
func exiftool(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("exiftool")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("exiftool is missing")
		}
		t.Skip("exiftool is not installed")
	}
	cmd := exec.Command(path, append([]string{"-m", "-q", "-q"}, args...)...)
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("exiftool: %v: %s", err, complaints.String())
	}
	return out
}

// tagsOf returns the tags that exiftool finds in each file, as a text of
// GROUP:TAG=VALUE with a space before each.
func tagsOf(t *testing.T, dir string, tags, files []string) map[string]string {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(exiftool(t, dir, slices.Concat([]string{"-j", "-a", "-u", "-ee", "-G1", "-n"}, tags, files)...), &list); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, file := range list {
		name := file["SourceFile"].(string)
		delete(file, "SourceFile")
		found[name] = ""
		for tag, value := range file {
			found[name] += fmt.Sprintf(" %s=%v", tag, value)
		}
	}
	if len(found) != len(files) {
		t.Fatalf("exiftool read %d of %d files", len(found), len(files))
	}
	return found
}

// tagged has exiftool write the secrets into pictures.
func tagged(t *testing.T, plain map[string][]byte) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "thumb"), jpegOf(t, 40, 30))
	args := append([]string{"-overwrite_original", "-ThumbnailImage<=thumb"}, secrets...)
	for name, data := range plain {
		write(t, filepath.Join(dir, name), data)
		args = append(args, name)
	}
	exiftool(t, dir, args...)
	for name := range plain {
		plain[name] = readBack(t, dir, name)
	}
	return plain
}

func readBack(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tellTales are pictures full of what is private, and which of it exiftool must
// find in them, so that the test is known to see it.
func tellTales(t *testing.T) (files map[string][]byte, must map[string][]string) {
	t.Helper()
	photo := jpegOf(t, 640, 480)
	files = tagged(t, map[string][]byte{
		"a.jpg": withMakerNote(photo), "b.jpg": jpegOf(t, 60, 40),
		"a.png": encoded(t, picture.PNG), "a.webp": encoded(t, picture.WebP), "a.avif": encoded(t, picture.AVIF),
		"a.gif": gifOf(t), "a.heic": pictureFile(t, "grid.heic"), "a.jxl": pictureFile(t, "rotated.jxl"),
	})
	files["two.jpg"] = withSecondPicture(files["a.jpg"], files["b.jpg"])
	files["samsung.jpg"] = withSamsungTrailer(files["a.jpg"], files["b.jpg"])
	delete(files, "b.jpg")
	exif := []string{"GPSLatitude", "ExifIFD:SerialNumber", "City"}
	return files, map[string][]string{
		"a.jpg": append([]string{"ThumbnailImage", "MakerNote", "IPTC:", "Comment"}, exif...),
		"a.png": append([]string{"ThumbnailImage", "Comment"}, exif...), "a.webp": append([]string{"ThumbnailImage"}, exif...),
		"a.avif": exif, "a.heic": exif, "a.jxl": exif, "a.gif": {"XMP-exif:", "Comment"},
		"two.jpg": {"MPImage"}, "samsung.jpg": {"Samsung:"},
	}
}

// uploadAll uploads the files to a site that handles metadata in a mode and
// returns it, and the keys of the originals by the files' names.
func uploadAll(t *testing.T, files map[string][]byte, mode metadata.Mode) (*site, map[string]string) {
	t.Helper()
	s := newSite(t, func(set *settings) {
		set.Policy.Metadata = mode
		set.Policy.Formats = append(set.Policy.Formats, "heic", "jxl")
	})
	originals := make(map[string]string)
	for name, data := range files {
		a := s.upload(name, data)
		if a.StatusCode != 200 {
			t.Fatalf("%s: %d %s", name, a.StatusCode, a.body)
		}
		m := a.image(t)
		originals[name] = strings.TrimPrefix(text(m, "url"), s.URL+"/")
		if want := name != "a.gif"; want && mode != metadata.None && text(m, "title") != "Tower" {
			t.Errorf("%s: title %q, want that of the metadata", name, text(m, "title"))
		}
	}
	return s, originals
}

// stored lists the files that a site keeps.
func (s *site) stored() (names []string) {
	s.t.Helper()
	s.mirror()
	err := fs.WalkDir(os.DirFS(s.dir), "images", func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

func TestNothingPrivateIsStored(t *testing.T) {
	t.Parallel()
	files, must := tellTales(t)
	dir := t.TempDir()
	for name, data := range files {
		write(t, filepath.Join(dir, name), data)
	}
	for name, tags := range tagsOf(t, dir, forbidden, slices.Collect(maps.Keys(files))) {
		for _, want := range must[name] {
			if !strings.Contains(tags, want) {
				t.Errorf("before, exiftool finds no %s in %s, but%s", want, name, tags)
			}
		}
	}
	s, originals := uploadAll(t, files, metadata.Private)
	for name, tags := range tagsOf(t, s.dir, forbidden, s.stored()) {
		if tags != "" {
			t.Errorf("exiftool finds in %s:%s", name, tags)
		}
	}
	kept := tagsOf(t, s.dir, []string{"-EXIF:Orientation", "-ProfileDescription", "-Model"}, slices.Collect(maps.Values(originals)))
	for name, key := range originals {
		s.wantSamePixels(name, files[name], key)
		if name != "a.gif" && (!strings.Contains(kept[key], "Orientation=6") || !strings.Contains(kept[key], "Model=Acme 1")) {
			t.Errorf("%s: orientation or model are gone:%s", name, kept[key])
		}
		if strings.Contains("a.jpg a.png a.webp", name) && !strings.Contains(kept[key], "=Wide") {
			t.Errorf("%s: the colour profile is gone:%s", name, kept[key])
		}
		for _, secret := range []string{"SN4711", "LS42", "CS99", "Jane", "Paris", "SECRET"} {
			if bytes.Contains(s.read(key), []byte(secret)) {
				t.Errorf("%s: %q is still there", name, secret)
			}
		}
	}
}

func TestAllMetadataIsKeptOnDemand(t *testing.T) {
	t.Parallel()
	files, _ := tellTales(t)
	s, originals := uploadAll(t, files, metadata.Keep)
	variants := s.stored()
	for name, key := range originals {
		if !bytes.Equal(s.read(key), files[name]) {
			t.Errorf("%s: other bytes are stored than were sent", name)
		}
		variants = slices.DeleteFunc(variants, func(file string) bool { return file == key })
	}
	for name, tags := range tagsOf(t, s.dir, forbidden, variants) {
		if tags != "" {
			t.Errorf("exiftool finds in %s:%s", name, tags)
		}
	}
}

// With "none", what stays is what the picture needs to be shown.
func TestNoMetadataIsStoredOnDemand(t *testing.T) {
	t.Parallel()
	files, _ := tellTales(t)
	s, originals := uploadAll(t, files, metadata.None)
	all := []string{"-EXIF:all", "-XMP:all", "-IPTC:all", "-Photoshop:all", "-Comment", "-Title", "-Description", "-trailer:all"}
	for name, tags := range tagsOf(t, s.dir, append(all, "--EXIF:Orientation", "--ExifByteOrder"), s.stored()) {
		if tags != "" {
			t.Errorf("exiftool finds in %s:%s", name, tags)
		}
	}
	kept := tagsOf(t, s.dir, []string{"-EXIF:Orientation", "-ProfileDescription"}, slices.Collect(maps.Values(originals)))
	for name, key := range originals {
		s.wantSamePixels(name, files[name], key)
		if strings.Contains("a.jpg a.png a.webp", name) && (!strings.Contains(kept[key], "Orientation=6") || !strings.Contains(kept[key], "=Wide")) {
			t.Errorf("%s: orientation or profile are gone:%s", name, kept[key])
		}
	}
}

// read returns a stored file.
func (s *site) read(key string) []byte {
	s.t.Helper()
	s.mirror()
	return readBack(s.t, s.dir, key)
}

// wantSamePixels decodes what was sent and what is stored to the last pixel.
func (s *site) wantSamePixels(name string, sent []byte, key string) {
	s.t.Helper()
	m, n := decodeWhole(s.t, sent), decodeWhole(s.t, s.read(key))
	if m.Bounds() != n.Bounds() {
		s.t.Errorf("%s: sizes differ: %v and %v", name, m.Bounds(), n.Bounds())
		return
	}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if deep(m.At(x, y)) != deep(n.At(x, y)) {
				s.t.Errorf("%s: pixel %d,%d differs", name, x, y)
				return
			}
		}
	}
}

func deep(c color.Color) color.RGBA64 { return color.RGBA64Model.Convert(c).(color.RGBA64) }

func decodeWhole(t *testing.T, data []byte) image.Image {
	t.Helper()
	r := bytes.NewReader(data)
	c, err := picture.ReadConfig(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	m, err := picture.Decode(context.Background(), r, r.Size(), c, c.Width, c.Height)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func encoded(t *testing.T, format picture.Format) []byte {
	t.Helper()
	return encodedOf(t, scene(640, 480), format)
}

func pictureFile(t *testing.T, name string) []byte {
	t.Helper()
	return readBack(t, "../media/picture/testdata", name)
}

func gifOf(t *testing.T) []byte {
	t.Helper()
	m := image.NewPaletted(image.Rect(0, 0, 90, 70), palette.WebSafe)
	for i := range m.Pix {
		m.Pix[i] = byte(i % 200)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{m, m}, Delay: []int{5, 5}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func withSegment(jpg []byte, marker byte, body []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return slices.Concat(jpg[:2], head, body, jpg[2:])
}

// withMakerNote adds EXIF with a maker note alone, which exiftool keeps but
// does not make.
func withMakerNote(jpg []byte) []byte {
	note := "SECRET NOTES OF THE MAKER\x00"
	b := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08")
	b = append(b, "\x00\x01\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00"...)
	b = append(b, "\x00\x01\x92\x7c\x00\x07\x00\x00\x00"...)
	b = append(append(b, byte(len(note))), "\x00\x00\x00\x2c\x00\x00\x00\x00"...)
	return withSegment(jpg, 0xe1, append(b, note...))
}

// withSecondPicture appends a picture and adds the index that tells of it (CIPA
// DC-007).
func withSecondPicture(first, second []byte) []byte {
	const header = 4 // MPF, from behind which offsets count
	mpf := func(offset int) []byte {
		b := []byte("MPF\x00MM\x00*\x00\x00\x00\x08\x00\x03")
		b = append(b, "\xb0\x00\x00\x07\x00\x00\x00\x040100"...)
		b = append(b, "\xb0\x01\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02"...)
		b = append(b, "\xb0\x02\x00\x07\x00\x00\x00\x20\x00\x00\x00\x32\x00\x00\x00\x00"...)
		b = append(b, "\x20\x03\x00\x00"...)
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(first))), make([]byte, 8)...)
		b = append(b, "\x00\x00\x00\x00"...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(second)))
		b = binary.BigEndian.AppendUint32(b, uint32(offset))
		return append(b, 0, 0, 0, 0)
	}
	length := len(mpf(0)) + 4
	start := 2 + 4 + header // of the index's TIFF header in the file
	return append(withSegment(first, 0xe2, mpf(len(first)+length-start)), second...)
}

// withSamsungTrailer appends a picture as phones of Samsung do.
func withSamsungTrailer(jpg, second []byte) []byte {
	const name = "DualShot_1"
	block := binary.LittleEndian.AppendUint32([]byte{0, 0, 0x01, 0x0b}, uint32(len(name)))
	block = append(append(block, name...), second...)
	directory := []byte("SEFH\x6b\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x0b")
	directory = binary.LittleEndian.AppendUint32(directory, uint32(len(block)))
	directory = binary.LittleEndian.AppendUint32(directory, uint32(len(block)))
	tail := append(binary.LittleEndian.AppendUint32(nil, uint32(len(directory))), "SEFT"...)
	return slices.Concat(jpg, block, directory, tail)
}
