package media

import (
	"errors"
	"fmt"
	"time"

	"postern/storage"
)

// ErrFull reports that there is no space left for bytes or records.
var ErrFull = storage.ErrFull

// ErrUnavailable reports that the store does not answer for now.
var ErrUnavailable = storage.ErrUnavailable

// Sentinels for what can be wrong with an upload or a request. The layer above
// decides how each is said.
var (
	ErrTooLarge      = errors.New("file is too large")
	ErrTooManyPixels = errors.New("picture has too many pixels")
	ErrVideoTooLarge = fmt.Errorf("video: %w", ErrTooManyPixels)
	ErrTooLong       = errors.New("video is too long")
	ErrEmpty         = errors.New("file is empty")
	ErrNotMedia      = errors.New("not a picture or video")
	ErrUnsupported   = errors.New("format is not supported")
	ErrDisabled      = errors.New("format is switched off")
	ErrUndecoded     = fmt.Errorf("%w: no decoder here knows its kind", ErrUnsupported)
	ErrDamaged       = errors.New("file is damaged")
	ErrDamagedVideo  = fmt.Errorf("video: %w", ErrDamaged)
	ErrPanic         = errors.New("codec panicked") // always with ErrDamaged
	ErrNoVideo       = errors.New("file has no video track")
	ErrDuplicate     = errors.New("duplicated upload")
	ErrBusy          = errors.New("too much work in flight")

	ErrWidthTooLarge = errors.New("target width is greater than the original width")
	ErrGeometry      = errors.New("target width is not possible")

	ErrExpiration = errors.New("not a valid expiration")
	ErrAlbum      = errors.New("no such album of this user")
	ErrAlbumTitle = errors.New("several albums of this user have that title")
	ErrCategory   = errors.New("no such category")

	ErrNoUser          = errors.New("there is no such user")
	ErrNoTitle         = errors.New("title is empty")
	ErrLongDescription = errors.New("description is too long")
	ErrManyTags        = errors.New("too many tags")

	ErrNoKey      = errors.New("no key provided")
	ErrInvalidKey = errors.New("invalid key")
	ErrSignedOut  = errors.New("session has ended")

	ErrLastAdmin = errors.New("last admin")

	ErrKeyTaken  = errors.New("storage key is taken")
	ErrIDTaken   = errors.New("id is taken")
	ErrNameTaken = errors.New("name is taken")
)

// SizeError is an ErrTooLarge with the limit in bytes.
type SizeError struct{ Limit int64 }

func (e *SizeError) Error() string { return fmt.Sprintf("file is larger than %d bytes", e.Limit) }

// Unwrap makes the error an ErrTooLarge.
func (e *SizeError) Unwrap() error { return ErrTooLarge }

// DurationError is an ErrTooLong with the limit.
type DurationError struct{ Limit time.Duration }

func (e *DurationError) Error() string { return fmt.Sprintf("video is longer than %v", e.Limit) }

// Unwrap makes the error an ErrTooLong.
func (e *DurationError) Unwrap() error { return ErrTooLong }

// MemoryError is an ErrTooManyPixels: decoding the picture takes more memory than all
// decoders together may use.
type MemoryError struct{ Need, Limit int64 } // bytes

func (e *MemoryError) Error() string {
	return fmt.Sprintf("picture takes %d bytes to decode, and %d are allowed", e.Need, e.Limit)
}

// Unwrap makes the error an ErrTooManyPixels.
func (e *MemoryError) Unwrap() error { return ErrTooManyPixels }

// TwinError is an ErrDuplicate with the items of the same bytes.
type TwinError struct{ Twins []Item }

func (e *TwinError) Error() string { return fmt.Sprintf("%d items of the same bytes", len(e.Twins)) }

// Unwrap makes the error an ErrDuplicate.
func (e *TwinError) Unwrap() error { return ErrDuplicate }
