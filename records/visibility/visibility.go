// Package visibility has the parts of statements that say what may be seen. Who may see
// what is decided in package media, which gives queries a media.Filter.
package visibility

import (
	"encoding/json"

	"postern/media"
	"postern/records/txn"
)

const (
	// Present is the condition of live items that are not in the trash.
	Present = `state = 'live' AND purge_at IS NULL`

	// PresentListed is the same for lists that have an index of their own.
	PresentListed = `state = 'live' AND +purge_at IS NULL`

	// Seen is the condition of items that a filter lets through; its
	// parameters are those of SeenBy.
	Seen = `(expires_at IS NULL OR expires_at > ?) AND status IN (texts_of(?))`

	// OfKindAndStatus is the condition of items of kind ?2, '' for any, and of
	// the statuses in ?3.
	OfKindAndStatus = `(?2 = '' OR kind = ?2) AND status IN (texts_of(?3))`

	// Ended selects the items that have expired, but which the reaper has not
	// marked yet; Spent selects the posts of which nothing that may be listed
	// is left when they are gone. ?7 is now. The plus keeps SQLite from passing
	// over the items of all posts in their order.
	Ended = `SELECT number FROM items WHERE state = 'live' AND expires_at <= ?7`
	Spent = `SELECT album_id FROM items
		WHERE state = 'live' AND purge_at IS NULL AND album_id IS NOT NULL AND expires_at <= ?7
		GROUP BY +album_id HAVING count(*) FILTER (WHERE status NOT IN ('rejected', 'private')) >= (
			SELECT albums.items - items_rejected - items_private FROM albums WHERE albums.id = album_id)`
)

// SeenBy are the arguments of Seen.
func SeenBy(f media.Filter) []any {
	return []any{txn.Time(&f.Now), Statuses(f.Statuses)}
}

// Statuses is a list of statuses as one argument, for texts_of.
func Statuses(statuses []media.Moderation) string {
	if statuses == nil {
		statuses = []media.Moderation{}
	}
	b, err := json.Marshal(statuses)
	if err != nil {
		panic(err) // texts can be written
	}
	return string(b)
}

// OfItem is how an item's owner sees who may see it: one that came out of an
// album that was not public is in no list.
const OfItem = `CASE WHEN unlisted AND items.visibility = 'public' THEN 'hidden' ELSE items.visibility END`

// SetOfItem sets who may see an item, which its three parameters say; an item that is
// unlisted for its album stays so for as long as its owner says nothing else.
const SetOfItem = `visibility = CASE WHEN ` + OfItem + ` = ? THEN visibility ELSE ? END,
	unlisted = (unlisted AND ` + OfItem + ` = ?)`

// AlbumLock is the lock of an item's album.
const AlbumLock = `coalesce((SELECT of_item.lock FROM albums AS of_item WHERE of_item.id = items.album_id), '')`

// StayClosed sets who may see an item that leaves its album other than by its owner's word:
// what the album's password closed becomes private. The statement sets album_id, too.
const StayClosed = `visibility = CASE WHEN ` + AlbumLock + ` <> '' THEN 'private' ELSE visibility END`

// StayClosedByOthers is StayClosed for an item that comes to album ?, 0 for none, unless user ? is
// its owner.
const StayClosedByOthers = `visibility = CASE WHEN ` + AlbumLock + ` <> ''
	AND album_id <> CAST(? AS bigint) AND coalesce(user_id, 0) <> ? THEN 'private' ELSE visibility END`

// OwnCover is the condition of items that show an album to its owner where none is for all:
// they wait, or are private, and are not for adults.
const OwnCover = `status IN ('pending', 'private') AND NOT (items.nsfw OR items.judged_nsfw OR items.post_nsfw)`

// Unclosed is the condition of items that nobody but moderators keeps from those who have
// their links.
const Unclosed = `status <> 'private' AND ` + AlbumLock + ` = ''`

// Avatar is the key of the thumb of the image that stands for a user, empty for none that
// everyone may see.
const Avatar = `coalesce((SELECT files.key FROM items JOIN files ON files.item = items.number AND files.role = 'thumb'
	WHERE items.number = users.avatar AND items.user_id = users.id AND items.state = 'live' AND items.purge_at IS NULL
		AND items.status = 'approved' AND ` + AlbumLock + ` = ''), '')`

// AlbumWithheld is whether an album's owner is withheld.
const AlbumWithheld = `EXISTS (SELECT 1 FROM users AS of_album WHERE of_album.id = albums.user_id AND of_album.withheld)`

// PostCounts are what an album is marked as, what triggers have counted of its
// items, and as a JSON array what of that has expired at the one parameter.
const PostCounts = `albums.nsfw, albums.items, items_nsfw, items_pending, items_rejected, items_private,
	(SELECT CAST(json_array(count(*), count(*) FILTER (WHERE status = 'nsfw'), count(*) FILTER (WHERE status = 'pending'),
			count(*) FILTER (WHERE status = 'rejected'), count(*) FILTER (WHERE status = 'private')) AS text)
		FROM items AS past WHERE past.album_id = albums.id AND past.state = 'live' AND past.purge_at IS NULL AND past.expires_at <= ?)`

// PostCount is the destination of PostCounts.
type PostCount struct {
	NSFW bool
	all  media.ItemCounts
	past [5]int64
	text string
}

func (c *PostCount) Columns() []any {
	return []any{&c.NSFW, &c.all.All, &c.all.NSFW, &c.all.Pending, &c.all.Rejected, &c.all.Own, &c.text}
}

// Left are the items that have not expired, and what they make of the post.
func (c *PostCount) Left() (media.ItemCounts, media.Moderation, error) {
	if err := json.Unmarshal([]byte(c.text), &c.past); err != nil {
		return media.ItemCounts{}, "", err
	}
	n := media.ItemCounts{
		All: c.all.All - c.past[0], NSFW: c.all.NSFW - c.past[1],
		Pending: c.all.Pending - c.past[2], Rejected: c.all.Rejected - c.past[3],
		Own: c.all.Own - c.past[4],
	}
	return n, n.Moderation(c.NSFW), nil
}
