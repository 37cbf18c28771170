package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"postern/media"
	"postern/media/metadata"
	"postern/media/picture"
	"postern/media/video"
)

// Info holds the facts that an upload's bytes tell.
type Info struct {
	Kind          media.Kind
	Format        string // jpeg, png, gif, webp, bmp, avif, heic, jxl, mp4, mov, webm
	MIME          string
	Width, Height int // pixels, as displayed
	Animated      bool
	Duration      time.Duration
	Metadata      metadata.Facts

	picture picture.Config
	video   video.Facts
}

// videoTypes are the containers that are taken, with their MIME types.
var videoTypes = map[string]string{"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}

// known are types that are media, but not taken: it is kinder to say so.
var known = []string{
	"image/tiff", "image/x-icon", "image/heif", "image/jp2",
	"image/vnd.adobe.photoshop", "image/x-xcf", "video/matroska", "video/x-msvideo", "video/x-flv", "video/mpeg",
}

// Inspect reads the headers of size bytes and tells what they are. The type
// comes from the bytes alone. The error wraps ErrEmpty, ErrNotMedia,
// ErrUnsupported, ErrNoVideo or ErrDamaged. Inspect decodes nothing, and bounds what it
// reads and allocates for any input.
func Inspect(r io.ReaderAt, size int64, loc *time.Location) (Info, error) {
	if size == 0 {
		return Info{}, media.ErrEmpty
	}
	var info Info
	err := safely(func() (err error) {
		info, err = inspectPicture(r, size, loc)
		if errors.Is(err, picture.ErrFormat) {
			info, err = inspectVideo(r, size)
		}
		if errors.Is(err, video.ErrNotVideo) {
			err = inspectOther(r, size)
		}
		return err
	})
	if err != nil {
		return Info{}, fmt.Errorf("inspect: %w", err)
	}
	return info, nil
}

func inspectPicture(r io.ReaderAt, size int64, loc *time.Location) (Info, error) {
	c, err := picture.ReadConfig(r, size)
	if errors.Is(err, picture.ErrDamaged) {
		return Info{}, fmt.Errorf("%w: %w", media.ErrDamaged, err)
	}
	if err != nil {
		return Info{}, err
	}
	facts, err := metadata.Read(r, size, metadata.Kind(c.Format), loc)
	if err != nil {
		return Info{}, err
	}
	info := Info{
		Kind: media.KindImage, Format: string(c.Format), MIME: c.Format.MIME(),
		Width: c.Width, Height: c.Height, Animated: c.Animated,
		Metadata: facts, picture: c,
	}
	if facts.Orientation >= 5 {
		info.Width, info.Height = info.Height, info.Width
	}
	return info, nil
}

func inspectVideo(r io.ReaderAt, size int64) (Info, error) {
	facts, err := video.Read(r, size)
	switch {
	case errors.Is(err, video.ErrNoVideo):
		return Info{}, fmt.Errorf("%w: %w", media.ErrNoVideo, err)
	case errors.Is(err, video.ErrDamaged):
		return Info{}, fmt.Errorf("%w: %w", media.ErrDamagedVideo, err)
	case err != nil:
		return Info{}, err
	}
	mime, ok := videoTypes[facts.Container]
	if !ok {
		return Info{}, fmt.Errorf("%w: %s", media.ErrUnsupported, facts.Container)
	}
	return Info{
		Kind: media.KindVideo, Format: facts.Container, MIME: mime,
		Width: facts.Width, Height: facts.Height, Duration: facts.Duration, video: facts,
	}, nil
}

// inspectOther only chooses the error.
func inspectOther(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 3072))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	m := mimetype.Detect(head)
	if slices.ContainsFunc(known, m.Is) {
		return fmt.Errorf("%w: %s", media.ErrUnsupported, m.String())
	}
	return fmt.Errorf("%w: %s", media.ErrNotMedia, m.String())
}

// EXIF is what an answer tells of a JPEG's EXIF data: a JSON object of
// texts. It is there for every JPEG, as in Chevereto, and for no other.
func (info Info) EXIF(mode metadata.Mode) string {
	if info.Format != string(picture.JPEG) {
		return ""
	}
	data := map[string]any{
		"FileType": "2", "MimeType": info.MIME, "width": strconv.Itoa(info.Width), "height": strconv.Itoa(info.Height),
		"COMPUTED": map[string]string{"Width": strconv.Itoa(info.picture.Width), "Height": strconv.Itoa(info.picture.Height)},
	}
	if mode != metadata.None {
		for name, value := range info.Metadata.Tags {
			data[name] = media.CutBytes(value, media.MaxEXIFText)
		}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return ""
	}
	return string(text)
}
