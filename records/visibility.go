package records

import (
	"encoding/json"

	"postern/media"
)

// Fragments of what may be seen. Who may see what is decided in package media,
// which gives queries a media.Filter.

const (
	// present is the condition of live items that are not in the trash.
	present = `state = 'live' AND purge_at IS NULL`

	// presentListed is the same for lists that have an index of their own.
	presentListed = `state = 'live' AND +purge_at IS NULL`

	// seen is the condition of items that a filter lets through; its
	// parameters are those of seenBy.
	seen = `(expires_at IS NULL OR expires_at > ?) AND status IN (texts_of(?))`

	// ofKindAndStatus is the condition of items of kind ?2, '' for any, and of
	// the statuses in ?3.
	ofKindAndStatus = `(?2 = '' OR kind = ?2) AND status IN (texts_of(?3))`

	// ended selects the items that have expired, but which the reaper has not
	// marked yet; spent selects the posts of which nothing that may be listed
	// is left when they are gone. ?7 is now. The plus keeps SQLite from passing
	// over the items of all posts in their order.
	ended = `SELECT number FROM items WHERE state = 'live' AND expires_at <= ?7`
	spent = `SELECT album_id FROM items
		WHERE state = 'live' AND purge_at IS NULL AND album_id IS NOT NULL AND expires_at <= ?7
		GROUP BY +album_id HAVING count(*) FILTER (WHERE status NOT IN ('rejected', 'private')) >= (
			SELECT albums.items - items_rejected - items_private FROM albums WHERE albums.id = album_id)`
)

// seenBy are the arguments of seen.
func seenBy(f media.Filter) []any {
	return []any{unixTime{&f.Now}, statusList(f.Statuses)}
}

// statusList is a list of statuses as one argument, for texts_of.
func statusList(statuses []media.Moderation) string {
	if statuses == nil {
		statuses = []media.Moderation{}
	}
	b, err := json.Marshal(statuses)
	if err != nil {
		panic(err) // texts can be written
	}
	return string(b)
}

// itemVisibility is how an item's owner sees who may see it: one that came out of an
// album that was not public is in no list.
const itemVisibility = `CASE WHEN unlisted AND items.visibility = 'public' THEN 'hidden' ELSE items.visibility END`

// setVisibility sets who may see an item, which its three parameters say; an item that is
// unlisted for its album stays so for as long as its owner says nothing else.
const setVisibility = `visibility = CASE WHEN ` + itemVisibility + ` = ? THEN visibility ELSE ? END,
	unlisted = (unlisted AND ` + itemVisibility + ` = ?)`

// albumLock is the lock of an item's album.
const albumLock = `coalesce((SELECT of_item.lock FROM albums AS of_item WHERE of_item.id = items.album_id), '')`

// postCounts are what an album is marked as, what triggers have counted of its
// items, and as a JSON array what of that has expired at the one parameter.
const postCounts = `albums.nsfw, albums.items, items_nsfw, items_pending, items_rejected, items_private,
	(SELECT CAST(json_array(count(*), count(*) FILTER (WHERE status = 'nsfw'), count(*) FILTER (WHERE status = 'pending'),
			count(*) FILTER (WHERE status = 'rejected'), count(*) FILTER (WHERE status = 'private')) AS text)
		FROM items AS past WHERE past.album_id = albums.id AND past.state = 'live' AND past.purge_at IS NULL AND past.expires_at <= ?)`

// postCount is the destination of postCounts.
type postCount struct {
	nsfw bool
	all  media.ItemCounts
	past [5]int64
	text string
}

func (c *postCount) columns() []any {
	return []any{&c.nsfw, &c.all.All, &c.all.NSFW, &c.all.Pending, &c.all.Rejected, &c.all.Own, &c.text}
}

// left are the items that have not expired, and what they make of the post.
func (c *postCount) left() (media.ItemCounts, media.Moderation, error) {
	if err := json.Unmarshal([]byte(c.text), &c.past); err != nil {
		return media.ItemCounts{}, "", err
	}
	n := media.ItemCounts{
		All: c.all.All - c.past[0], NSFW: c.all.NSFW - c.past[1],
		Pending: c.all.Pending - c.past[2], Rejected: c.all.Rejected - c.past[3],
		Own: c.all.Own - c.past[4],
	}
	return n, n.Moderation(c.nsfw), nil
}
