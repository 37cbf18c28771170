package config

import (
	"fmt"
	"regexp"
	"slices"
)

// TakenRoutes are the first parts of paths that the server answers itself, which no route of
// items can have.
var TakenRoutes = []string{
	"1", "a", "account", "admin", "album", "albums", "api", "api-v1", "category", "f", "favicon.ico",
	"files", "gallery", "healthz", "images", "invitation", "items", "keys", "manifest.webmanifest",
	"moderation", "oembed", "p", "preferences", "readyz", "register", "report", "robots.txt",
	"sign-in", "sign-out", "static", "tag", "tags", "tools", "u", "upload", "words",
}

// A route stands in paths as it is.
var routeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// checkRoute refuses a route that leads nowhere, or that hides pages.
func checkRoute(key, word string) error {
	if !routeForm.MatchString(word) {
		return fmt.Errorf("%s = %q: must be one word of up to 40 letters, digits, - and _", key, word)
	}
	if slices.Contains(TakenRoutes, word) {
		return fmt.Errorf("%s = %q: the server has other pages there", key, word)
	}
	return nil
}
