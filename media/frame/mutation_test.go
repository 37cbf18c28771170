//go:build linux

package frame

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mutations is how many damaged videos each decoder gets. POSTERN_MUTATIONS asks
// for another number.
func mutations(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("POSTERN_MUTATIONS"))
	switch {
	case err == nil:
		return n
	case testing.Short():
		return 2
	}
	return 4
}

// Whatever a video holds, a decoder ends in time, and leaves neither a process
// nor a file.
func TestMutatedVideosLeaveNothingBehind(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	<-l.tested // whose folders would be found
	for _, codec := range Codecs {
		for _, d := range l.decoders[codec] {
			if d.works() != nil {
				continue
			}
			frames, slowest := l.mutate(t, codec, d)
			t.Logf("%s by %s: %d of %d showed something, the slowest took %v", codec, d.name, frames, mutations(t), slowest)
			expectEmpty(t, l)
			expectNoProcess(t, l.options.Dir)
		}
	}
}

// mutate shows damaged videos by one decoder.
func (l *DecoderChain) mutate(t *testing.T, codec string, d *decoder) (frames int, slowest time.Duration) {
	var videos [][]byte
	for _, f := range testFacts(t) {
		if f.codec == codec {
			videos = append(videos, testFiles(t)[f.name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(testFiles(t))) {
		b := testFiles(t)[name]
		if strings.HasPrefix(name, "deep_"+codec) && !strings.HasSuffix(name, ".png") {
			videos = append(videos, b)
		}
	}
	random := rand.New(rand.NewPCG(4, uint64(len(codec)+len(d.name))))
	for i := range mutations(t) {
		b := mutated(random, videos[random.IntN(len(videos))])
		facts, err := readVideo(b)
		if err != nil || facts.CodedWidth*facts.CodedHeight > 1<<22 {
			continue
		}
		start := time.Now()
		m, err := l.only(codec, d).Frame(t.Context(), bytes.NewReader(b), int64(len(b)), facts)
		slowest = max(slowest, time.Since(start))
		if err == nil {
			frames++
			if size := m.Bounds().Size(); size.X < 1 || size.Y < 1 || size.X > facts.Width || size.Y > facts.Height {
				t.Errorf("%s by %s, mutation %d: a frame of %v, want one of %dx%d", codec, d.name, i, size, facts.Width, facts.Height)
			}
		}
	}
	if limit := l.options.Timeout + 10*time.Second; slowest > limit {
		t.Errorf("%s by %s: took %v, want less than %v", codec, d.name, slowest, limit)
	}
	return frames, slowest
}

// mutated changes a few bytes anywhere behind the first box, many in a row, or
// cuts the end off.
func mutated(random *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	const head = 40
	switch random.IntN(4) {
	case 0:
		return b[:head+random.IntN(len(b)-head)]
	case 1:
		at := head + random.IntN(len(b)-head)
		for i := at; i < min(len(b), at+64); i++ {
			b[i] = byte(random.Uint32())
		}
	default:
		for range 1 + random.IntN(12) {
			b[head+random.IntN(len(b)-head)] ^= byte(1 << random.IntN(8))
		}
	}
	return b
}

// expectNoProcess looks for processes in a folder below dir.
func expectNoProcess(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := processesBelow(dir)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("processes left: %v", left)
			return
		}
	}
}

func processesBelow(dir string) []string {
	folders, _ := filepath.Glob("/proc/[0-9]*/cwd")
	var left []string
	for _, name := range folders {
		if cwd, err := os.Readlink(name); err == nil && strings.HasPrefix(cwd, dir) {
			left = append(left, fmt.Sprint(name, " ", cwd))
		}
	}
	return left
}

// A program that hangs, and one that floods, are ended with the rest.
func TestHangingProgramIsEnded(t *testing.T) {
	for _, script := range []string{"sleep 86404.25 & sleep 86404.25", "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyy; done"} {
		l := newChain(t, Options{Timeout: time.Second, Command: []string{"sh", "-c", script}})
		_, _, err := frameOf(t, l, testFiles(t)["vp9_first_0.mp4"])
		if err == nil {
			t.Errorf("%q: got a frame", script)
		}
		expectEmpty(t, l)
		expectNoProcess(t, l.options.Dir)
	}
}
