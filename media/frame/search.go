package frame

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	"postern/media/video"
)

// search is the way through the key frames of one video.
type search struct {
	chain *DecoderChain
	r     io.ReaderAt
	size  int64
	facts video.Facts

	tries  int
	passed bool        // has a frame been passed over?
	best   image.Image // the frame so far
	name   string      // of the decoder that showed it
}

// keyFrames looks for a frame to show from a quarter of the video on, or else
// from its beginning. Without one, the error tells why.
func (s *search) keyFrames(ctx context.Context) error {
	from := s.facts.Duration / 4
	err := s.keyFramesFrom(ctx, from)
	if s.best == nil && isHopeless(err) && from > 0 && ctx.Err() == nil && s.tries > 0 {
		s.tries = maxKeyFrames - 1
		return s.keyFramesFrom(ctx, 0)
	}
	return err
}

func (s *search) keyFramesFrom(ctx context.Context, from time.Duration) error {
	failed := fmt.Errorf("%w: no key frame", ErrNoFrame)
	key, err := video.KeyFrameAt(s.r, s.size, from)
	for ; err == nil && s.tries < maxKeyFrames; key, err = key.Next() {
		s.tries++
		m, name, err := s.chain.decode(ctx, key, s.facts)
		switch {
		case err != nil && (!errors.Is(err, ErrNoFrame) || ctx.Err() != nil):
			return err
		case err != nil:
			failed = err
			if len(s.chain.decoders[key.Codec]) == 0 {
				return failed
			}
			continue
		}
		s.best, s.name = m, name
		if s.passed || !showsNothing(m) {
			return nil
		}
		s.passed = true
	}
	switch {
	case s.best != nil:
		return nil
	case err != nil && !errors.Is(err, video.ErrNoKeyFrame):
		return hopeless(err)
	}
	return failed
}

// hopeless adds ErrNoFrame to an error that the video is to blame for.
func hopeless(err error) error {
	if isHopeless(err) {
		return fmt.Errorf("%w: %w", ErrNoFrame, err)
	}
	return err
}

// decode shows a key frame by the first decoder that can.
func (l *DecoderChain) decode(ctx context.Context, key *video.KeyFrame, facts video.Facts) (image.Image, string, error) {
	j := newJob(key, facts)
	failed := fmt.Errorf("%w: no decoder of %s", ErrNoFrame, key.Codec)
	for _, d := range l.decoders[key.Codec] {
		if d.works() != nil {
			continue
		}
		m, err := d.show(ctx, j)
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		if err == nil {
			m, err = upright(m, facts)
		}
		if err == nil {
			return m, d.name, nil
		}
		l.log.Debug("key frame not decoded", "decoder", d.name, "time", key.Time, "error", err)
		failed = fmt.Errorf("%w: %s: %w", ErrNoFrame, d.name, err)
	}
	return nil, "", failed
}
