package handlers

import (
	"net/url"
	"strconv"

	"postern/media"
)

func tagPath(name string) string { return "/tag/" + percentEncode(name) }

func categoryPath(id int64) string { return "/category/" + strconv.FormatInt(id, 10) }

func albumPath(a media.Album) string { return "/album/" + a.Slug }

// keyQuery is the key of a private album as a further part of a URL.
func keyQuery(separator, key string) string {
	if key == "" {
		return ""
	}
	return separator + "key=" + url.QueryEscape(key)
}

func postPath(slug string) string { return "/p/" + slug }

func profilePath(user string) string { return "/u/" + url.PathEscape(user) }
