package records

import (
	"context"
	"strings"
	"time"

	"postern/media"
)

// FindItems implements media.Oversight.
func (db *DB) FindItems(ctx context.Context, q media.ItemSearch) ([]media.Item, error) {
	conditions := []string{present, "(expires_at IS NULL OR expires_at > ?)"}
	args := []any{unixTime{&q.Now}}
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	restrict(q.UserID != 0, "user_id = ?", q.UserID)
	restrict(q.Guests || q.AddressHash != "", "user_id IS NULL")
	restrict(q.AddressHash != "", "uploader = ?", q.AddressHash)
	restrict(q.Kind != "", "kind = ?", q.Kind)
	restrict(q.MIME != "", "EXISTS (SELECT 1 FROM files WHERE item = number AND role = 'original' AND mime = ?)", q.MIME)
	restrict(q.Status != "", "status = ?", q.Status)
	part := "%" + likely.Replace(strings.ToLower(q.Text)) + "%"
	restrict(q.Text != "", `(id = ? OR md5 = ? OR source_md5 = ? OR nocase(title) LIKE ? ESCAPE '!' OR nocase(original_name) LIKE ? ESCAPE '!')`,
		q.Text, strings.ToLower(q.Text), strings.ToLower(q.Text), part, part)
	restrict(!q.Since.IsZero(), "created_at >= ?", unixTime{&q.Since})
	restrict(!q.Until.IsZero(), "created_at < ?", unixTime{&q.Until})
	restrict(q.After.Number != 0, "(created_at, number) < (?, ?)", unixTime{&q.After.CreatedAt}, q.After.Number)
	items, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Item, error) {
		return queryItems(ctx, s, `SELECT `+cardColumns+` FROM items WHERE `+strings.Join(conditions, " AND ")+`
			ORDER BY created_at DESC, number DESC LIMIT ?`, append(args, max(q.Limit, 0))...)
	})
	return items, wrapErr("find items", err)
}

// GuestUploads implements media.Oversight.
func (db *DB) GuestUploads(ctx context.Context, since time.Time, limit int) ([]media.GuestUploads, error) {
	guests, err := read(ctx, db, func(ctx context.Context, s session) ([]media.GuestUploads, error) {
		return queryAll(ctx, s, func(scan Scan) (g media.GuestUploads, err error) {
			err = scan(&g.AddressHash, &g.Items, unixTime{&g.Last})
			return g, err
		}, `SELECT uploader, count(*), max(created_at) FROM items
			WHERE `+present+` AND user_id IS NULL AND created_at >= ?
			GROUP BY uploader ORDER BY 2 DESC, uploader LIMIT ?`, unixTime{&since}, max(limit, 0))
	})
	return guests, wrapErr("count uploads of guests", err)
}

// GiveItem implements media.Oversight.
func (db *DB) GiveItem(ctx context.Context, id string, userID int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		// An item is listed as what it is without its album before it changes hands, so
		// that what triggers count is right at each step.
		number, err := queryOne(ctx, s, scanNumber, `UPDATE items SET album_id = NULL WHERE id = ? AND `+present+` RETURNING number`, id)
		if err != nil {
			return err
		}
		if _, err := s.exec(ctx, `UPDATE items SET user_id = nullif(CAST(? AS bigint), 0), treatment = '' WHERE number = ?`, userID, number); err != nil {
			return constraintErr(err, media.ErrIDTaken)
		}
		return db.index.Changed(ctx, s.Session, number)
	})
	return wrapErr("give item "+id, err)
}

// UserOverviews implements media.Oversight.
func (db *DB) UserOverviews(ctx context.Context, q media.UserSearch) ([]media.UserOverview, error) {
	conditions, args := []string{"TRUE"}, []any(nil)
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	part := "%" + likely.Replace(strings.ToLower(q.Text)) + "%"
	restrict(q.Text != "", `(nocase(name) LIKE ? ESCAPE '!' OR nocase(display_name) LIKE ? ESCAPE '!')`, part, part)
	if q.State != nil {
		restrict(true, "state = ?", *q.State)
	}
	restrict(q.Before != 0, "id < ?", q.Before)
	users, err := read(ctx, db, func(ctx context.Context, s session) ([]media.UserOverview, error) {
		return queryAll(ctx, s, scanUserOverview, `
			SELECT `+userColumns+`,
				coalesce((SELECT items FROM usage WHERE usage.user_id = users.id), 0),
				coalesce((SELECT bytes FROM usage WHERE usage.user_id = users.id), 0),
				(SELECT max(last_used_at) FROM (
					SELECT last_used_at FROM sessions WHERE sessions.user_id = users.id
					UNION ALL SELECT last_used_at FROM api_keys WHERE api_keys.user_id = users.id) AS uses),
				EXISTS (SELECT 1 FROM passwords WHERE passwords.user_id = users.id)
			FROM users WHERE `+strings.Join(conditions, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, max(q.Limit, 0))...)
	})
	return users, wrapErr("read users", err)
}

func scanUserOverview(scan Scan) (u media.UserOverview, err error) {
	u.User, err = scanUser(func(dest ...any) error {
		return scan(append(dest, &u.Items, &u.Bytes, unixTime{&u.LastSeen}, &u.Password)...)
	})
	return u, err
}
