package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"time"

	"postern/media"
	"postern/media/library"
)

// LostFound is the folder of the data folder that takes files without a
// record.
const LostFound = "lost+found"

// files checks everything that lies in the folder of uploads.
func (c *checker) files(ctx context.Context) error {
	sites, err := c.Records.OldSites(ctx)
	if err := c.readable(err); err != nil {
		return err
	}
	c.linked = slices.ContainsFunc(sites, func(o media.OldSite) bool { return o.Linked })
	return fs.WalkDir(c.root.FS(), library.UploadsDir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was ever uploaded, or it was moved just now
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			c.mode(name, info, 0o700, 0o002)
			return nil
		}
		c.result.Files++
		c.advanced()
		c.file(name, info)
		return nil
	})
}

func (c *checker) file(name string, info fs.FileInfo) {
	switch {
	case !info.Mode().IsRegular():
		c.found(Plain, name, "is "+kindOf(info), c.asideUnlessFolder(name, info))
		return
	case !c.keys.has(name):
		c.found(Recorded, name, "has no record", c.aside(name))
		return
	}
	if n := linksOf(info); n > 1 && !c.linked {
		c.found(Plain, name, fmt.Sprintf("is one file with %d names", n), func() (string, error) {
			return "made a file of its own", c.separate(name, info)
		})
	}
	c.mode(name, info, 0o600, 0o133)
}

// mode wants some bits of a file's mode set and others clear.
func (c *checker) mode(name string, info fs.FileInfo, set, clear fs.FileMode) {
	got := info.Mode().Perm()
	want := got&^clear | set
	if got == want {
		return
	}
	c.found(Plain, name, fmt.Sprintf("has mode %04o", got), func() (string, error) {
		if err := c.root.Chmod(name, want); err != nil {
			return "", err
		}
		return fmt.Sprintf("changed to %04o", want), nil
	})
}

// asideUnlessFolder leaves a link to a folder alone: whoever made it has moved
// files behind it, and moving the link would lose them all.
func (c *checker) asideUnlessFolder(name string, info fs.FileInfo) func() (string, error) {
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err := c.root.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && target.IsDir() {
			return nil
		}
	}
	return c.aside(name)
}

// aside moves a file to LostFound, under the path that it had.
func (c *checker) aside(name string) func() (string, error) {
	if !c.sound {
		return nil
	}
	return func() (string, error) {
		to, err := c.freeName(path.Join(LostFound, name))
		if err != nil {
			return "", err
		}
		if err := c.root.MkdirAll(path.Dir(to), 0o700); err != nil {
			return "", err
		}
		if err := c.root.Rename(name, to); err != nil {
			return "", err
		}
		return "moved to " + to, nil
	}
}

func (c *checker) freeName(name string) (string, error) {
	for n := 1; ; n++ {
		free := name
		if n > 1 {
			free += "." + strconv.Itoa(n)
		}
		if _, err := c.root.Lstat(free); errors.Is(err, fs.ErrNotExist) {
			return free, nil
		} else if err != nil {
			return "", err
		}
	}
}

// separate gives a file with several names bytes of its own, so that no change
// through the other name reaches them.
func (c *checker) separate(name string, info fs.FileInfo) error {
	from, err := c.root.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	temporary := path.Join(path.Dir(name), ".copy-"+strconv.FormatInt(time.Now().UnixNano(), 36))
	to, err := c.root.Create(temporary)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	err = errors.Join(err, to.Chmod(info.Mode().Perm()), to.Sync(), to.Close())
	if err == nil {
		err = c.root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, c.root.Remove(temporary))
	}
	return nil
}

// ownFiles checks the server's own files: who reads them is let in.
func (c *checker) ownFiles(context.Context) error {
	for _, name := range []string{"postern.db", "secret"} {
		info, err := c.root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.found(Plain, name, "is missing; without it delete links stop working: put it back from a backup", nil)
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			c.found(Plain, name, "is "+kindOf(info), nil)
		default:
			c.mode(name, info, 0o600, 0o177)
		}
	}
	return nil
}

func kindOf(info fs.FileInfo) string {
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeDir:
		return "a folder"
	case fs.ModeNamedPipe:
		return "a pipe"
	case fs.ModeSocket:
		return "a socket"
	}
	return "a special file"
}
