package library

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"postern/media"
)

// Arrangement is a change of the order of an album. IDs of items that are not in it are
// skipped.
type Arrangement struct {
	First  int      // place of the first of IDs, from 1
	IDs    []string // they stand one behind the other
	Places []Place  // of single items, after that

	By media.Sort // the order of all items, instead; SortNewest if there is nothing else
}

// Place is where an item of an album is to stand, from 1; behind the last one if there are
// fewer.
type Place struct {
	ID string
	At int
}

// Order returns the IDs of all items of an album, in the order that its pages have for its
// owner. The error is as that of Arrange.
func (s *Albums) Order(ctx context.Context, by media.Caller, slug string) ([]string, error) {
	a, err := s.own(ctx, by, slug)
	if err != nil {
		return nil, fmt.Errorf("order of album: %w", err)
	}
	items, err := s.numbers(ctx, by, a, a.Sort())
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	return ids, err
}

func (s *Albums) numbers(ctx context.Context, by media.Caller, a media.Album, sort media.Sort) ([]media.Numbered, error) {
	filter := s.rule().Filter(media.Viewer{Caller: by}, a.UserID)
	return s.lists.Numbers(ctx, media.ItemQuery{AlbumID: a.ID, UserID: a.UserID, Sort: sort, Filter: filter})
}

// Arrange puts all items of an album in an order, in one transaction. The error wraps
// fs.ErrNotExist when there is no such album that the caller may change, and is
// ErrManyItems for more than media.MaxPostItems IDs or places.
func (s *Albums) Arrange(ctx context.Context, by media.Caller, slug string, wanted Arrangement) error {
	if len(wanted.IDs) > media.MaxPostItems || len(wanted.Places) > media.MaxPostItems {
		return media.ErrManyItems
	}
	a, err := s.own(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("arrange album: %w", err)
	}
	for range 3 { // an item may leave the album meanwhile
		var change media.PostChange
		if change, err = s.arrangement(ctx, by, a, wanted); err != nil {
			return err
		}
		err = s.records.UpdatePost(s.audited(ctx, by, "album.edit", a), a.ID, change)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return err
}

// arrangement returns the change that puts the items of an album in an order. It names no
// items behind the last that moves, which are many in a large album.
func (s *Albums) arrangement(ctx context.Context, by media.Caller, a media.Album, wanted Arrangement) (media.PostChange, error) {
	if len(wanted.IDs)+len(wanted.Places) == 0 && wanted.By == media.SortNewest {
		return media.PostChange{Unarranged: true}, nil
	}
	now, err := s.numbers(ctx, by, a, a.Sort())
	if err != nil {
		return media.PostChange{}, err
	}
	ordered := wanted.of(now)
	if wanted.By != media.SortNewest {
		if ordered, err = s.numbers(ctx, by, a, wanted.By); err != nil {
			return media.PostChange{}, err
		}
	}
	moved := len(ordered)
	for a.Arranged && moved > 0 && moved <= len(now) && ordered[moved-1] == now[moved-1] {
		moved--
	}
	change := media.PostChange{}
	for _, it := range ordered[:moved] {
		change.Order = append(change.Order, it.Number)
	}
	return change, nil
}

// of returns the items in the wanted order.
func (w Arrangement) of(items []media.Numbered) []media.Numbered {
	items, chosen := takeOut(items, w.IDs)
	items = slices.Insert(items, bounded(w.First-1, len(items)), chosen...)
	places := slices.Clone(w.Places)
	slices.SortStableFunc(places, func(a, b Place) int { return cmp.Compare(a.At, b.At) })
	var ids []string
	at := make(map[string]int)
	for _, p := range places {
		ids, at[p.ID] = append(ids, p.ID), p.At
	}
	items, chosen = takeOut(items, ids)
	for _, it := range chosen {
		items = slices.Insert(items, bounded(at[it.ID]-1, len(items)), it)
	}
	return items
}

// takeOut parts those items that have these IDs, in their order, from the rest.
func takeOut(items []media.Numbered, ids []string) (rest, chosen []media.Numbered) {
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		if _, twice := at[id]; !twice {
			at[id] = i
		}
	}
	for _, it := range items {
		if _, ok := at[it.ID]; ok {
			chosen = append(chosen, it)
		} else {
			rest = append(rest, it)
		}
	}
	slices.SortFunc(chosen, func(a, b media.Numbered) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	return rest, chosen
}

func bounded(i, most int) int { return max(0, min(i, most)) }
