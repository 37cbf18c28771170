package library

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"postern/media"
	"postern/media/metadata"
	"postern/media/process"
)

// Upload is a staged upload with the wishes of the caller.
type Upload struct {
	Caller      media.Caller
	Staged      *process.StagedUpload
	Filename    string // the client's name for the file
	Address     string // of the client, or of the network that it counts for; only a digest of it is kept
	IP          string // of the client; kept of guests for as long as the policy says
	Title       string // "" to detect it
	Description string // "" to detect it
	Tags        []string
	Album       string // slug or exact title; "" for none
	CategoryID  int64  // 0 for none
	Width       int    // to resize to; 0 to keep
	Expiration  string // see ParseExpiration; "" for the default one
	NSFW        bool
	Visibility  media.Visibility // "" for what the caller, or the settings, or Otherwise say
	Otherwise   media.Visibility // "" for hidden
	FileDate    bool             // date by EXIF; for admins only, ignored otherwise
	Apart       bool             // an item of its own, which is never answered for another upload

	Date  time.Time         // of the item, for the operator's own imports; zero for now
	Path  string            // of the file on the server that such an import comes from; "", or one that is taken: another one
	Amend func(*media.Item) // sets what such an import knows besides, before the item is recorded; nil: nothing

	unlike []int64 // numbers of items that were held against the bytes and differ
}

// Added is the outcome of Add.
type Added struct {
	Item   *media.Item
	Reused bool // the item was there already
}

// Add turns a staged upload into an item: inspect, process, derive, commit. If it
// returns no error, the item is durable. If the error is about the upload
// (see errors.go), nothing is stored. The caller still calls Abort on the staged upload.
func (l *Library) Add(ctx context.Context, up Upload) (Added, error) {
	it, err := l.newItem(ctx, up)
	if err != nil {
		return Added{}, err
	}
	if err := l.checkBan(ctx, up.Staged); err != nil {
		return Added{}, err
	}
	var info process.Info
	err = l.Pool.Handle(ctx, func() (err error) {
		info, err = l.prepare(ctx, up, it)
		return err
	})
	if err != nil {
		return Added{}, err
	}
	if old, err := l.reuse(ctx, up, it); old != nil || err != nil {
		return Added{Item: old, Reused: old != nil}, err
	}
	if err := l.process.Derive(ctx, up.Staged, it, info); err != nil {
		return Added{}, err
	}
	err = l.Pool.Handle(ctx, func() error { return l.process.CutUnused(up.Staged, it, info) })
	if err != nil {
		return Added{}, err
	}
	it.Unprocessed = l.Policy().WantsRenditions(it)
	if l.Policy().Moderate && !up.Caller.MayModerate() {
		it.ModerationStatus = media.ModerationPending
	}
	if up.Amend != nil {
		up.Amend(it)
	}
	return l.commitOnce(ctx, up, it, info)
}

// prepare makes the bytes to store, and notes what they are.
func (l *Library) prepare(ctx context.Context, up Upload, it *media.Item) (process.Info, error) {
	file, size, err := up.Staged.Original()
	if err != nil {
		return process.Info{}, err
	}
	inspected := l.observe.Begin(ctx, process.StepInspect)
	info, err := process.Inspect(file, size, l.Policy().Location)
	inspected()
	if err != nil {
		return process.Info{}, err
	}
	if err := l.check(up, info); err != nil {
		return process.Info{}, err
	}
	l.describe(it, up, info)
	if err := l.rejectDuplicate(ctx, up, it); err != nil {
		return process.Info{}, err
	}
	err = l.process.Process(ctx, up.Staged, it, &info, up.Width)
	return info, err
}

// CheckWishes returns the error that Add would return for an upload whatever its bytes
// are. The upload needs no staged bytes.
func (l *Library) CheckWishes(ctx context.Context, up Upload) error {
	_, err := l.wishedItem(ctx, up)
	return err
}

// newItem holds what does not depend on the bytes, so that what is wrong with
// the request is said before any work.
func (l *Library) newItem(ctx context.Context, up Upload) (*media.Item, error) {
	it, err := l.wishedItem(ctx, up)
	if err != nil {
		return nil, err
	}
	it.ID = up.Staged.ID()
	it.SourceMD5, it.MD5, it.SourceSize = up.Staged.MD5, up.Staged.MD5, up.Staged.Size
	return it, nil
}

// wishedItem is newItem without what is known of the bytes.
func (l *Library) wishedItem(ctx context.Context, up Upload) (*media.Item, error) {
	if err := checkWords(up.Description, up.Tags); err != nil {
		return nil, err
	}
	now := l.Now().UTC().Truncate(time.Second)
	it := &media.Item{
		UserID: up.Caller.User.ID, CreatedAt: now,
		OriginalName: up.Filename, NSFW: up.NSFW, Tags: up.Tags,
		RequestDigest: l.requestDigest(up),
		AddressHash:   l.Secret.AddressHash(up.Address),
	}
	if !up.Date.IsZero() {
		it.CreatedAt = up.Date.UTC().Truncate(time.Second)
	}
	var err error
	if it.AlbumID, err = l.Albums.ofUser(ctx, up.Album, up.Caller.User.ID); err != nil {
		return nil, err
	}
	if it.CategoryID, err = l.category(ctx, up.CategoryID); err != nil {
		return nil, err
	}
	if it.Visibility, err = l.visibility(up); err != nil {
		return nil, err
	}
	it.ExpiresAt, err = l.expiry(up, now)
	return it, err
}

// visibility is that of an upload. Nobody could see what a guest has for itself alone.
func (l *Library) visibility(up Upload) (media.Visibility, error) {
	return media.VisibilityFor(up.Caller, up.Visibility, cmp.Or(l.Policy().Visibility, up.Otherwise))
}

func (l *Library) category(ctx context.Context, id int64) (int64, error) {
	if id == 0 {
		return 0, nil
	}
	category, err := l.accounts.Category(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, media.ErrCategory
	}
	return category.ID, err
}

// expiry is the end of life that was asked for, or the default one for want of
// a wish; for guests not later than theirs.
func (l *Library) expiry(up Upload, now time.Time) (time.Time, error) {
	end, err := media.ParseExpiration(up.Expiration, now, l.Policy().Expiration)
	if err != nil {
		return time.Time{}, err
	}
	if p := l.Policy().DefaultExpiration; strings.TrimSpace(up.Expiration) == "" && !p.IsZero() {
		end = l.Policy().Expiration.End(p, now)
	}
	if p := l.Policy().GuestExpiration; up.Caller.Guest && !p.IsZero() {
		end = media.Earlier(end, p.After(now))
	}
	return end, nil
}

// check applies the limits that need the type to be known.
func (l *Library) check(up Upload, info process.Info) error {
	if !slices.Contains(l.Policy().Formats, info.Format) {
		return fmt.Errorf("%w: %s", media.ErrDisabled, info.Format)
	}
	if most := l.Policy().LimitOf(up.Caller); up.Caller.Guest && up.Staged.Size > most {
		return &media.SizeError{Limit: most}
	}
	most, tooMany := l.Policy().MaxPixels, media.ErrTooManyPixels
	if info.Kind == media.KindVideo {
		most, tooMany = l.Policy().MaxVideoPixels, media.ErrVideoTooLarge
	}
	if int64(info.Width)*int64(info.Height) > most {
		return tooMany
	}
	if info.Kind == media.KindVideo {
		return l.checkVideo(up, info)
	}
	return nil
}

func (l *Library) checkVideo(up Upload, info process.Info) error {
	if most := l.Policy().MaxVideoFile; most > 0 && up.Staged.Size > most {
		return &media.SizeError{Limit: most}
	}
	if most := l.Policy().MaxDuration; most > 0 && info.Duration > most {
		return &media.DurationError{Limit: most}
	}
	return nil
}

// describe fills in what the bytes say, and what they say for want of words of
// the uploader's.
func (l *Library) describe(it *media.Item, up Upload, info process.Info) {
	it.Kind, it.Width, it.Height = info.Kind, info.Width, info.Height
	it.Duration, it.Animated = info.Duration, info.Animated
	it.Is360, it.EXIF = info.Metadata.Is360, info.EXIF(l.Policy().Metadata)
	it.Title = media.CutRunes(firstOf(up.Title, info.Metadata.Title), media.MaxTitle)
	it.Titled = up.Title != ""
	if it.Title == "" {
		it.Title = media.TitleFromName(up.Filename)
	}
	it.Description = firstOf(up.Description, media.CutBytes(info.Metadata.Description, media.MaxDescription))
	if len(it.Tags) == 0 && l.Policy().Metadata != metadata.None {
		it.Tags = cameraTag(info.Metadata.Tags)
	}
	if taken := info.Metadata.Taken; up.FileDate && up.Caller.User.Admin && !taken.IsZero() {
		it.CreatedAt = taken.UTC().Truncate(time.Second)
	}
}

// checkWords refuses more words than are kept.
func checkWords(description string, tags []string) error {
	switch {
	case len(description) > media.MaxDescription:
		return media.ErrLongDescription
	case len(tags) > media.MaxTags:
		return media.ErrManyTags
	}
	return nil
}

// cameraTag names the camera, as Chevereto does for uploads without tags.
func cameraTag(exif map[string]string) []string {
	maker, model := exif["Make"], exif["Model"]
	if !strings.HasPrefix(model, maker) {
		model = strings.TrimSpace(maker + " " + model)
	}
	if !media.ValidTag(model) {
		return nil
	}
	return []string{model}
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// requestDigest digests what was asked for, so that only uploads that asked for
// the same count as duplicates. It is empty for those that are never shared.
func (l *Library) requestDigest(up Upload) string {
	if up.Apart {
		return ""
	}
	asked := fmt.Sprintf("%q %q %q %q %d %d %t %t %q", up.Title, up.Description, up.Tags, up.Album,
		up.CategoryID, up.Width, up.NSFW, up.FileDate, l.Policy().Metadata)
	if v := string(up.Visibility); v != "" {
		asked += " " + v
	}
	return hex.EncodeToString(l.Secret.Digest("treatment", asked)[:8])
}
