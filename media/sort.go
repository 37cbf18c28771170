package media

import (
	"strconv"
	"strings"
)

// Sort is the order of a list of items. Items that are alike in it are in the order of
// their numbers.
type Sort string

// The orders.
const (
	SortNewest Sort = "" // the latest first
	SortOldest Sort = "oldest"
	SortTitle  Sort = "title" // A to Z: by Item.SortTitle
	SortSize   Sort = "size"  // of the originals, the largest first
	SortViews  Sort = "views" // the most viewed first
	SortAlbum  Sort = "album" // of one album: as its owner has put them
)

// Sorts returns all orders that any list may have.
func Sorts() []Sort { return []Sort{SortNewest, SortOldest, SortTitle, SortSize, SortViews} }

// Ascends reports whether what the order compares grows along the list.
func (s Sort) Ascends() bool { return s == SortOldest || s == SortTitle || s == SortAlbum }

// SortTitle is what SortTitle compares, byte by byte: the title, or the client's name of
// the file if there is none. Of all letters, only A to Z are made small.
func (it *Item) SortTitle() string {
	title := it.Title
	if title == "" {
		title = it.OriginalName
	}
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, title)
}

// CursorIn returns the item's position in lists of an order.
func (it *Item) CursorIn(s Sort) Cursor {
	c := it.Cursor()
	switch s {
	case SortTitle:
		c.Key = it.SortTitle()
	case SortSize:
		c.Key = strconv.FormatInt(it.Original.Size, 10)
	case SortViews:
		c.Key = strconv.FormatInt(it.Views, 10)
	}
	return c
}
