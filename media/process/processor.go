// Package process makes what is stored of uploads: it stages and inspects their bytes,
// removes what is private, and makes thumbs and other variants. It knows no records.
package process

import (
	"time"

	"postern/media/metadata"
)

// Settings say what is made of uploads.
type Settings struct {
	ThumbSize   int // pixels, the side of the square
	MediumWidth int // pixels
	Quality     int // of JPEG and WebP variants, 1 to 100
	Metadata    metadata.Mode
	Location    *time.Location // of dates in metadata that have none
}

// Processor makes the stored bytes of uploads and their variants, in staging. It is safe
// for concurrent use.
type Processor struct {
	Settings func() Settings // those in force
	Frames   FrameExtractor
	Pool     *Pool
	Observe  Observer
}
