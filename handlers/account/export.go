package account

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"

	"github.com/labstack/echo/v4"

	"postern/archive"
	"postern/handlers/site"
	"postern/media"
)

// accountFile is the file of an export with what is known of the user.
const accountFile = "account.json"

// export answers with everything of the visitor's own: what is known of the account, a
// line for each item, which postern import reads, and the files. What has come since the
// lines were written is left out.
func (s *Server) export(c echo.Context) error {
	ctx, v, now := c.Request().Context(), s.SignedIn(c), s.Library.Now()
	d, err := archive.NewDescriber(ctx, s.Keyring.Accounts, s.Library.Now, v.User)
	if err != nil {
		return err
	}
	z := s.NewZip(c, s.SiteName+" "+v.User.Name)
	about, err := z.Create(accountFile, now)
	if err != nil {
		return err
	}
	if err := s.writeAccount(ctx, v.User.ID, about); err != nil {
		return err
	}
	lines, err := z.Create(archive.Lines, now)
	if err != nil {
		return err
	}
	last, err := s.writeLines(ctx, v, d, lines)
	if err != nil {
		return err
	}
	if err := s.addFiles(ctx, v, last, z); err != nil {
		return err
	}
	return z.Close()
}

// writeAccount writes a JSON object with a list for each kind of rows.
func (s *Server) writeAccount(ctx context.Context, userID int64, w io.Writer) error {
	var kind string
	err := s.Keyring.Accounts.OwnRows(ctx, userID, func(of string, row map[string]any) error {
		text, err := json.Marshal(row)
		if err != nil {
			return err
		}
		between := ",\n\t\t"
		if of != kind {
			between = map[bool]string{true: "{", false: "\n\t],"}[kind == ""] + "\n\t\"" + of + "\": [\n\t\t"
			kind = of
		}
		_, err = io.WriteString(w, between+string(text))
		return err
	})
	if err != nil || kind == "" { // the account was deleted meanwhile
		return err
	}
	_, err = io.WriteString(w, "\n\t]\n}\n")
	return err
}

// ownItems calls f with the visitor's items, as they stand in lists, oldest first.
func (s *Server) ownItems(ctx context.Context, v media.Viewer, f func(*media.Item) error) error {
	return archive.OldestFirst(func(before media.Cursor, limit int) ([]media.Item, error) {
		return s.Library.Items(ctx, v, media.ItemQuery{UserID: v.User.ID, Before: before, Limit: limit})
	}, f)
}

// writeLines writes a line for each item, and returns the place of the last. A file has
// the name of its key, which no other one has: nothing needs to be remembered.
func (s *Server) writeLines(ctx context.Context, v media.Viewer, d *archive.Describer, w io.Writer) (last media.Cursor, err error) {
	encoder := json.NewEncoder(w)
	err = s.ownItems(ctx, v, func(listed *media.Item) error {
		it, err := s.Library.Item(ctx, v, listed.ID) // lists leave out long texts
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		l, err := d.Line(ctx, &it)
		if err != nil {
			return err
		}
		l.File, last = it.Original.Key, it.Cursor()
		return encoder.Encode(l)
	})
	return last, err
}

// errLast ends a walk over items.
var errLast = errors.New("the last item")

func (s *Server) addFiles(ctx context.Context, v media.Viewer, last media.Cursor, z *site.Zip) error {
	if last.Number == 0 {
		return nil
	}
	err := s.ownItems(ctx, v, func(it *media.Item) error {
		if err := z.Add(ctx, it, it.Original.Key); err != nil {
			return err
		}
		if it.Number == last.Number {
			return errLast
		}
		return nil
	})
	if errors.Is(err, errLast) {
		return nil
	}
	return err
}
