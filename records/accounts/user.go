package accounts

import (
	"context"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// userColumns are the columns of users in the order of scanUser.
const userColumns = `id, name, admin, moderator, state, created_at, max_bytes, max_items, max_daily,
	display_name, language, coalesce(default_album, 0), default_expiration, default_visibility, withheld, ` + visibility.Avatar

func scanUser(scan txn.Scan) (u media.User, err error) {
	err = scan(&u.ID, &u.Name, &u.Admin, &u.Moderator, &u.State, txn.Time(&u.CreatedAt), &u.Quota.Bytes, &u.Quota.Items, &u.Quota.Daily,
		&u.DisplayName, &u.Language, &u.DefaultAlbum, &u.DefaultExpiration, &u.DefaultVisibility, &u.Withheld, &u.Avatar)
	return u, err
}

// InsertUser implements media.Accounts.
func (db *Accounts) InsertUser(ctx context.Context, u *media.User) error {
	var id int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		id, err = InsertUser(ctx, s, u)
		return err
	})
	if err != nil {
		return txn.Wrap("insert user "+u.Name, err)
	}
	u.ID = id
	return nil
}

// InsertUser adds a user in a transaction and returns its ID. The error wraps
// media.ErrNameTaken when another user has the name.
func InsertUser(ctx context.Context, s txn.Tx, u *media.User) (int64, error) {
	id, err := txn.InsertRow(ctx, s, `
		INSERT INTO users (name, admin, moderator, state, created_at, max_bytes, max_items, max_daily, display_name, language, default_album, default_expiration, default_visibility)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(CAST(? AS bigint), 0), ?, ?) RETURNING id`,
		u.Name, u.Admin, u.Moderator, string(u.State), txn.Time(&u.CreatedAt), u.Quota.Bytes, u.Quota.Items, u.Quota.Daily,
		u.DisplayName, u.Language, u.DefaultAlbum, u.DefaultExpiration, u.DefaultVisibility)
	return id, txn.Conflict(err, media.ErrNameTaken)
}

// UpdateUser implements media.Accounts.
func (db *Accounts) UpdateUser(ctx context.Context, id int64, change media.UserChange) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := s.Lock(ctx, "admins"); err != nil {
			return err
		}
		now, err := txn.QueryOne(ctx, s, scanUser, `SELECT `+userColumns+` FROM users WHERE id = ?`, id)
		if err != nil {
			return err
		}
		last, err := txn.QueryOne(ctx, s, txn.Value[bool], `SELECT `+lastAdmin+` FROM users WHERE id = ?`, id)
		if err != nil {
			return err
		}
		return updateUser(ctx, s, changed(now, change), last)
	})
	return txn.Wrap("update user", err)
}

// changed is the user with what a change gives it.
func changed(u media.User, change media.UserChange) media.User {
	set(&u.Name, change.Name)
	set(&u.Admin, change.Admin)
	set(&u.Moderator, change.Moderator)
	set(&u.State, change.State)
	set(&u.Profile, change.Profile)
	return u
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func updateUser(ctx context.Context, s txn.Tx, u media.User, lastAdmin bool) error {
	if lastAdmin && !(u.Admin && u.Active()) {
		return media.ErrLastAdmin
	}
	if u.DefaultAlbum != 0 {
		_, err := txn.QueryOne(ctx, s, txn.Value[int64], `SELECT id FROM albums WHERE id = ? AND user_id = ?`, u.DefaultAlbum, u.ID)
		if err != nil {
			return err
		}
	}
	_, err := s.Exec(ctx, `
		UPDATE users SET name = ?, admin = ?, moderator = ?, state = ?, display_name = ?, language = ?,
			default_album = nullif(CAST(? AS bigint), 0), default_expiration = ?, default_visibility = ? WHERE id = ?`,
		u.Name, u.Admin, u.Moderator, string(u.State), u.DisplayName, u.Language, u.DefaultAlbum, u.DefaultExpiration, u.DefaultVisibility, u.ID)
	if err != nil || u.Active() {
		return txn.Conflict(err, media.ErrNameTaken)
	}
	return deleteSessionsOf(ctx, s, u.ID, nil)
}

// SetAvatar implements media.Accounts.
func (db *Accounts) SetAvatar(ctx context.Context, userID, item int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE users SET avatar = nullif(CAST(?2 AS bigint), 0) WHERE id = ?1 AND (CAST(?2 AS bigint) = 0
				OR EXISTS (SELECT 1 FROM items WHERE number = ?2 AND user_id = ?1 AND kind = 'image'))`, userID, item))
	})
	return txn.Wrap("set avatar", err)
}

// User implements media.Accounts.
func (db *Accounts) User(ctx context.Context, id int64) (media.User, error) {
	u, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.User, error) {
		return txn.QueryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE id = ?`, id)
	})
	return u, txn.Wrap("read user", err)
}

// UserNamed implements media.Accounts.
func (db *Accounts) UserNamed(ctx context.Context, name string) (media.User, error) {
	u, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.User, error) {
		return txn.QueryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE nocase(name) = nocase(?)`, name)
	})
	return u, txn.Wrap("read user "+name, err)
}

// emailQuery finds the one user who has an e-mail address, in any case.
const emailQuery = `
	SELECT ` + userColumns + ` FROM users
	WHERE id = (SELECT min(user_id) FROM user_details WHERE lower(email) = lower(?) HAVING count(*) = 1)`

// UserWithEmail implements media.Credentials.
func (db *Accounts) UserWithEmail(ctx context.Context, email string) (media.User, error) {
	u, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.User, error) {
		return txn.QueryOne(ctx, s, scanUser, emailQuery, email)
	})
	return u, txn.Wrap("read user by e-mail", err)
}

// Users implements media.Accounts. The users come in the order of insertion.
func (db *Accounts) Users(ctx context.Context) ([]media.User, error) {
	users, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.User, error) {
		return txn.QueryAll(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users ORDER BY id`)
	})
	return users, txn.Wrap("read users", err)
}
