package video

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// seed adds the videos of testdata that have one of the extensions.
func seed(f *testing.F, extensions ...string) {
	f.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if slices.Contains(extensions, filepath.Ext(e.Name())) && len(e.Name()) > len("v.webm") {
			f.Add(videoFile(f, e.Name()))
		}
	}
}

// checkRead reads a video and fails if that costs or tells what it must not.
func checkRead(t *testing.T, b []byte) {
	r := &counting{r: bytes.NewReader(b)}
	facts, err := Read(r, int64(len(b)))
	if err == nil && !sane(facts) {
		t.Errorf("got %+v, want facts that make sense", facts)
	}
	if r.bytes > workBudget {
		t.Errorf("got %d bytes read, want no more than %d", r.bytes, workBudget)
	}
}

func FuzzReadMP4(f *testing.F) {
	seed(f, ".mp4", ".mov", ".m4a")
	f.Add(change(func(t *testTrack) { t.extensions = mp4Box("pasp", words(2, 1)) }))
	f.Add(change(func(t *testTrack) { t.edits = words(0, 2, 300, 1<<32-1, 1<<16, 600, 0, 1<<16) }))
	f.Add(fragmented(mp4Box("trex", words(0, 1, 1, 100, 1, 0)), plainFragment(0), plainFragment(500)))
	f.Fuzz(func(t *testing.T, b []byte) { checkRead(t, b) })
}

func FuzzReadMatroska(f *testing.F) {
	seed(f, ".webm", ".mkv")
	track := tracks(videoEntry(nil))
	f.Add(testSegment(track, cluster(0, key(0), delta(100))))
	f.Add(join(ebmlHeader("webm"), unsized(idSegment, track, unsized(idCluster, number(idTimestamp, 0), key(0)))))
	f.Fuzz(func(t *testing.T, b []byte) { checkRead(t, b) })
}

func FuzzKeyFrame(f *testing.F) {
	seed(f, ".mp4", ".mov", ".webm", ".mkv")
	f.Add(testSegment(tracks(videoEntry(nil)), cluster(0, simpleBlock(0, blockKey|lacingXiph, 2, 1, 1, 'a', 'b', 'c'))))
	f.Add(fragmented(mp4Box("trex", words(0, 1, 1, 100, 1, 0)), plainFragment(0), plainFragment(500)))
	f.Fuzz(func(t *testing.T, b []byte) {
		exercise(b)
		if k, err := keyFrameAt(b, 0); err == nil {
			k.Colour()
		}
		r := &counting{r: bytes.NewReader(b)}
		KeyFrameAt(r, int64(len(b)), time.Second)
		if most := int64(2*workBudget + 2*maxFrameBytes); r.bytes > most {
			t.Errorf("got %d bytes read, want no more than %d", r.bytes, most)
		}
	})
}
