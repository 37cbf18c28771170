package video

import (
	"errors"
	"image"
	"math"
	"testing"
	"time"
)

// webmOf is what testSegment's video is when nothing is told otherwise.
func webmOf(d time.Duration) Facts { return turned("webm", "vp9", 0).rate(0).lasting(d) }

// cluster writes a cluster of the given time in milliseconds.
func cluster(ms uint64, blocks ...[]byte) []byte {
	return ebml(idCluster, number(idTimestamp, ms), join(blocks...))
}

// key is a key frame of one byte in a block by itself, and delta any other.
func key(ms int16) []byte   { return simpleBlock(ms, blockKey, 'k') }
func delta(ms int16) []byte { return simpleBlock(ms, 0, 'd') }

func tracks(entries ...[]byte) []byte { return ebml(idTracks, entries...) }

func TestReadMatroskaGeometry(t *testing.T) {
	recording := func(video ...[]byte) []byte {
		return testSegment(lastingInfo(1000), tracks(videoEntry(join(video...))), cluster(0, key(0)))
	}
	display := func(w, h, unit uint64) []byte {
		return join(number(idDisplayWidth, w), number(idDisplayHeight, h), number(idDisplayUnit, unit))
	}
	crop := join(number(idPixelCropLeft, 2), number(idPixelCropRight, 6), number(idPixelCropTop, 8))
	roll := func(kind uint64, yaw, roll float64) []byte {
		return ebml(idProjection, number(idProjectionType, kind),
			ebml(idPoseYaw, be.AppendUint64(nil, math.Float64bits(yaw))), ebml(idPoseRoll, be.AppendUint32(nil, math.Float32bits(float32(roll)))))
	}
	plain := webmOf(time.Second)
	mirrored := plain
	mirrored.Mirrored = true
	tests := []struct {
		what      string
		recording []byte
		want      Facts
	}{
		{"as it is", recording(), plain},
		{"shown twice as wide", recording(display(128, 48, 0)), plain.sized(128, 48)},
		{"shown twice as large", recording(display(128, 96, 0)), plain},
		{"shown wider, the height not told", recording(number(idDisplayWidth, 100)), plain.sized(100, 48)},
		{"shown in inches", recording(display(16, 9, 2)), plain.sized(85, 48)},
		{"shown in a ratio", recording(display(1, 2, 3)), plain.sized(24, 48)},
		{"shown in a unit that is not known", recording(display(1, 2, 4)), plain},
		{"shown in a size that leads nowhere", recording(display(1<<63, 1, 0)), plain},
		{"cropped", recording(crop), plain.sized(56, 40).coded(64, 48, image.Rect(2, 8, 58, 48))},
		{"cropped and shown in a ratio", recording(crop, display(4, 1, 3)), plain.sized(160, 40).coded(64, 48, image.Rect(2, 8, 58, 48))},
		{"cropped by more than all", recording(number(idPixelCropLeft, 64)), plain},
		{"cropped by 2^64-1", recording(number(idPixelCropLeft, 1<<64-1), number(idPixelCropRight, 65)), plain},
		{"turned clockwise", recording(roll(0, 0, -90)), turned("webm", "vp9", 90).rate(0)},
		{"turned counter-clockwise", recording(roll(0, 0, 90)), turned("webm", "vp9", 270).rate(0)},
		{"upside down", recording(roll(0, 0, -180)), turned("webm", "vp9", 180).rate(0)},
		{"mirrored", recording(roll(0, 180, 0)), mirrored},
		{"turned by no number", recording(roll(0, 0, math.NaN())), plain},
		{"part of a sphere", recording(roll(1, 0, 90)), plain},
		{"with Void and CRC-32 in it", recording(ebml(idCRC32, zeros(4)), ebml(idVoid, zeros(99))), plain},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := read(test.recording)
			if err != nil || got != test.want {
				t.Errorf("video %s:\ngot  %+v, %v\nwant %+v", test.what, got, err, test.want)
			}
		})
	}
}

func TestReadMatroskaDuration(t *testing.T) {
	const ms = time.Millisecond
	info := func(e ...[]byte) []byte { return ebml(idInfo, e...) }
	duration := func(v float64) []byte { return ebml(idDuration, be.AppendUint64(nil, math.Float64bits(v))) }
	track := tracks(videoEntry(nil))
	timed := tracks(videoEntry(nil, number(idDefaultDuration, 40e6)))
	sound := ebml(idTrackEntry, number(idTrackNumber, 2), number(idTrackType, 2), number(idDefaultDuration, 20e6))
	laced := ebml(idSimpleBlock, []byte{0x82, 0, 90, lacingFixed, 3}, zeros(8))
	first, second := cluster(0, key(0), delta(100)), cluster(200, key(0), delta(100))
	group := func(ms int16, duration uint64) []byte {
		return ebml(idBlockGroup, ebml(idBlock, []byte{0x81}, be.AppendUint16(nil, uint16(ms)), []byte{0, 'x'}), number(idBlockDuration, duration))
	}
	large := make([]byte, 3*tailStep)
	tests := []struct {
		what      string
		recording []byte
		want      time.Duration
	}{
		{"its duration told", testSegment(info(duration(1500)), track, first), 1500 * ms},
		{"its duration told in ticks of a microsecond", testSegment(info(number(idTimestampScale, 1000), duration(1500)), track, first), 1500 * time.Microsecond},
		{"a duration of more than 292 years", testSegment(info(duration(1e300)), track, first), math.MaxInt64},
		{"a duration that is no number", testSegment(info(duration(math.NaN())), track, first, second), 400 * ms},
		{"a duration below nothing", testSegment(info(duration(-1)), track, first, second), 400 * ms},
		{"no info at all", testSegment(track, first, second), 400 * ms},
		{"the time of a frame told", testSegment(timed, first, second), 340 * ms},
		{"the last block's duration told", testSegment(track, first, cluster(200, group(0, 70), group(100, 55))), 355 * ms},
		{"one block alone whose duration is told", testSegment(track, cluster(0, group(0, 70))), 70 * ms},
		{"one block alone", testSegment(track, cluster(0, key(0))), 0},
		{"laced sound that goes on longer", testSegment(tracks(videoEntry(nil), sound), cluster(0, key(0), delta(50), laced)), 170 * ms},
		{"a start at 70 s", testSegment(track, cluster(70000, key(0), delta(100)), cluster(70200, key(0), delta(100))), 400 * ms},
		{"a block before the start", testSegment(track, cluster(0, key(-20), delta(100)), second), 400 * ms},
		{"blocks out of order", testSegment(track, first, cluster(200, key(0), delta(100), delta(50))), 350 * ms},
		{"an index behind the clusters", testSegment(track, first, second, ebml(idCues), ebml(idTags, zeros(50))), 400 * ms},
		{"an empty cluster last", testSegment(track, first, second, cluster(500)), 400 * ms},
		{"a cluster's mark in a frame", testSegment(track, first, cluster(200, key(0), delta(100),
			simpleBlock(150, 0, append(elementID(idCluster), 0x83, 0xe7, 0x81, 9)...))), 400 * ms},
		{"a last cluster of many kilobytes", testSegment(track, first, cluster(200, key(0), delta(100), ebml(idVoid, large))), 400 * ms},
		{"unknown sizes of segment and clusters", join(ebmlHeader("webm"), unsized(idSegment, track,
			unsized(idCluster, number(idTimestamp, 0), key(0), delta(100)),
			unsized(idCluster, number(idTimestamp, 200), key(0), delta(100)))), 400 * ms},
		{"an unknown size and its last block cut off", join(ebmlHeader("webm"), unsized(idSegment, track, first,
			unsized(idCluster, number(idTimestamp, 200), key(0), delta(100), delta(150)[:6]))), 400 * ms},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := read(test.recording)
			if err != nil || got.Duration != test.want {
				t.Errorf("video with %s: got %v, %v, want %v", test.what, got.Duration, err, test.want)
			}
		})
	}
}

func TestReadMatroskaStructure(t *testing.T) {
	info, track, clusters := lastingInfo(1000), tracks(videoEntry(nil)), cluster(0, key(0))
	seek := func(id uint32, position int) []byte {
		return ebml(idSeekHead, ebml(idSeek, ebml(idSeekID, elementID(id)), number(idSeekPosition, uint64(position))))
	}
	length := len(seek(idTracks, 0))
	disabled := ebml(idTrackEntry, number(idTrackNumber, 2), number(idTrackType, 1), number(idFlagEnabled, 0))
	sound := ebml(idTrackEntry, number(idTrackNumber, 3), number(idTrackType, 2))
	one := webmOf(time.Second)
	matroska := one
	matroska.Container = "matroska"
	tests := []struct {
		what      string
		recording []byte
		want      Facts
	}{
		{"all in order", testSegment(info, track, clusters), one},
		{"the type of Matroska", join(ebmlHeader("matroska\x00\x00"), ebml(idSegment, info, track, clusters)), matroska},
		{"Void before the segment", join(ebmlHeader("webm"), ebml(idVoid, zeros(9)), ebml(idSegment, info, track, clusters)), one},
		{"Void and CRC-32 between the parts", testSegment(ebml(idCRC32, zeros(4)), ebml(idVoid, zeros(2000)), info, ebml(idVoid), track, clusters), one},
		{"an attachment first", testSegment(ebml(idAttachments, zeros(5000)), info, track, clusters), one},
		{"its tracks behind the clusters", testSegment(seek(idTracks, length+len(info)+len(clusters)), info, clusters, track), one},
		{"an index of an index", testSegment(seek(idSeekHead, length+len(info)+len(clusters)), info, clusters, seek(idTracks, 2*length+len(info)+len(clusters)), track), one},
		{"an index that points to itself", testSegment(seek(idSeekHead, 0), info, track, clusters), one},
		{"an index that points out of the file", testSegment(seek(idInfo, 1<<40), info, track, clusters), one},
		{"a disabled picture first", testSegment(info, tracks(disabled, videoEntry(nil)), clusters), one},
		{"sound", testSegment(info, tracks(sound, videoEntry(nil)), clusters), one.sound()},
		{"bytes behind the segment", join(testSegment(info, track, clusters), zeros(40)), one},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := read(test.recording)
			if err != nil || got != test.want {
				t.Errorf("video with %s:\ngot  %+v, %v\nwant %+v", test.what, got, err, test.want)
			}
		})
	}
}

func TestReadRefusesDamagedMatroska(t *testing.T) {
	info, track, clusters := lastingInfo(1000), tracks(videoEntry(nil)), cluster(0, key(0))
	seek := ebml(idSeekHead, ebml(idSeek, ebml(idSeekID, elementID(idTracks)), number(idSeekPosition, 50)))
	huge := join(elementID(idTracks), vint(1<<56-2, 8))
	tests := []struct {
		what      string
		recording []byte
	}{
		{"a header of 2^56 bytes", join(elementID(idEBML), vint(1<<56-2, 8), zeros(40))},
		{"a header of unknown size", unsized(idEBML, ebml(idDocType, []byte("webm")))},
		{"a segment of 2^56 bytes", join(ebmlHeader("webm"), elementID(idSegment), vint(1<<56-2, 8), info, track, clusters)},
		{"tracks of 2^56 bytes", testSegment(info, huge, clusters)},
		{"tracks of unknown size", testSegment(info, unsized(idTracks, videoEntry(nil)), clusters)},
		{"no tracks", testSegment(info, clusters)},
		{"no tracks where the index has them", testSegment(seek, info, clusters, zeros(50))},
		{"no clusters", testSegment(info, track)},
		{"something else before the segment", join(ebmlHeader("webm"), track, ebml(idSegment, info, track, clusters))},
		{"no time scale", testSegment(ebml(idInfo, number(idTimestampScale, 0)), track, clusters)},
		{"a number of nine bytes", testSegment(ebml(idInfo, ebml(idTimestampScale, zeros(9))), track, clusters)},
		{"a picture of no size", testSegment(info, tracks(ebml(idTrackEntry, number(idTrackType, 1))), clusters)},
		{"a picture of 2^40 pixels by 48", testSegment(info, tracks(videoEntry(number(idPixelWidth, 1<<40))), clusters)},
		{"an element that begins with zero", testSegment(info, zeros(20), track, clusters)},
		{"an element of unknown kind among the blocks", testSegment(track, cluster(0, ebml(idTrackType, zeros(1))))},
		{"a cluster of a time of 2^64", testSegment(track, cluster(1<<64-1, key(0)))},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if got, err := read(test.recording); !errors.Is(err, ErrDamaged) {
				t.Errorf("video with %s: got %+v, %v, want %v", test.what, got, err, ErrDamaged)
			}
		})
	}
}
