package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"postern/archive"
	"postern/media"
	"postern/media/library"
)

// IsExport reports whether a folder is an export of this program.
func IsExport(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, archive.Lines))
	return err == nil && info.Mode().IsRegular()
}

// Export imports an export. Items keep their IDs and data. They belong to the users of the
// export, or all to user if it is not nil. Export creates missing users. An ID that is or
// was in use here counts as imported by an earlier run. The error is like
// that of Folder.
func (i *Importer) Export(ctx context.Context, dir string, user *media.User) (Report, error) {
	var r Report
	root, err := os.OpenRoot(dir)
	if err != nil {
		return r, err
	}
	defer root.Close()
	lines, err := root.Open(archive.Lines)
	if err != nil {
		return r, err
	}
	defer lines.Close()
	err = archive.Read(lines, func(number int, l archive.Line, wrong error) error {
		got, err := result{}, wrong
		if err == nil {
			got, err = i.line(ctx, root, &l, user)
		}
		if ends(err) || ctx.Err() != nil {
			return cmp.Or(err, ctx.Err())
		}
		i.note(&r, cmp.Or(l.File, fmt.Sprint(archive.Lines, ":", number)), got, err)
		return nil
	})
	return r, err
}

// line imports one item.
func (i *Importer) line(ctx context.Context, root *os.Root, l *archive.Line, user *media.User) (result, error) {
	if l.ExpiresAt != nil && !i.Library.Now().Before(*l.ExpiresAt) {
		return result{}, errors.New("has expired")
	}
	owner, err := i.owner(ctx, l, user)
	if err != nil {
		return result{}, err
	}
	f, err := root.Open(filepath.FromSlash(l.File))
	if err != nil {
		return result{}, err
	}
	defer f.Close()
	staged, err := i.Library.Staging.SpoolAs(ctx, f, i.Library.Policy().MaxFile, l.ID)
	if errors.Is(err, media.ErrIDTaken) {
		return result{before: true}, i.settle(ctx, l.ID)
	}
	if err != nil {
		return result{}, err
	}
	defer staged.Abort()
	if staged.MD5 != l.MD5 {
		return result{}, errors.New("the file is not the one of the line: its md5 differs")
	}
	up := library.Upload{Caller: owner, Staged: staged, Filename: media.ClientFilename(l.OriginalName), Date: l.CreatedAt, Path: l.Path, Apart: true, Amend: l.Amend}
	if l.Category != "" {
		if up.CategoryID, err = i.category(ctx, l.Category); err != nil {
			return result{}, err
		}
	}
	if l.Album != nil && !owner.Guest {
		if up.Album, err = i.exportAlbum(ctx, owner.User, *l.Album, l.CreatedAt); err != nil {
			return result{}, err
		}
	}
	_, err = i.Library.Add(ctx, up)
	return result{}, err
}

// owner is whom an item is to belong to.
func (i *Importer) owner(ctx context.Context, l *archive.Line, user *media.User) (media.Caller, error) {
	if user != nil {
		return media.Caller{User: *user}, nil
	}
	if l.User == "" {
		return media.Caller{Guest: true}, nil
	}
	u, err := i.Accounts.UserNamed(ctx, l.User)
	if errors.Is(err, fs.ErrNotExist) {
		if err := media.CheckUserName(l.User); err != nil {
			return media.Caller{}, fmt.Errorf("user: %w", err)
		}
		u = media.User{Name: l.User, CreatedAt: i.Library.Now()}
		err = i.Accounts.InsertUser(ctx, &u)
	}
	return media.Caller{User: u}, err
}

func (i *Importer) category(ctx context.Context, name string) (int64, error) {
	c, err := media.FindCategory(ctx, i.Accounts, name)
	if errors.Is(err, fs.ErrNotExist) {
		if c.Name, err = media.CategoryName(name); err != nil {
			return 0, fmt.Errorf("category: %w", err)
		}
		err = i.Accounts.InsertCategory(ctx, &c)
	}
	return c.ID, err
}

// exportAlbum is the album of an export: with its ID, if no other one has that here. An
// album without a date has that of the item with which it comes.
func (i *Importer) exportAlbum(ctx context.Context, owner media.User, a archive.Album, itemDate time.Time) (string, error) {
	if a.CreatedAt.IsZero() {
		a.CreatedAt = itemDate
	}
	return i.album(fmt.Sprint(owner.ID, " ", a.ID), func() (string, error) {
		known, err := i.Accounts.AlbumBySlug(ctx, a.ID)
		if err == nil && known.UserID == owner.ID {
			return known.Slug, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		made := media.Album{
			Slug: a.ID, UserID: owner.ID, Title: media.CutRunes(a.Title, media.MaxTitle), CreatedAt: a.CreatedAt.UTC().Truncate(time.Second),
			Visibility: media.Hidden, AccessKey: a.AccessKey, Lock: a.Lock,
		}
		if a.Visibility == media.Public || a.Visibility == media.Private {
			made.Visibility = a.Visibility
		}
		if err == nil || !media.ValidID(made.Slug) {
			made.Slug = media.NewID()
		}
		err = i.Accounts.InsertAlbum(ctx, &made)
		for errors.Is(err, media.ErrIDTaken) {
			made.Slug = media.NewID()
			err = i.Accounts.InsertAlbum(ctx, &made)
		}
		if err == nil && (a.Description != "" || a.NSFW || len(a.Tags) > 0) {
			err = i.Accounts.UpdatePost(ctx, made.ID, media.PostChange{Description: &a.Description, NSFW: &a.NSFW, Tags: &a.Tags})
		}
		return made.Slug, err
	})
}
