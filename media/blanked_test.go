package media_test

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"os"
	"slices"
	"testing"
)

// The MD5 of a video whose metadata is blanked is that of what is stored, wherever
// that stood.
func TestMD5OfABlankedVideo(t *testing.T) {
	secret, plain := freeBox([]byte("48.8584, 2.2945")), freeBox(make([]byte, 5<<20))
	moving, err := os.ReadFile("video/testdata/h264_last_90.mp4")
	if err != nil {
		t.Fatal(err)
	}
	for where, data := range map[string][]byte{
		"at the end": slices.Concat(moving, plain, secret), "before": slices.Concat(moving, secret, plain), "nowhere": slices.Concat(moving, plain),
	} {
		l := newLibrary(t)
		it := l.mustAdd(data, "v.mp4")
		stored := l.stored(it.Original)
		if got := md5.Sum(stored); hex.EncodeToString(got[:]) != it.MD5 {
			t.Errorf("%s: MD5 of what is stored: %x, recorded %s", where, got, it.MD5)
		}
		if got := md5.Sum(data); hex.EncodeToString(got[:]) != it.SourceMD5 {
			t.Errorf("%s: MD5 of what was sent: %x, recorded %s", where, got, it.SourceMD5)
		}
		if bytes.Contains(stored, []byte("48.8584")) || len(stored) != len(data) {
			t.Errorf("%s: %d bytes are stored of %d, with the place", where, len(stored), len(data))
		}
	}
}

// freeBox is a box of free space in an MP4, with something in it.
func freeBox(content []byte) []byte {
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(8+len(content))), []byte("free"), content)
}
