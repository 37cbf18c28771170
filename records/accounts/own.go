package accounts

import (
	"context"
	"time"

	"postern/records/txn"
)

// ownPage is how many rows are read at once.
const ownPage = 500

// ownTable is a kind of what is known of a user. The parameters of its query are the user,
// and how many rows are wanted behind how many.
type ownTable struct {
	kind, query string
	columns     []ownColumn
}

// ownColumn is a column of an ownTable. Empty texts and times are left out.
type ownColumn struct {
	name string
	is   columnType
}

type columnType int

const (
	text columnType = iota
	number
	flag
	moment
)

const behind = ` LIMIT ?2 OFFSET ?3`

// ownTables leave out what would let others in: digests and hashes.
var ownTables = []ownTable{
	{"account", `
		SELECT name, display_name, language, admin, moderator, state, users.created_at, max_bytes, max_items, max_daily, default_expiration, default_visibility,
			coalesce(email, ''), coalesce(website, ''), coalesce(bio, ''), coalesce(timezone, '')
		FROM users LEFT JOIN user_details ON user_id = id WHERE id = ?1` + behind, []ownColumn{
		{"name", text}, {"display_name", text}, {"language", text}, {"admin", flag}, {"moderator", flag}, {"state", text}, {"created_at", moment},
		{"max_bytes", number}, {"max_items", number}, {"max_daily", number}, {"default_expiration", text}, {"default_visibility", text},
		{"email", text}, {"website", text}, {"bio", text}, {"timezone", text}}},
	{"passwords", `SELECT changed_at FROM passwords WHERE user_id = ?1` + behind, []ownColumn{{"changed_at", moment}}},
	{"identities", `SELECT issuer, subject FROM identities WHERE user_id = ?1 ORDER BY issuer, subject` + behind, []ownColumn{{"issuer", text}, {"subject", text}}},
	{"keys", `SELECT name, scope, created_at, expires_at, revoked_at, last_used_at FROM api_keys WHERE user_id = ?1 ORDER BY id` + behind, []ownColumn{
		{"name", text}, {"scope", text}, {"created_at", moment}, {"expires_at", moment}, {"revoked_at", moment}, {"last_used_at", moment}}},
	{"sessions", `SELECT agent, created_at, last_used_at, expires_at FROM sessions WHERE user_id = ?1 ORDER BY created_at, digest` + behind, []ownColumn{
		{"agent", text}, {"created_at", moment}, {"last_used_at", moment}, {"expires_at", moment}}},
	{"albums", `SELECT slug, title, description, visibility, nsfw, views, created_at FROM albums WHERE user_id = ?1 ORDER BY id` + behind, []ownColumn{
		{"id", text}, {"title", text}, {"description", text}, {"visibility", text}, {"nsfw", flag}, {"views", number}, {"created_at", moment}}},
	{"comments", `
		SELECT slug, content, comments.created_at FROM comments JOIN albums ON albums.id = album_id
		WHERE comments.user_id = ?1 ORDER BY comments.id` + behind, []ownColumn{{"album", text}, {"content", text}, {"created_at", moment}}},
	{"votes", `SELECT slug, value FROM album_votes JOIN albums ON albums.id = album_id WHERE album_votes.user_id = ?1 ORDER BY album_id` + behind,
		[]ownColumn{{"album", text}, {"value", number}}},
	{"comment_votes", `SELECT comment_id, value FROM comment_votes WHERE user_id = ?1 ORDER BY comment_id` + behind, []ownColumn{{"comment", number}, {"value", number}}},
	{"likes", `SELECT items.id, likes.created_at FROM likes JOIN items ON number = item WHERE likes.user_id = ?1 ORDER BY item` + behind,
		[]ownColumn{{"item", text}, {"created_at", moment}}},
	{"following", `SELECT name, follows.created_at FROM follows JOIN users ON users.id = followed WHERE follower = ?1 ORDER BY followed` + behind,
		[]ownColumn{{"name", text}, {"since", moment}}},
	{"followers", `SELECT name, follows.created_at FROM follows JOIN users ON users.id = follower WHERE followed = ?1 ORDER BY follower` + behind,
		[]ownColumn{{"name", text}, {"since", moment}}},
}

// OwnRows implements media.Accounts.
func (db *Accounts) OwnRows(ctx context.Context, userID int64, each func(kind string, row map[string]any) error) error {
	for _, table := range ownTables {
		for offset, more := 0, true; more; offset += ownPage {
			rows, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]map[string]any, error) {
				return txn.QueryAll(ctx, s, table.scan, table.query, userID, ownPage, offset)
			})
			if err != nil {
				return txn.Wrap("read "+table.kind+" of a user", err)
			}
			for _, row := range rows {
				if err := each(table.kind, row); err != nil {
					return err
				}
			}
			more = len(rows) == ownPage
		}
	}
	return nil
}

func (t ownTable) scan(scan txn.Scan) (map[string]any, error) {
	texts, numbers, flags, moments := make([]string, len(t.columns)), make([]int64, len(t.columns)), make([]bool, len(t.columns)), make([]time.Time, len(t.columns))
	to := make([]any, len(t.columns))
	for i, c := range t.columns {
		to[i] = []any{&texts[i], &numbers[i], &flags[i], txn.Time(&moments[i])}[c.is]
	}
	if err := scan(to...); err != nil {
		return nil, err
	}
	row := make(map[string]any)
	for i, c := range t.columns {
		switch {
		case c.is == text && texts[i] != "":
			row[c.name] = texts[i]
		case c.is == number:
			row[c.name] = numbers[i]
		case c.is == flag:
			row[c.name] = flags[i]
		case c.is == moment && !moments[i].IsZero():
			row[c.name] = moments[i].UTC()
		}
	}
	return row, nil
}
