//go:build linux

package records_test

import (
	"context"
	"fmt"
	"time"

	"postern/media"
)

// growthRow is one thing that is measured.
type growthRow struct {
	name   string
	rounds int // 0 for those of the flags
	run    func(ctx context.Context, g *grown) error
}

// galleryPage is how many items a page of the gallery reads.
const galleryPage = 61

var growthRows = []growthRow{
	{"upload", 0, upload},
	{"lookup by ID", 0, func(ctx context.Context, g *grown) error {
		_, err := g.Item(ctx, grownID(g.any(7919)))
		return err
	}},
	{"lookup by key", 0, func(ctx context.Context, g *grown) error {
		_, _, err := g.ItemAt(ctx, grownKey(g.any(7919)))
		return err
	}},
	{"duplicates", 0, func(ctx context.Context, g *grown) error {
		_, err := g.Duplicates(ctx, media.DuplicateQuery{MD5: fmt.Sprintf("%032x", g.any(7919)), UserID: 1})
		return err
	}},
	{"edit", 0, func(ctx context.Context, g *grown) error {
		it, err := g.Item(ctx, grownID(g.any(10)))
		if err != nil {
			return err
		}
		it.Title = fmt.Sprint("edited ", g.turn)
		return g.UpdateItem(ctx, it, noon)
	}},
	{"trash and restore", 0, func(ctx context.Context, g *grown) error {
		it, err := g.MoveToTrash(ctx, grownID(g.any(10)), noon.Add(time.Hour))
		if err == nil {
			_, err = g.Restore(ctx, it.ID, noon)
		}
		return err
	}},
	{"gallery", 0, gallery(media.ItemQuery{})},
	{"gallery, deep", 0, func(ctx context.Context, g *grown) error {
		return gallery(media.ItemQuery{After: media.Cursor{CreatedAt: g.date(0.5), Number: 1 << 40}})(ctx, g)
	}},
	{"gallery, videos", 0, gallery(media.ItemQuery{Kind: media.KindVideo})},
	{"trash", 0, func(ctx context.Context, g *grown) error {
		_, err := g.Items(ctx, media.ItemQuery{UserID: user, InTrash: true, Filter: media.Everything(noon), Limit: galleryPage})
		return err
	}},
	{"search, every item", 0, gallery(media.ItemQuery{Search: "jpg"})},
	{"search, a quarter", 0, gallery(media.ItemQuery{Search: "screenshot"})},
	{"search, rare", 0, gallery(media.ItemQuery{Search: "axolotl"})},
	{"search, nothing", 0, gallery(media.ItemQuery{Search: "hippogriff"})},
	{"search, two words", 0, gallery(media.ItemQuery{Search: "img jpg"})},
	{"search, two apart", 0, gallery(media.ItemQuery{Search: "screenshot dscf"})},
	{"search, inside a word", 0, gallery(media.ItemQuery{Search: "creensh"})},
	{"search, two letters", 0, gallery(media.ItemQuery{Search: "zq"})},
	{"search, one letter", 0, gallery(media.ItemQuery{Search: "a"})},
	{"search, one kanji", 0, gallery(media.ItemQuery{Search: "鯨"})},
	{"search, Japanese", 0, gallery(media.ItemQuery{Search: "東京"})},
	{"albums", 0, func(ctx context.Context, g *grown) error {
		_, err := g.AlbumsOf(ctx, media.AlbumQuery{UserID: user, Now: noon, Limit: galleryPage})
		return err
	}},
	{"album", 0, func(ctx context.Context, g *grown) error {
		return gallery(media.ItemQuery{AlbumID: album})(ctx, g)
	}},
	{"post of many", 0, func(ctx context.Context, g *grown) error {
		_, err := g.PostItems(ctx, album, media.Everything(noon), 0, 60)
		return err
	}},
	{"tag", 0, itemsOf(media.ItemQuery{Tag: "tag1", Listed: true})},
	{"tag, own", 0, func(ctx context.Context, g *grown) error {
		return itemsOf(media.ItemQuery{Tag: "tag1", UserID: user})(ctx, g)
	}},
	{"tag of two spellings", 0, itemsOf(media.ItemQuery{Tag: "both", Listed: true})},
	{"tag, mostly hidden", 0, itemsOf(media.ItemQuery{Tag: "hidden", Listed: true})},
	{"category", 0, itemsOf(media.ItemQuery{CategoryID: 1, Listed: true})},
	{"category, own", 0, func(ctx context.Context, g *grown) error {
		return itemsOf(media.ItemQuery{CategoryID: 1, UserID: user})(ctx, g)
	}},
	{"list", 0, listed(media.ListQuery{Limit: 10})},
	{"list, deep", 0, func(ctx context.Context, g *grown) error {
		return listed(media.ListQuery{Limit: 10, Offset: g.items / 2, NSFW: true})(ctx, g)
	}},
	{"list, walk", 0, func(ctx context.Context, g *grown) error {
		return listed(media.ListQuery{Limit: 10, Offset: 100, Until: int64(g.items) - 100})(ctx, g)
	}},
	{"list of a tag", 0, listed(media.ListQuery{Limit: 10, Tag: "tag1"})},
	{"list of a tag, deep", 0, func(ctx context.Context, g *grown) error {
		return listed(media.ListQuery{Limit: 10, Tag: "tag1", Offset: g.items / 40})(ctx, g)
	}},
	{"list of a user", 0, listed(media.ListQuery{Limit: 10, UserID: 1})},
	{"list of a week", 0, listed(media.ListQuery{Limit: 10, Since: noon.AddDate(0, 0, -7)})},
	{"list of posts", 0, func(ctx context.Context, g *grown) error {
		_, err := g.ListPosts(ctx, media.ListQuery{Now: noon, Limit: 10}, 0)
		return err
	}},
	{"random", 0, random(media.ListQuery{}, 250)},
	{"random of a tag", 0, random(media.ListQuery{Tag: "tag1"}, 250)},
	{"random of a user", 0, random(media.ListQuery{UserID: 1}, 100)}, // as many as are listed in the small database
	{"random one", 0, random(media.ListQuery{}, 1)},
	{"random posts", 0, func(ctx context.Context, g *grown) error {
		return randomly(ctx, g, media.ListQuery{Limit: 10}, 10, func(q media.ListQuery) (int, error) {
			list, err := g.ListPosts(ctx, q, 0)
			return list.Total, err
		})
	}},
	{"usage", 0, func(ctx context.Context, g *grown) error {
		_, err := g.Usage(ctx, user, "", noon)
		return err
	}},
	{"holdings", 0, func(ctx context.Context, g *grown) error {
		_, err := g.Holdings(ctx, user)
		return err
	}},
	{"reap of 100", 5, func(ctx context.Context, g *grown) error {
		items, err := g.BeginExpire(ctx, noon.Add(time.Hour), 100, nil)
		if err != nil || len(items) != 100 {
			return fmt.Errorf("%d items: %w", len(items), err)
		}
		var numbers []int64
		for _, it := range items {
			numbers = append(numbers, it.Number)
		}
		return g.FinishDelete(ctx, numbers...)
	}},
	{"start", 20, func(ctx context.Context, g *grown) error { return g.start(ctx) }},
}

// any is the number of an item that is not about to expire, another one each
// turn. Those of user 1 are the ones that 10 divides.
func (g *grown) any(step int) int { return (1+g.turn*step%(g.items*9/100))*10 - step%10 }

// date is when that share of the items was there.
func (g *grown) date(share float64) time.Time {
	return noon.Add(-time.Duration((1 - share) * float64(grownFor)))
}

func upload(ctx context.Context, g *grown) error {
	g.next++
	it := grownUpload(int(g.next), g.items)
	it.CreatedAt = noon.Add(time.Duration(g.turn) * time.Second)
	return g.InsertItem(ctx, &it, media.UploadLimits{Twins: media.DuplicateQuery{MD5: it.SourceMD5, UserID: it.UserID}, CountedAt: noon})
}

// gallery reads what a page of the gallery shows.
func gallery(q media.ItemQuery) func(ctx context.Context, g *grown) error {
	return func(ctx context.Context, g *grown) error {
		q := q
		q.UserID, q.Limit, q.Filter = user, galleryPage, media.Everything(noon)
		items, err := g.Items(ctx, q)
		if err == nil && len(items) == q.Limit {
			_, err = g.CountItems(ctx, q)
		}
		if err != nil {
			return err
		}
		_, err = g.CountItems(ctx, media.ItemQuery{UserID: user, InTrash: true, Filter: media.Everything(noon)})
		return err
	}
}

func itemsOf(q media.ItemQuery) func(ctx context.Context, g *grown) error {
	q.Limit, q.Filter = galleryPage, media.Everything(noon)
	return func(ctx context.Context, g *grown) error {
		_, err := g.Items(ctx, q)
		return err
	}
}

func listed(q media.ListQuery) func(ctx context.Context, g *grown) error {
	q.Now = noon
	return func(ctx context.Context, g *grown) error {
		list, err := g.ListItems(ctx, q)
		if err == nil && len(list.Some) == 0 {
			err = fmt.Errorf("an empty page of %d", list.Total)
		}
		return err
	}
}

func random(q media.ListQuery, limit int) func(ctx context.Context, g *grown) error {
	return func(ctx context.Context, g *grown) error {
		return randomly(ctx, g, q, limit, func(q media.ListQuery) (int, error) {
			list, err := g.ListItems(ctx, q)
			return list.Total, err
		})
	}
}

// randomly reads a page of a random order.
func randomly(_ context.Context, g *grown, q media.ListQuery, limit int, read func(media.ListQuery) (int, error)) error {
	q.Now, q.Ranks = noon, []int{}
	total, err := read(q)
	if err != nil {
		return err
	}
	for i := range min(limit, total) {
		q.Ranks = append(q.Ranks, (g.turn*104729+i*7919)%total)
	}
	_, err = read(q)
	return err
}
