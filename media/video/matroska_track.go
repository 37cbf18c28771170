package video

import (
	"fmt"
	"image"
	"math"
	"time"
)

// Identifiers of Matroska elements: RFC 9559, 5.1.4.
const (
	idTrackEntry      = 0xae
	idTrackNumber     = 0xd7
	idTrackType       = 0x83
	idFlagEnabled     = 0xb9
	idCodecID         = 0x86
	idCodecPrivate    = 0x63a2
	idDefaultDuration = 0x23e383

	idVideo           = 0xe0
	idPixelWidth      = 0xb0
	idPixelHeight     = 0xba
	idPixelCropBottom = 0x54aa
	idPixelCropTop    = 0x54bb
	idPixelCropLeft   = 0x54cc
	idPixelCropRight  = 0x54dd
	idDisplayWidth    = 0x54b0
	idDisplayHeight   = 0x54ba
	idDisplayUnit     = 0x54b2

	idProjection     = 0x7670
	idProjectionType = 0x7671
	idPoseYaw        = 0x7673
	idPosePitch      = 0x7674
	idPoseRoll       = 0x7675
)

const (
	trackTypeVideo     = 1
	trackTypeAudio     = 2
	displayUnitUnknown = 4
)

// trackEntry is a track of a segment.
type trackEntry struct {
	number        uint64
	kind          uint64
	enabled       bool
	codecID       string
	private       element
	frameDuration uint64 // nanoseconds; 0 when not told

	width, height                 uint64 // coded
	cropTop, cropBottom, cropLeft uint64
	cropRight                     uint64
	displayWidth, displayHeight   uint64 // 0 when not told
	displayUnit                   uint64
	projection                    uint64
	yaw, pitch, roll              float64 // degrees, roll counter-clockwise
	stripped                      []byte  // that every frame begins with
	colour                        Colour
	compressed                    bool // or encrypted: in a way not undone here
}

func (t *trackEntry) isVideo() bool { return t.kind == trackTypeVideo }
func (t *trackEntry) isAudio() bool { return t.kind == trackTypeAudio }

// codec returns the codec's usual name, or the container's.
func (t *trackEntry) codec() string {
	switch t.codecID {
	case "V_MPEG4/ISO/AVC":
		return "h264"
	case "V_MPEGH/ISO/HEVC":
		return "hevc"
	case "V_VP8":
		return "vp8"
	case "V_VP9":
		return "vp9"
	case "V_AV1":
		return "av1"
	}
	return printable(t.codecID)
}

func (s *segment) readTracks(tracks element) error {
	for e, err := range s.in.elements(tracks) {
		if err != nil {
			return err
		}
		if e.id != idTrackEntry || len(s.tracks) == maxTracks {
			continue
		}
		t := trackEntry{enabled: true}
		if err := t.read(s.in, e); err != nil {
			return fmt.Errorf("track: %w", err)
		}
		s.tracks = append(s.tracks, t)
	}
	return nil
}

func (t *trackEntry) read(in *reader, entry element) error {
	for e, err := range in.elements(entry) {
		if err != nil {
			return err
		}
		switch e.id {
		case idTrackNumber:
			err = in.readUnsigned(e, &t.number)
		case idTrackType:
			err = in.readUnsigned(e, &t.kind)
		case idFlagEnabled:
			var v uint64
			err = in.readUnsigned(e, &v)
			t.enabled = v != 0
		case idCodecID:
			err = in.readString(e, &t.codecID)
		case idCodecPrivate:
			t.private = e
		case idDefaultDuration:
			err = in.readUnsigned(e, &t.frameDuration)
		case idVideo:
			err = t.readVideo(in, e)
		case idContentEncodings:
			err = t.readEncodings(in, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *trackEntry) readVideo(in *reader, video element) error {
	for e, err := range in.elements(video) {
		switch {
		case err != nil:
		case e.id == idProjection:
			err = t.readProjection(in, e)
		case e.id == idColour:
			err = t.readColour(in, e)
		default:
			if v := t.videoField(e.id); v != nil {
				err = in.readUnsigned(e, v)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *trackEntry) videoField(id uint32) *uint64 {
	switch id {
	case idPixelWidth:
		return &t.width
	case idPixelHeight:
		return &t.height
	case idPixelCropTop:
		return &t.cropTop
	case idPixelCropBottom:
		return &t.cropBottom
	case idPixelCropLeft:
		return &t.cropLeft
	case idPixelCropRight:
		return &t.cropRight
	case idDisplayWidth:
		return &t.displayWidth
	case idDisplayHeight:
		return &t.displayHeight
	case idDisplayUnit:
		return &t.displayUnit
	}
	return nil
}

func (t *trackEntry) readProjection(in *reader, projection element) error {
	for e, err := range in.elements(projection) {
		if err != nil {
			return err
		}
		switch e.id {
		case idProjectionType:
			err = in.readUnsigned(e, &t.projection)
		case idPoseYaw:
			err = in.readFloat(e, &t.yaw)
		case idPosePitch:
			err = in.readFloat(e, &t.pitch)
		case idPoseRoll:
			err = in.readFloat(e, &t.roll)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// geometry joins what the track says of the picture. Of the display size only
// the proportion counts, whatever its unit, as in most players.
func (t *trackEntry) geometry() geometry {
	w, h := int(t.width), int(t.height)
	g := geometry{width: w, height: h}
	visible := image.Rect(0, 0, w, h)
	if t.cropLeft+t.cropRight < t.width && t.cropTop+t.cropBottom < t.height &&
		max(t.cropLeft, t.cropRight, t.cropTop, t.cropBottom) < maxSide {
		visible = image.Rect(int(t.cropLeft), int(t.cropTop), w-int(t.cropRight), h-int(t.cropBottom))
	}
	g.visible = visible
	dw, dh := t.displayWidth, t.displayHeight
	if t.displayUnit < displayUnitUnknown && 0 < dw|dh && max(dw, dh) <= math.MaxUint32 {
		if dw == 0 {
			dw = uint64(visible.Dx())
		}
		if dh == 0 {
			dh = uint64(visible.Dy())
		}
		g.aspect = ratio{dw * uint64(visible.Dy()), dh * uint64(visible.Dx())}
	}
	// RFC 9559, 5.1.4.1.28.42: of a flat picture, a yaw of 180 mirrors it.
	if t.projection == 0 {
		g.mirrored = quarterTurns(t.yaw) == 180
		g.rotation = quarterTurns(-t.roll)
	}
	return g
}

// length returns how long a block of so many frames lasts by default.
func (t *trackEntry) length(frames int64) time.Duration {
	return seconds(mulDiv(uint64(frames), t.frameDuration, 1), uint64(time.Second))
}
