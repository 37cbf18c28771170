package records

import (
	"context"

	"postern/media"
)

// userColumns are the columns of users in the order of scanUser.
const userColumns = `id, name, admin, moderator, state, created_at, max_bytes, max_items, max_daily,
	display_name, language, coalesce(default_album, 0), default_expiration, default_visibility`

func scanUser(scan Scan) (u media.User, err error) {
	err = scan(&u.ID, &u.Name, &u.Admin, &u.Moderator, &u.State, unixTime{&u.CreatedAt}, &u.Quota.Bytes, &u.Quota.Items, &u.Quota.Daily,
		&u.DisplayName, &u.Language, &u.DefaultAlbum, &u.DefaultExpiration, &u.DefaultVisibility)
	return u, err
}

// InsertUser implements media.Accounts.
func (db *DB) InsertUser(ctx context.Context, u *media.User) error {
	var id int64
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		id, err = insertUser(ctx, s, u)
		return err
	})
	if err != nil {
		return wrapErr("insert user "+u.Name, err)
	}
	u.ID = id
	return nil
}

func insertUser(ctx context.Context, s session, u *media.User) (int64, error) {
	id, err := insertRow(ctx, s, `
		INSERT INTO users (name, admin, moderator, state, created_at, max_bytes, max_items, max_daily, display_name, language, default_album, default_expiration, default_visibility)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(CAST(? AS bigint), 0), ?, ?) RETURNING id`,
		u.Name, u.Admin, u.Moderator, string(u.State), unixTime{&u.CreatedAt}, u.Quota.Bytes, u.Quota.Items, u.Quota.Daily,
		u.DisplayName, u.Language, u.DefaultAlbum, u.DefaultExpiration, u.DefaultVisibility)
	return id, constraintErr(err, media.ErrNameTaken)
}

// UpdateUser implements media.Accounts.
func (db *DB) UpdateUser(ctx context.Context, id int64, change media.UserChange) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if err := s.Lock(ctx, "admins"); err != nil {
			return err
		}
		now, err := queryOne(ctx, s, scanUser, `SELECT `+userColumns+` FROM users WHERE id = ?`, id)
		if err != nil {
			return err
		}
		last, err := queryOne(ctx, s, scanBool, `SELECT `+lastAdmin+` FROM users WHERE id = ?`, id)
		if err != nil {
			return err
		}
		return updateUser(ctx, s, changed(now, change), last)
	})
	return wrapErr("update user", err)
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

func updateUser(ctx context.Context, s session, u media.User, lastAdmin bool) error {
	if lastAdmin && !(u.Admin && u.Active()) {
		return media.ErrLastAdmin
	}
	if u.DefaultAlbum != 0 {
		_, err := queryOne(ctx, s, scanNumber, `SELECT id FROM albums WHERE id = ? AND user_id = ?`, u.DefaultAlbum, u.ID)
		if err != nil {
			return err
		}
	}
	_, err := s.exec(ctx, `
		UPDATE users SET name = ?, admin = ?, moderator = ?, state = ?, display_name = ?, language = ?,
			default_album = nullif(CAST(? AS bigint), 0), default_expiration = ?, default_visibility = ? WHERE id = ?`,
		u.Name, u.Admin, u.Moderator, string(u.State), u.DisplayName, u.Language, u.DefaultAlbum, u.DefaultExpiration, u.DefaultVisibility, u.ID)
	if err != nil || u.Active() {
		return constraintErr(err, media.ErrNameTaken)
	}
	return deleteSessionsOf(ctx, s, u.ID, nil)
}

// User implements media.Accounts.
func (db *DB) User(ctx context.Context, id int64) (media.User, error) {
	u, err := read(ctx, db, func(ctx context.Context, s session) (media.User, error) {
		return queryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE id = ?`, id)
	})
	return u, wrapErr("read user", err)
}

// UserNamed implements media.Accounts.
func (db *DB) UserNamed(ctx context.Context, name string) (media.User, error) {
	u, err := read(ctx, db, func(ctx context.Context, s session) (media.User, error) {
		return queryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE nocase(name) = nocase(?)`, name)
	})
	return u, wrapErr("read user "+name, err)
}

// Users implements media.Accounts. The users come in the order of insertion.
func (db *DB) Users(ctx context.Context) ([]media.User, error) {
	users, err := read(ctx, db, func(ctx context.Context, s session) ([]media.User, error) {
		return queryAll(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users ORDER BY id`)
	})
	return users, wrapErr("read users", err)
}

// insert runs an INSERT of one row into a table with one UNIQUE constraint,
// whose violation is taken, and returns the row's id.
func (db *DB) insert(ctx context.Context, taken error, statement string, args ...any) (id int64, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) error {
		id, err = insertRow(ctx, s, statement, args...)
		return constraintErr(err, taken)
	})
	return id, err
}

// insertRow runs an INSERT of one row that returns the row's number.
func insertRow(ctx context.Context, s session, statement string, args ...any) (int64, error) {
	return queryOne(ctx, s, scanNumber, statement, args...)
}
