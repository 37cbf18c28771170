package media

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// This file is the one home of who may see and change what. An item, album,
// post or comment is shown by asking here, and lists are read with what is
// decided here. Nothing else compares a moderation status or a visibility, but
// for the triggers of the database, which keep what stands in public lists.

// Viewer is a caller who asks to see something, with what they show for it.
type Viewer struct {
	Caller
	Key    string               // of a private album or post; "" for none
	Signed func(id string) bool // reports whether a signed link opens an item for them; nil: none
	Opened func(Lock) bool      // reports whether they have given the password; nil: of nothing
	// File is set where they ask for a file of the item alone, and reports whether that
	// has had links at another site, where the password of an album closed its pages and
	// not its files: these links go on working.
	File func(number int64) bool
	// Delete is set where they ask for the page of an item's delete link, whose token is
	// compared besides. It opens whatever moderators or its owner close, and nothing withheld.
	Delete bool
}

// Lock is the hash of the password that an album or an item opens by, "" for none.
// What an album's lock closes is closed with each of its items.
type Lock string

// ErrLocked reports that something opens by a password that the viewer has not given.
var ErrLocked = fmt.Errorf("needs a password: %w", ErrForbidden)

// ErrGone reports that an item has expired. It wraps fs.ErrNotExist.
var ErrGone = fmt.Errorf("has expired: %w", fs.ErrNotExist)

// ErrNotOwner reports that something belongs to another user. Callers see it as missing.
var ErrNotOwner = fmt.Errorf("of another user: %w", fs.ErrNotExist)

// errHidden reports that a viewer must not know of something. Viewers see it as missing.
var errHidden = fmt.Errorf("not shown to this caller: %w", fs.ErrNotExist)

// Owns reports whether the caller is the user.
func (c Caller) Owns(userID int64) bool { return userID != 0 && c.User.ID == userID }

// ActsFor reports whether the caller changes what belongs to a user by a right over
// others: as an admin, and not as the owner.
func (c Caller) ActsFor(ownerID int64) bool { return c.User.Admin && !c.Owns(ownerID) }

// MayChange reports whether the caller may change what belongs to a user, and see what
// others must not: the caller is that user, or an admin. Uploads of guests are for
// admins alone.
func (c Caller) MayChange(ownerID int64) bool { return c.User.Admin || c.Owns(ownerID) }

// MayModerate reports whether the caller may moderate.
func (c Caller) MayModerate() bool { return c.User.Admin || c.User.Moderator }

// MayDecide reports whether the caller may decide about an item as a moderator. What its
// owner keeps from others is for admins, whatever password a moderator knows.
func (c Caller) MayDecide(it *Item) bool {
	return c.MayModerate() && (!it.closed() || c.MayChange(it.UserID))
}

// Decides returns the query for those items of a sender that the caller may decide about,
// as MayDecide says, if the caller moderates.
func (c Caller) Decides(from Sender) PendingQuery {
	return PendingQuery{From: from, Open: !c.User.Admin, Own: c.User.ID}
}

// ClosesOut reports whether an item becomes private that the caller takes out of its album,
// and says nothing of who may see it: what the album's password closed, only its owner opens.
func (c Caller) ClosesOut(before, after *Item) bool {
	return before.AlbumLock != "" && after.AlbumID != before.AlbumID && after.Visibility == before.Visibility && c.ActsFor(before.UserID)
}

// MayAdminister reports whether the caller may see and change what is the whole site's:
// users, bans, categories, the audit log.
func (c Caller) MayAdminister() bool { return c.User.Admin }

// sees reports whether the caller sees of a user's things also what moderators
// keep from others.
func (c Caller) sees(ownerID int64) bool { return c.MayChange(ownerID) || c.MayModerate() }

// MayHaveBack reports whether the caller may restore an item from the trash. Its owner
// may; admins may restore items of deleted users.
func (c Caller) MayHaveBack(it *Item) bool {
	return c.Owns(it.UserID) || it.UserID == 0 && c.User.Admin
}

// MayClaim reports whether the caller may make an item their own who knows its delete token:
// it is a guest's, and they are none.
func (c Caller) MayClaim(it *Item) bool { return c.User.ID != 0 && it.UserID == 0 }

// Public reports whether others may know of the user: an admin has approved the account.
func (u *User) Public() bool { return u.State != UserWaiting }

// Rule is the policy of who sees what, at a time.
type Rule struct {
	HidePending bool // what waits for a moderator is for its owner and admins alone
	Now         time.Time
}

// allStatuses are what moderators may think of something, and what stands in
// queries for that.
var allStatuses = []Moderation{ModerationApproved, ModerationNSFW, ModerationPending, ModerationRejected, statusOwn}

// statusOwn is the status, in queries, of items that no list shows to others than
// their owner and admins: of private ones, of those that have a lock, and of withheld ones.
const statusOwn Moderation = "private"

// Open reports whether everyone who knows the link may see something of a status.
func (r Rule) Open(m Moderation) bool {
	switch m {
	case ModerationApproved, ModerationNSFW:
		return true
	case ModerationPending:
		return !r.HidePending
	}
	return false
}

// listed reports whether something may stand in public lists.
func listed(m Moderation) bool { return m == ModerationApproved || m == ModerationNSFW }

// Filter returns what queries for a user's items may return to a viewer.
func (r Rule) Filter(v Viewer, ownerID int64) Filter {
	f := Filter{Now: r.Now}
	for _, m := range allStatuses {
		if m == statusOwn && v.MayChange(ownerID) || m != statusOwn && (r.Open(m) || v.sees(ownerID)) {
			f.Statuses = append(f.Statuses, m)
		}
	}
	return f
}

// Public returns what queries for public lists may return.
func (r Rule) Public() Filter {
	f := Filter{Now: r.Now}
	for _, m := range allStatuses {
		if listed(m) {
			f.Statuses = append(f.Statuses, m)
		}
	}
	return f
}

// Filter restricts queries to items of these statuses that have not expired at Now.
type Filter struct {
	Statuses []Moderation
	Now      time.Time
}

// Everything returns the filter that lets everything pass that has not expired.
func Everything(now time.Time) Filter { return Filter{Statuses: allStatuses, Now: now} }

// Item decides whether a viewer may see an item by its own link. Such a link opens items
// of private albums, too, but not the album. The error wraps fs.ErrNotExist; it is
// ErrGone if the item has expired, and ErrLocked without its password or its album's.
func (r Rule) Item(v Viewer, it *Item) error {
	hidden := !r.Open(it.Moderation()) && !v.sees(it.UserID) || it.IsPrivate() && !v.holds(it)
	if hidden && (!v.Delete || it.Expired(r.Now)) || it.Withheld && !v.MayChange(it.UserID) {
		return errHidden
	}
	if it.Expired(r.Now) {
		return ErrGone
	}
	if v.Delete || v.holds(it) || v.opened(it.Lock) && (v.opened(it.AlbumLock) || v.File != nil && v.File(it.Number)) {
		return nil
	}
	return ErrLocked
}

// holds reports whether nothing of the owner's closes an item to the viewer.
func (v Viewer) holds(it *Item) bool {
	return v.MayChange(it.UserID) || v.Signed != nil && v.Signed(it.ID)
}

// opened reports whether a lock is none, or open.
func (v Viewer) opened(l Lock) bool { return l == "" || v.Opened != nil && v.Opened(l) }

// IsPrivate reports whether the item is for its owner and admins alone.
func (it *Item) IsPrivate() bool { return it.Visibility == Private }

// InLists reports whether the item may stand in public lists by its owner's word.
func (it *Item) InLists() bool { return it.Visibility == Public && it.Lock == "" && !it.Withheld }

// ForEveryone reports whether all who have the links of an item's files may see them,
// so that caches and other hosts may have them, too.
func (it *Item) ForEveryone() bool {
	return it.Approved() && !it.closed()
}

// closed reports whether those who have the links of an item may not see it, whatever
// moderators think.
func (it *Item) closed() bool {
	return it.IsPrivate() || it.Lock != "" || it.AlbumLock != "" || it.Withheld
}

// Elsewhere is who may see the item where nothing knows that its owner is withheld.
func (it *Item) Elsewhere() Visibility { return elsewhere(it.Visibility, it.Withheld) }

// Elsewhere is that of an album, with the key that it has then.
func (a *Album) Elsewhere() (v Visibility, key string) {
	v = elsewhere(a.Visibility, a.Withheld)
	if key = a.AccessKey; key == "" {
		key = NewAccessKey(v)
	}
	return v, key
}

func elsewhere(v Visibility, withheld bool) Visibility {
	if withheld {
		return Private
	}
	return v
}

// Lasting reports whether everyone may read an item's files for as long as it is not
// deleted, so that the link to them may be one that nobody decides on again. a is the
// item's album, nil for none.
func (r Rule) Lasting(it *Item, a *Album) bool {
	return it.ForEveryone() && listed(it.Moderation()) && it.ExpiresAt.IsZero() && it.PurgeAt.IsZero() && (a == nil || !a.IsPrivate())
}

// ItemOf is Item for requests in which the item stands for its post, too.
func (r Rule) ItemOf(v Viewer, it *Item, a Album) error {
	if err := r.Item(v, it); err != nil {
		return err
	}
	return mayOpen(v, a)
}

// Album decides whether a viewer may see an album or post by its slug. The error wraps
// fs.ErrNotExist, or is ErrForbidden for a private one without its key.
func (r Rule) Album(v Viewer, a Album, status Moderation) error {
	if !r.Open(status) && !v.sees(a.UserID) || a.Withheld && !v.MayChange(a.UserID) {
		return errHidden
	}
	return mayOpen(v, a)
}

// mayOpen compares the key of a private album.
func mayOpen(v Viewer, a Album) error {
	switch {
	case v.MayChange(a.UserID):
	case a.IsPrivate() && !v.holdsKey(a):
		return ErrForbidden
	case !v.opened(a.Lock):
		return ErrLocked
	}
	return nil
}

func (v Viewer) holdsKey(a Album) bool {
	return a.AccessKey != "" && subtle.ConstantTimeCompare([]byte(v.Key), []byte(a.AccessKey)) == 1
}

// NewAccessKey returns a new key for an album of a visibility, "" if it needs none.
func NewAccessKey(v Visibility) string {
	if v != Private {
		return ""
	}
	return strings.ToLower(rand.Text())
}

// AccessKeyFor returns the key that an album has in a visibility, nil for no change.
func AccessKeyFor(a Album, wanted *Visibility) *string {
	if wanted == nil || *wanted == a.Visibility {
		return nil
	}
	key := NewAccessKey(*wanted)
	return &key
}

// NumberedPost decides whether a viewer may see a post by its number. Anyone can count
// numbers, so they open only posts that stand in lists, that the viewer may change, or
// whose key the viewer has. Other posts look missing.
func (r Rule) NumberedPost(v Viewer, p *Post) error {
	if v.MayChange(p.UserID) || p.InLists() && p.Items > p.OwnItems && listed(p.Moderation) {
		return nil
	}
	if v.holdsKey(p.Album) {
		return r.Album(v, p.Album, p.Moderation)
	}
	return errHidden
}

// Comment decides whether a viewer may see the comments of a post. Comments have numbers
// only, so slug is that of the post if the viewer named it.
func (r Rule) Comment(v Viewer, p *Post, slug string) error {
	if slug == p.Slug {
		return r.Album(v, p.Album, p.Moderation)
	}
	return r.NumberedPost(v, p)
}

// IsPrivate reports whether the album has an access key.
func (a *Album) IsPrivate() bool { return a.Visibility == Private }

// InLists reports whether the album may stand in public lists.
func (a *Album) InLists() bool { return a.Visibility == Public && a.Lock == "" && !a.Withheld }

// Visibilities are the choices of an owner.
func Visibilities() []Visibility { return []Visibility{Public, Hidden, Private} }

// VisibilityFor returns the visibility of what a caller uploads: the one asked for, or the
// caller's own default, or otherwise, or Hidden. Guests have nothing for themselves
// alone: the error is ErrNotForGuests if one asks for that.
func VisibilityFor(c Caller, asked, otherwise Visibility) (Visibility, error) {
	v := cmp.Or(asked, c.User.DefaultVisibility, otherwise, Hidden)
	switch {
	case v != Private || !c.Guest:
		return v, nil
	case asked == Private:
		return "", ErrNotForGuests
	}
	return Hidden, nil
}

// SeenAlike reports whether the same viewers see two items of one owner, as far as the
// items themselves say.
func SeenAlike(a, b *Item) bool { return a.Visibility == b.Visibility && a.Lock == b.Lock }

// ErrVisibility reports a word that is no visibility.
var ErrVisibility = errors.New("not a visibility")

// ErrNotForGuests reports that a guest wants something that needs an account.
var ErrNotForGuests = errors.New("guests cannot have private files")

// ParseVisibility returns the visibility of a word.
func ParseVisibility(s string) (Visibility, bool) {
	switch v := Visibility(s); v {
	case Public, Hidden, Private:
		return v, true
	case "unlisted":
		return Hidden, true
	}
	return "", false
}

// ItemsFor tells how many items the post has for a viewer, whatever moderators think.
func (p *Post) ItemsFor(v Viewer) int64 {
	if v.MayChange(p.UserID) {
		return p.Items
	}
	return p.Items - p.OwnItems
}

// Adult reports whether the item is for those who ask for adult content: by its
// owner's word, a moderator's, or since its post is marked so.
func (it *Item) Adult() bool { return it.NSFW || it.ModeratorNSFW || it.PostNSFW }

// Moderation is what moderators, or the owner's word, make of the item.
func (it *Item) Moderation() Moderation {
	switch {
	case it.ModerationStatus != "":
		return it.ModerationStatus
	case it.Adult():
		return ModerationNSFW
	}
	return ModerationApproved
}

// Approved reports whether no moderator has kept the item back.
func (it *Item) Approved() bool { return it.ModerationStatus == "" }

// Waits reports whether the item waits for a moderator.
func (it *Item) Waits() bool { return it.ModerationStatus == ModerationPending }

// Rejected reports whether a moderator has rejected the item.
func (it *Item) Rejected() bool { return it.ModerationStatus == ModerationRejected }

// Verdict returns what moderators have made of the item, whatever its owner says of it.
func (it *Item) Verdict() Moderation {
	switch {
	case it.ModerationStatus != "":
		return it.ModerationStatus
	case it.ModeratorNSFW:
		return ModerationNSFW
	}
	return ModerationApproved
}

// Adult reports whether the post is for those who ask for adult content.
func (p *Post) Adult() bool { return p.Moderation == ModerationNSFW }

// Stored returns how the database keeps a verdict: whether an item is held, and
// whether it is adult.
func (m Moderation) Stored() (held Moderation, nsfw bool) {
	if m == ModerationNSFW {
		return ModerationApproved, true
	}
	return m, false
}

// ItemCounts are the items of a post by what moderators think of them. Own are
// those that only their owner and admins see, whatever moderators think.
type ItemCounts struct{ All, NSFW, Pending, Rejected, Own int64 }

// Of tells how many of the items are of these statuses.
func (n ItemCounts) Of(statuses []Moderation) (sum int64) {
	for _, m := range statuses {
		switch m {
		case ModerationApproved:
			sum += n.All - n.NSFW - n.Pending - n.Rejected - n.Own
		case ModerationNSFW:
			sum += n.NSFW
		case ModerationPending:
			sum += n.Pending
		case ModerationRejected:
			sum += n.Rejected
		case statusOwn:
			sum += n.Own
		}
	}
	return sum
}

// Moderation is what the items, and the owner's word, make of a post.
func (n ItemCounts) Moderation(nsfw bool) Moderation {
	switch {
	case n.All > n.Own && n.Rejected == n.All-n.Own:
		return ModerationRejected
	case n.Pending > 0:
		return ModerationPending
	case nsfw || n.NSFW > 0:
		return ModerationNSFW
	}
	return ModerationApproved
}
