package galleries

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

// step does one random thing.
func (m *model) step() {
	ctx := m.t.Context()
	switch n := m.r.IntN(33); {
	case n < 8 || len(m.items) == 0:
		m.insert()
	case n < 10:
		it := pick(m, m.items)
		_, err := m.db.BeginDelete(ctx, it.ID)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			m.t.Fatal(err)
		}
		it.gone, it.trashed, it.post = true, false, 0
		if m.r.IntN(2) == 0 {
			m.must(m.db.FinishDelete(ctx, it.Number))
		}
	case n < 12:
		m.insertPost()
	case n < 14 && len(m.posts) > 0:
		p := pick(m, m.posts)
		p.Visibility = pick(m, []media.Visibility{media.Public, media.Hidden, media.Private})
		p.Lock = pick(m, []media.Lock{"", "", "$word"})
		m.must(m.db.UpdatePost(ctx, p.ID, media.PostChange{Visibility: &p.Visibility, Lock: &p.Lock}))
	case n < 15 && len(m.posts) > 0:
		m.deletePost()
	case n < 17:
		it := pick(m, m.items)
		verdict := pick(m, []media.Moderation{media.ModerationApproved, media.ModerationPending, media.ModerationRejected})
		if _, err := m.db.SetModeration(ctx, it.ID, verdict); err == nil {
			it.moderation = verdict
		} else if !errors.Is(err, fs.ErrNotExist) || it.there() {
			m.t.Fatal(err)
		}
	case n < 21:
		m.move(pick(m, m.items))
	case n < 24:
		m.trashOrRestore(pick(m, m.items))
	case n < 26:
		it := pick(m, m.items)
		it.NSFW = !it.NSFW
		it.AlbumID = it.post
		if !m.update(it) {
			it.NSFW = !it.NSFW
		}
	case n < 32:
		m.close(pick(m, m.items))
	default:
		u := pick(m, m.users)
		m.withheld[u.ID] = m.r.IntN(3) == 0
		m.must(m.db.Withhold(ctx, u.ID, m.withheld[u.ID]))
	}
}

// update records what an item is now, unless it is not there. Its visibility is
// what its owner sees: it changes nothing.
func (m *model) update(it *modelItem) bool {
	if !it.there() {
		return false
	}
	it.Visibility = it.seen()
	m.must(m.db.UpdateItem(m.t.Context(), *it.Item, contract.Noon))
	return true
}

// seen is the visibility that an item's owner sees.
func (it *modelItem) seen() media.Visibility {
	if it.visibility != media.Public || !it.wasClosed {
		return it.visibility
	}
	return media.Hidden
}

// own reports whether an item is for its owner and admins alone.
func (m *model) own(it *modelItem) bool { return it.closed || m.withheld[it.UserID] }

// close gives an item another visibility, or a lock, or takes that away.
func (m *model) close(it *modelItem) {
	if !it.there() {
		return
	}
	want := pick(m, []media.Visibility{media.Public, media.Public, media.Hidden, media.Private})
	if want != it.seen() {
		it.visibility, it.wasClosed = want, false
	}
	it.Visibility, it.AlbumID = want, it.post
	it.Lock = pick(m, []media.Lock{"", "", "$word"})
	it.closed = it.Lock != "" || want == media.Private
	m.must(m.db.UpdateItem(m.t.Context(), *it.Item, contract.Noon))
	got, err := m.db.Item(m.t.Context(), it.ID)
	m.must(err)
	if got.Visibility != want || got.Lock != it.Lock {
		m.t.Errorf("item %s is %s, %q, want %s, %q", it.ID, got.Visibility, got.Lock, want, it.Lock)
	}
}

// public reports whether a post's items may stand in lists.
func public(p *media.Post) bool { return p.Visibility == media.Public && p.Lock == "" }

// move puts an item into a post of its owner's, or into none.
func (m *model) move(it *modelItem) {
	if !it.there() {
		return
	}
	from := it.post
	it.AlbumID = 0
	for _, p := range m.posts {
		if p.UserID == it.UserID && m.r.IntN(2) == 0 {
			it.AlbumID = p.ID
		}
	}
	m.update(it)
	switch {
	case it.AlbumID == from:
	case it.AlbumID != 0:
		it.post, it.wasClosed = it.AlbumID, false
	default:
		for _, p := range m.posts {
			it.wasClosed = it.wasClosed || p.ID == from && !public(p)
		}
		it.post = 0
	}
}

// trashOrRestore puts an item into the trash, or takes it out.
func (m *model) trashOrRestore(it *modelItem) {
	if it.gone {
		return
	}
	var err error
	if it.trashed {
		_, err = m.db.Restore(m.t.Context(), it.ID, contract.Noon)
	} else {
		_, err = m.db.MoveToTrash(m.t.Context(), it.ID, contract.Noon.Add(time.Hour))
	}
	m.must(err)
	it.trashed = !it.trashed
}

func (m *model) insert() {
	it := contract.Picture(fmt.Sprintf("%07d", len(m.items)))
	it.Kind = pick(m, []media.Kind{media.KindImage, media.KindVideo})
	it.CreatedAt = contract.Noon.Add(-time.Duration(m.r.IntN(30*24)) * time.Hour)
	it.NSFW = m.r.IntN(4) == 0
	if n := m.r.IntN(4); n < 3 {
		it.UserID = m.users[n].ID
	}
	for _, tag := range modelTags {
		if m.r.IntN(3) == 0 {
			it.Tags = append(it.Tags, tag)
		}
	}
	it.Visibility = pick(m, []media.Visibility{media.Public, media.Public, media.Hidden, media.Private})
	it.Title, it.OriginalName = pick(m, []string{"", "b", "B", "Été"}), pick(m, []string{"a.jpg", "C.jpg"})
	it.Original.Size, it.Views = int64(m.r.IntN(4)*100), int64(m.r.IntN(3))
	m.must(m.db.InsertItem(m.t.Context(), &it, media.UploadLimits{}))
	m.items = append(m.items, &modelItem{
		Item: &it, moderation: media.ModerationApproved, visibility: it.Visibility, closed: it.Visibility == media.Private,
	})
}

func (m *model) insertPost() {
	u := pick(m, m.users)
	p := &media.Post{
		Album: media.Album{Slug: fmt.Sprintf("p%06d", m.r.IntN(1e6)), UserID: u.ID, CreatedAt: contract.Noon.Add(-time.Duration(m.r.IntN(30*24)) * time.Hour),
			Visibility: pick(m, []media.Visibility{media.Public, media.Hidden, media.Private})}, Tags: modelTags[:m.r.IntN(3)],
	}
	var numbers []int64
	var chosen []*modelItem
	for _, it := range m.items {
		if it.UserID == u.ID && it.post == 0 && it.there() && m.r.IntN(4) == 0 {
			numbers, chosen = append(numbers, it.Number), append(chosen, it)
		}
	}
	m.must(m.db.InsertPost(m.t.Context(), p, numbers))
	for _, it := range chosen {
		it.post, it.wasClosed = p.ID, false
	}
	m.posts = append(m.posts, p)
}

func (m *model) deletePost() {
	i := m.r.IntN(len(m.posts))
	p := m.posts[i]
	m.must(m.db.DeleteAlbum(m.t.Context(), p.ID))
	m.posts = slices.Delete(m.posts, i, i+1)
	for _, it := range m.items {
		if it.post == p.ID {
			it.post, it.wasClosed = 0, it.wasClosed || !public(p)
			if p.Lock != "" {
				it.visibility, it.closed = media.Private, true
			}
		}
	}
}

// deleteUser removes a user with everything.
func (m *model) deleteUser() {
	u := m.users[0]
	m.must(m.db.DeleteUser(m.t.Context(), u.ID, time.Time{}))
	for _, it := range m.items {
		if it.UserID == u.ID {
			it.gone = true
		}
	}
	m.posts = slices.DeleteFunc(m.posts, func(p *media.Post) bool { return p.UserID == u.ID })
	for {
		items, err := m.db.Deleting(m.t.Context(), 100)
		m.must(err)
		if len(items) == 0 {
			return
		}
		for _, it := range items {
			m.must(m.db.FinishDelete(m.t.Context(), it.Number))
		}
	}
}
