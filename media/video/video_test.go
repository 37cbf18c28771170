package video

import (
	"bytes"
	"errors"
	"image"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// videoFile returns the bytes of a video of testdata.
func videoFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(b []byte) (Facts, error) { return Read(bytes.NewReader(b), int64(len(b))) }

// turned describes a video of testdata/make.sh: 64x48, one second, ten frames
// a second.
func turned(container, codec string, rotation int) Facts {
	f := Facts{
		Container: container, Codec: codec, Rotation: rotation,
		Width: 64, Height: 48, CodedWidth: 64, CodedHeight: 48, Visible: image.Rect(0, 0, 64, 48),
		Duration: time.Second, FrameRate: 10,
	}
	if rotation%180 != 0 {
		f.Width, f.Height = 48, 64
	}
	return f
}

func (f Facts) sized(w, h int) Facts          { f.Width, f.Height = w, h; return f }
func (f Facts) lasting(d time.Duration) Facts { f.Duration = d; return f }
func (f Facts) rate(r float64) Facts          { f.FrameRate = r; return f }
func (f Facts) sound() Facts                  { f.HasAudio = true; return f }

func (f Facts) coded(w, h int, visible image.Rectangle) Facts {
	f.CodedWidth, f.CodedHeight, f.Visible = w, h, visible
	return f
}

func TestReadTellsWhatTheWriterWasTold(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		file string
		want Facts
	}{
		{"h264_first_sound.mp4", turned("mp4", "h264", 0).sound()},
		{"h264_last_90.mp4", turned("mp4", "h264", 90)},
		{"h264_fragments_180.mp4", turned("mp4", "h264", 180)},
		{"h264_last_ntsc.mp4", turned("mp4", "h264", 0).lasting(1001 * ms).rate(30000. / 1001)},
		{"h264_first_90_wide.mov", turned("mov", "h264", 90).sized(48, 85)},
		{"h264_last_180.mov", turned("mov", "h264", 180)},
		{"h264_fragments.mov", turned("mov", "h264", 0)},
		{"h264_fragments_behind_index.mp4", turned("mp4", "h264", 0)},
		{"h264_fragments_edited.mp4", turned("mp4", "h264", 0)},
		{"h264_fragments_every_frame.mp4", turned("mp4", "h264", 0).sound()},
		{"h264_empty_edit.mp4", turned("mp4", "h264", 0).lasting(1500 * ms)},
		{"h264_cut_edit.mp4", turned("mp4", "h264", 0).lasting(700 * ms)},
		{"h264.mkv", turned("matroska", "h264", 0)},
		{"h264_wide.mkv", turned("matroska", "h264", 0).sized(85, 48)},
		{"h264_live.mkv", turned("matroska", "h264", 0)},
		// Its writer told a display size of 4 to 3 for what is left.
		{"h264_cropped_sound.mkv", turned("matroska", "h264", 0).sized(53, 40).sound().coded(64, 48, image.Rect(4, 4, 60, 44))},

		{"hevc_first_270.mp4", turned("mp4", "hevc", 270)},
		{"hevc_last_wide.mp4", turned("mp4", "hevc", 0).sized(85, 48)},
		{"hevc_fragments_90_sound.mp4", turned("mp4", "hevc", 90).sound()},
		{"hevc_first.mov", turned("mov", "hevc", 0)},
		{"hevc_last_270_sound.mov", turned("mov", "hevc", 270).sound()},
		{"hevc_fragments_180.mov", turned("mov", "hevc", 180)},
		// The picture waits for 1024 samples of lead-in of the sound.
		{"hevc_sound.mkv", turned("matroska", "hevc", 0).sound().lasting(1064 * ms)},
		{"hevc_live.mkv", turned("matroska", "hevc", 0)},

		{"vp8.webm", turned("webm", "vp8", 0)},
		{"vp8_narrow.webm", turned("webm", "vp8", 0).sized(32, 48)},
		{"vp8_cues_first_sound.webm", turned("webm", "vp8", 0).sound()},
		{"vp8_live_sound.webm", turned("webm", "vp8", 0).sound()},
		{"vp8_shown_128x48.webm", turned("webm", "vp8", 0).sized(128, 48)},

		{"vp9_first_180.mp4", turned("mp4", "vp9", 180)},
		{"vp9_last_270.mp4", turned("mp4", "vp9", 270)},
		{"vp9_fragments_narrow.mp4", turned("mp4", "vp9", 0).sized(32, 48)},
		{"vp9_sound.webm", turned("webm", "vp9", 0).sound()},
		{"vp9_live.webm", turned("webm", "vp9", 0)},
		{"vp9_90.webm", turned("webm", "vp9", 90)},
		{"vp9_270.webm", turned("webm", "vp9", 270)},

		{"av1_first_90_wide.mp4", turned("mp4", "av1", 90).sized(48, 85)},
		{"av1_last_180_sound.mp4", turned("mp4", "av1", 180).sound()},
		{"av1_fragments_270.mp4", turned("mp4", "av1", 270)},
		{"av1_wide.webm", turned("webm", "av1", 0).sized(85, 48)},
		{"av1_live.webm", turned("webm", "av1", 0)},

		// What the observed server told of these was the same, in whole seconds.
		{"v.mp4", turned("mp4", "h264", 0).sized(640, 360).coded(640, 360, image.Rect(0, 0, 640, 360)).lasting(3000 * ms).rate(25).sound()},
		{"v.mov", turned("mov", "h264", 0).sized(640, 360).coded(640, 360, image.Rect(0, 0, 640, 360)).lasting(3000 * ms).rate(25).sound()},
		{"v.webm", turned("webm", "vp8", 0).sized(320, 240).coded(320, 240, image.Rect(0, 0, 320, 240)).lasting(2000 * ms).rate(15)},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			got, err := read(videoFile(t, test.file))
			if err != nil {
				t.Errorf("%s: %v", test.file, err)
				return
			}
			got.Colour = Colour{} // which has a test of its own
			// WebM tells the time of a frame in whole nanoseconds.
			if math.Abs(got.FrameRate-test.want.FrameRate) < 1e-6 {
				got.FrameRate = test.want.FrameRate
			}
			if got != test.want {
				t.Errorf("%s:\ngot  %+v\nwant %+v", test.file, got, test.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	mp4, mov, webm := videoFile(t, "v.mp4"), videoFile(t, "v.mov"), videoFile(t, "v.webm")
	tests := []struct {
		what  string
		bytes []byte
		want  error
	}{
		{"nothing", nil, ErrNotVideo},
		{"one byte", []byte{0}, ErrNotVideo},
		{"text", []byte("#EXTM3U\nfile:///etc/passwd\n"), ErrNotVideo},
		{"a list of files for ffmpeg", []byte("ffconcat version 1.0\nfile secret.mp4\n"), ErrNotVideo},
		{"a JPEG that goes on as HTML", []byte("\xff\xd8\xff<html><body>not a picture</body></html>"), ErrNotVideo},
		{"a GIF", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ErrNotVideo},
		{"an MP3", []byte("ID3\x04\x00\x00\x00\x00\x00\x00TSSE\x00\x00"), ErrNotVideo},
		{"a RIFF file", []byte("RIFF\x10\x00\x00\x00AVI LIST\x00\x00\x00\x00"), ErrNotVideo},
		{"an HEIC picture", append(typed("heic", "mif1"), mp4[32:]...), ErrNotVideo},
		{"an AVIF picture", append(typed("avif", "mif1"), mp4[32:]...), ErrNotVideo},
		{"an AVIF sequence", append(typed("avis", "msf1", "iso8"), mp4[32:]...), ErrNotVideo},
		{"a JPEG XL picture", append(typed("jxl "), mp4[32:]...), ErrNotVideo},
		{"a Canon raw picture", append(typed("crx ", "isom"), mp4[32:]...), ErrNotVideo},
		{"a Canon raw picture behind free space", join(mp4Box("free"), typed("crx ", "isom"), mp4[32:]), ErrNotVideo},
		{"a brand nobody knows and nothing else", typed("wxyz"), ErrNotVideo},
		{"a picture of an unknown brand", join(typed("wxyz"), mp4Box("meta", zeros(4)), mp4Box("mdat", zeros(9))), ErrNotVideo},
		{"another kind of EBML", ebml(idEBML, ebml(idDocType, []byte("matrosk"))), ErrNotVideo},

		{"an MP4 with sound alone", videoFile(t, "sound.m4a"), ErrNoVideo},
		{"a WebM with sound alone", videoFile(t, "sound.webm"), ErrNoVideo},

		{"an MP4 without its second half", mp4[:len(mp4)/2], ErrDamaged},
		{"an MP4 without its last byte", mp4[:len(mp4)-1], ErrDamaged},
		{"a QuickTime movie without its second half", mov[:len(mov)/2], ErrDamaged},
		{"a WebM without its second half", webm[:len(webm)/2], ErrDamaged},
		{"a WebM without its last byte", webm[:len(webm)-1], ErrDamaged},
		{"an MP4 whose header fills it", join(typed("isom"), mp4Box("moov")), ErrDamaged},
		{"an EBML header alone", ebmlHeader("webm"), ErrDamaged},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if _, err := read(test.bytes); !errors.Is(err, test.want) {
				t.Errorf("%s: got %v, want %v", test.what, err, test.want)
			}
			_, err := KeyFrameAt(bytes.NewReader(test.bytes), int64(len(test.bytes)), 0)
			if !errors.Is(err, ErrNotVideo) && errors.Is(test.want, ErrNotVideo) {
				t.Errorf("key frame of %s: got %v, want %v", test.what, err, test.want)
			}
		})
	}
}

// failing is a file that cannot be read.
type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestReadTellsFaultsOfTheFileFromFaultsInIt(t *testing.T) {
	want := errors.New("disk on fire")
	_, err := Read(failing{want}, 1000)
	if !errors.Is(err, want) || errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want it to wrap %v alone", err, want)
	}
	b := videoFile(t, "vp8.webm")
	if _, err := Read(bytes.NewReader(b[:100]), int64(len(b))); !errors.Is(err, ErrDamaged) {
		t.Errorf("file shorter than told: got %v, want %v", err, ErrDamaged)
	}
}

func TestReadSaysNotVideoAfterOneSmallRead(t *testing.T) {
	r := &counting{r: bytes.NewReader(bytes.Repeat([]byte("GIF89a"), 1<<20))}
	if _, err := Read(r, 6<<20); !errors.Is(err, ErrNotVideo) {
		t.Fatalf("got %v, want %v", err, ErrNotVideo)
	}
	if r.reads != 1 || r.bytes > jumpAhead {
		t.Errorf("got %d reads of %d bytes, want one of at most %d", r.reads, r.bytes, jumpAhead)
	}
}

// counting counts what is read.
type counting struct {
	r     *bytes.Reader
	reads int
	bytes int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	c.bytes += int64(len(p))
	return c.r.ReadAt(p, off)
}

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"v.mp4", "v.webm"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f, err := os.Open(filepath.Join("testdata", name))
				if err != nil {
					b.Fatal(err)
				}
				info, err := f.Stat()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Read(f, info.Size()); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
}
