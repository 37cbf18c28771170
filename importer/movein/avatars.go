package movein

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"postern/media"
	"postern/media/library"
)

// face is the avatar of a user.
type face struct {
	number int64  // of the user there
	file   string // its name
}

// avatarFolders are where avatars lie: below the site's root in version 3, and below the
// folder of assets, which is one of the folder of files, in version 4. A site that was
// upgraded has both.
var avatarFolders = []string{"_assets/content/images/users", "content/images/users"}

// importAvatars makes an item of each user's avatar, which stands for the user. It comes
// after all items, so that it takes none of their IDs.
func (r *run) importAvatars(ctx context.Context) error {
	if len(r.faces) == 0 {
		return nil
	}
	roots := []*os.Root{r.images}
	if site, err := os.OpenRoot(r.Images); err == nil {
		defer site.Close()
		roots = append(roots, site)
	}
	for _, f := range r.faces {
		if err := r.importAvatar(ctx, roots, f); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) importAvatar(ctx context.Context, roots []*os.Root, f face) error {
	count := r.report.count("avatars")
	count.Found++
	left := func(reason string, err error) error {
		detail := ""
		if err != nil {
			detail = err.Error()
		}
		r.report.remark(Remark{Kind: "avatars", Number: f.number, Name: f.file, Left: true, Reason: reason, Detail: detail})
		return nil
	}
	file, err := r.openAvatar(roots, f)
	if err != nil {
		return left("the file of an avatar is missing", err)
	}
	defer file.Close()
	if r.DryRun {
		count.Imported++
		return nil
	}
	owner := r.users[f.number]
	u, err := r.Records.User(ctx, owner.id)
	if err != nil || u.Avatar != "" {
		count.Present++
		return err
	}
	staged, err := r.Library.Staging.Spool(ctx, file, r.Library.Policy().MaxFile)
	if err == nil {
		defer staged.Abort()
		err = r.addAvatar(ctx, u, owner, library.Upload{Staged: staged, Filename: f.file})
	}
	if errors.Is(err, media.ErrFull) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		return left("an avatar cannot be one here", err)
	}
	count.Imported++
	return nil
}

// addAvatar adds the item, unless a run that was cut off has done so.
func (r *run) addAvatar(ctx context.Context, u media.User, owner user, up library.Upload) error {
	known, err := r.Records.Duplicates(ctx, media.DuplicateQuery{MD5: up.Staged.MD5, Size: up.Staged.Size, UserID: u.ID})
	if err != nil {
		return err
	}
	if len(known) > 0 {
		return r.Records.SetAvatar(ctx, u.ID, known[0].Number)
	}
	up.Caller, up.Apart, up.Visibility, up.Expiration = media.Caller{User: u}, true, media.Hidden, media.NeverExpires
	if owner.banned {
		up.Visibility = media.Private
	}
	up.Amend = func(it *media.Item) { it.ModerationStatus = "" }
	added, err := r.Library.Add(ctx, up)
	if err != nil {
		return err
	}
	return r.Records.SetAvatar(ctx, u.ID, added.Item.Number)
}

func (r *run) openAvatar(roots []*os.Root, f face) (*os.File, error) {
	if strings.ContainsAny(f.file, "/\\\x00") {
		return nil, fs.ErrInvalid
	}
	err := error(fs.ErrNotExist)
	for _, folder := range avatarFolders {
		for _, root := range roots {
			var file *os.File
			if file, err = root.Open(path.Join(folder, r.Installation.IDs.Encode(uint64(f.number)), f.file)); err != nil {
				continue
			}
			if info, statErr := file.Stat(); statErr == nil && info.Mode().IsRegular() {
				return file, nil
			}
			file.Close()
		}
	}
	return nil, err
}
