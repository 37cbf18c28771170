package present

import (
	"net/url"
	"strconv"

	"postern/media"
)

// TagPath is the path of the page of a tag. All paths here are below the root.
func TagPath(name string) string { return "/tag/" + PercentEncode(name) }

// CategoryPath is the path of the page of a category.
func CategoryPath(id int64) string { return "/category/" + strconv.FormatInt(id, 10) }

// AlbumPath is the path of the page of an album, which a post is, too.
func AlbumPath(a media.Album) string { return "/album/" + a.Slug }

// KeyQuery is the access key of a private album or post as a further part of a URL,
// behind "?" or "&"; "" for no key.
func KeyQuery(separator, key string) string {
	if key == "" {
		return ""
	}
	return separator + "key=" + url.QueryEscape(key)
}

// ProfilePath is the path of a user's page.
func ProfilePath(user string) string { return "/u/" + url.PathEscape(user) }
