package records

import (
	"context"

	"postern/media"
)

// userColumns are the columns of users in the order of scanUser.
const userColumns = `id, name, admin, created_at, max_bytes, max_items, max_daily`

func scanUser(scan Scan) (u media.User, err error) {
	err = scan(&u.ID, &u.Name, &u.Admin, unixTime{&u.CreatedAt}, &u.Quota.Bytes, &u.Quota.Items, &u.Quota.Daily)
	return u, err
}

// InsertUser implements media.Accounts.
func (db *DB) InsertUser(ctx context.Context, u *media.User) error {
	id, err := db.insert(ctx, media.ErrNameTaken, `
		INSERT INTO users (name, admin, created_at, max_bytes, max_items, max_daily) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		u.Name, u.Admin, unixTime{&u.CreatedAt}, u.Quota.Bytes, u.Quota.Items, u.Quota.Daily)
	if err != nil {
		return wrapErr("insert user "+u.Name, err)
	}
	u.ID = id
	return nil
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
