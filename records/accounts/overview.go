package accounts

import (
	"context"
	"strings"

	"postern/media"
	"postern/records/txn"
)

// UserOverviews implements media.Oversight.
func (db *Accounts) UserOverviews(ctx context.Context, q media.UserSearch) ([]media.UserOverview, error) {
	conditions, args := []string{"TRUE"}, []any(nil)
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	part := "%" + txn.Likely.Replace(strings.ToLower(q.Text)) + "%"
	restrict(q.Text != "", `(nocase(name) LIKE ? ESCAPE '!' OR nocase(display_name) LIKE ? ESCAPE '!')`, part, part)
	if q.State != nil {
		restrict(true, "state = ?", *q.State)
	}
	restrict(q.Before != 0, "id < ?", q.Before)
	users, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.UserOverview, error) {
		return txn.QueryAll(ctx, s, scanUserOverview, `
			SELECT `+userColumns+`,
				coalesce((SELECT items FROM usage WHERE usage.user_id = users.id), 0),
				coalesce((SELECT bytes FROM usage WHERE usage.user_id = users.id), 0),
				(SELECT max(last_used_at) FROM (
					SELECT last_used_at FROM sessions WHERE sessions.user_id = users.id
					UNION ALL SELECT last_used_at FROM api_keys WHERE api_keys.user_id = users.id) AS uses),
				EXISTS (SELECT 1 FROM passwords WHERE passwords.user_id = users.id)
			FROM users WHERE `+strings.Join(conditions, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, max(q.Limit, 0))...)
	})
	return users, txn.Wrap("read users", err)
}

func scanUserOverview(scan txn.Scan) (u media.UserOverview, err error) {
	u.User, err = scanUser(func(dest ...any) error {
		return scan(append(dest, &u.Items, &u.Bytes, txn.Time(&u.LastSeen), &u.Password)...)
	})
	return u, err
}
