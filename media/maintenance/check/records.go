package check

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"postern/media"
	"postern/media/process"
	"postern/storage"
)

// keySet holds keys such that two that differ in case alone are noticed.
type keySet struct {
	byFold map[string]string
	others map[string]bool // keys whose folded form is another's
}

func newKeySet() keySet {
	return keySet{make(map[string]string), make(map[string]bool)}
}

// add returns the key that differs from this one in case alone, or "".
func (s keySet) add(key string) (twin string) {
	fold := strings.ToLower(key)
	twin, taken := s.byFold[fold]
	if taken {
		s.others[key] = true
		return twin
	}
	s.byFold[fold] = key
	return ""
}

func (s keySet) has(key string) bool {
	return s.byFold[strings.ToLower(key)] == key || s.others[key]
}

// records checks the files of every live item.
func (c *checker) records(ctx context.Context) error {
	err := c.Records.EachItem(ctx, func(it media.Item, deleting bool) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !deleting {
			c.result.Items++
		}
		c.names(it)
		if !deleting {
			c.item(ctx, it)
			c.advanced()
		}
		return nil
	})
	return c.readable(err)
}

func (c *checker) names(it media.Item) {
	for _, key := range it.Keys() {
		if err := storage.CheckKey(key); err != nil {
			c.found(Named, key, fmt.Sprintf("the key of a file of item %s is not allowed", it.ID), nil)
		}
	}
	for _, key := range it.Objects() {
		if err := storage.CheckKey(key); err != nil && !slices.Contains(it.Keys(), key) {
			c.found(Named, key, fmt.Sprintf("the object of a file of item %s has a name that is not allowed", it.ID), nil)
		}
		if twin := c.keys.add(key); twin != "" {
			c.found(Named, key, fmt.Sprintf("differs from %q in case alone", twin), nil)
		}
	}
}

// item checks the files of one item. Variants that are missing or damaged are
// made anew, as long as the original is sound.
func (c *checker) item(ctx context.Context, it media.Item) {
	fault := c.fault(it, media.RoleOriginal)
	if fault != nil && c.lostOriginal(ctx, it, fault) {
		return
	}
	for _, role := range it.Roles()[1:] {
		variant := c.fault(it, role)
		if variant == nil {
			continue
		}
		c.found(Bytes, it.File(role).Stored(), fmt.Sprintf("%s of item %s: %v", role, it.ID, variant), func() (string, error) {
			if fault != nil || !c.sound {
				return "", errors.New("the original is not sound")
			}
			if err := c.Library.Rederive(ctx, it, role); err != nil {
				return "", err
			}
			return "made anew", nil
		})
	}
}

// lostOriginal reports an original that is not what it was. Its record is the
// only trace of what has been lost, so that it stays unless the operator asks.
func (c *checker) lostOriginal(ctx context.Context, it media.Item, fault error) (forgotten bool) {
	problem := fmt.Sprintf("original of item %s: %v", it.ID, fault)
	if !errors.Is(fault, errMissing) || !c.Forget || !c.sound {
		c.found(Bytes, it.Original.Stored(), problem+"; put it back from a backup", nil)
		return false
	}
	c.found(Bytes, it.Original.Stored(), problem, func() (string, error) {
		if err := c.Library.Delete(ctx, it.ID); err != nil {
			return "", err
		}
		forgotten = true
		return fmt.Sprintf("item %s (%s) forgotten", it.ID, it.DisplayTitle()), nil
	})
	return forgotten
}

var errMissing = errors.New("is missing")

// fault says what is wrong with one file of an item, nil for nothing.
func (c *checker) fault(it media.Item, role media.Role) error {
	file := it.File(role)
	info, err := c.root.Lstat(file.Stored())
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.staged[it.ID+"."+string(role)]:
		return nil // found in staging already
	case errors.Is(err, fs.ErrNotExist):
		return errMissing
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: there is %s", errMissing, kindOf(info))
	case info.Size() != file.Size:
		return fmt.Errorf("has %d bytes, recorded are %d", info.Size(), file.Size)
	case !c.Deep:
		return nil
	}
	return c.contents(it, role)
}

// contents compares an original with its hash, a variant's header with its
// record.
func (c *checker) contents(it media.Item, role media.Role) error {
	file := it.File(role)
	f, err := c.root.Open(file.Stored())
	if err != nil {
		return err
	}
	defer f.Close()
	if role == media.RoleOriginal {
		return sameHash(f, it.MD5)
	}
	info, err := process.Inspect(f, file.Size, time.UTC)
	if err != nil {
		return err
	}
	if info.Width != file.Width || info.Height != file.Height {
		return fmt.Errorf("is %dx%d, recorded is %dx%d", info.Width, info.Height, file.Width, file.Height)
	}
	return nil
}

func sameHash(f *os.File, want string) error {
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("has MD5 %s, recorded is %s", got, want)
	}
	return nil
}
