// Package oldsite knows what addresses and keys of old sites, whose content was
// imported, mean here.
package oldsite

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"postern/media"
)

// Addresses finds what old addresses lead to. It is safe for concurrent use.
type Addresses struct {
	Records media.OldAddresses
	Bases   []string // further URLs that old sites had, without a slash at the end
	Now     func() time.Time

	mu    sync.Mutex
	sites []site
	until time.Time // that sites count
}

// site is an old site with its rule of IDs.
type site struct {
	media.OldSite
	ids  *PublicIDs
	path string // of its URL, without slashes at its ends
}

// freshFor is how long what is known of sites counts: another process may import.
const freshFor = 5 * time.Second

// Imported reports whether an item is one of an old site. What cannot be looked up is
// none.
func (a *Addresses) Imported(ctx context.Context, item int64) bool {
	sites, err := a.known(ctx)
	return err == nil && slices.ContainsFunc(sites, func(s site) bool {
		was, err := a.Records.WasImported(ctx, s.ID, item)
		return err == nil && was
	})
}

// known returns the old sites.
func (a *Addresses) known(ctx context.Context) ([]site, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.Now().Before(a.until) {
		return a.sites, nil
	}
	all, err := a.Records.OldSites(ctx)
	if err != nil {
		return nil, err
	}
	a.sites = nil
	for _, o := range all {
		known := site{OldSite: o, ids: NewPublicIDs(o.Salt, o.Padding, o.Exact)}
		if u, err := url.Parse(o.URL); err == nil {
			known.path = strings.Trim(u.Path, "/")
		}
		a.sites = append(a.sites, known)
	}
	a.until = a.Now().Add(freshFor)
	return a.sites, nil
}

// Target is what an old address leads to.
type Target struct {
	Kind   media.OldKind
	Number int64      // of the record here
	Role   media.Role // of the file that is to be served; "" for a page
	Delete string     // the word of a delete link; "" for none
}

// Find returns what a path of an old site leads to, as a request has it, without
// a slash at its beginning. The error wraps fs.ErrNotExist when it leads nowhere.
func (a *Addresses) Find(ctx context.Context, path, query string) (Target, error) {
	sites, err := a.known(ctx)
	if err != nil {
		return Target{}, err
	}
	for _, s := range sites {
		for _, p := range a.paths(s, path) {
			t, err := a.find(ctx, s, p, query)
			if p != path && errors.Is(err, fs.ErrNotExist) {
				t, err = a.findFile(ctx, p)
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return t, err
			}
		}
	}
	return Target{}, fs.ErrNotExist
}

// IsOld reports whether a host is that of an old site.
func (a *Addresses) IsOld(ctx context.Context, host string) (bool, error) {
	sites, err := a.known(ctx)
	bases := slices.Clone(a.Bases)
	for _, s := range sites {
		bases = append(bases, s.URL)
	}
	return slices.ContainsFunc(bases, func(base string) bool {
		u, err := url.Parse(base)
		return err == nil && strings.EqualFold(u.Host, host)
	}), err
}

// MeansOther reports whether an old site has given the first part of its paths to
// something else than what is there here. What the database cannot tell now, it has not.
func (a *Addresses) MeansOther(ctx context.Context, word string, here media.OldKind) bool {
	sites, err := a.known(ctx)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(sites, func(s site) bool {
		switch word {
		case s.RouteImage, s.RouteVideo:
			return here != media.OldItem
		case s.RouteAlbum:
			return here != media.OldAlbum
		case s.RouteUser:
			return here != media.OldUser
		}
		return false
	})
}

// paths are the ways to read a path: as it is, and below the paths that the site
// had.
func (a *Addresses) paths(s site, path string) []string {
	paths := []string{path}
	below := []string{s.path}
	for _, base := range a.Bases {
		if u, err := url.Parse(base); err == nil {
			below = append(below, strings.Trim(u.Path, "/"))
		}
	}
	for _, folder := range below {
		if rest, ok := strings.CutPrefix(path, folder+"/"); ok && folder != "" && !slices.Contains(paths, rest) {
			paths = append(paths, rest)
		}
	}
	return paths
}

func (a *Addresses) find(ctx context.Context, s site, path, query string) (Target, error) {
	exact := path
	if path == "" && query != "" {
		exact = "?" + query // a redirect, or an address of version 1
	}
	p, err := a.Records.OldPath(ctx, s.ID, exact)
	if trimmed := strings.TrimRight(exact, "/"); errors.Is(err, fs.ErrNotExist) && trimmed != exact && trimmed != "" {
		p, err = a.Records.OldPath(ctx, s.ID, trimmed)
	}
	if err == nil {
		return Target{Kind: p.Kind, Number: p.Target, Role: p.Role}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return Target{}, err
	}
	return a.findByRoute(ctx, s, strings.Split(strings.TrimRight(path, "/"), "/"))
}

// findFile finds a file below the path that a site had, whose path below that is
// the one of today.
func (a *Addresses) findFile(ctx context.Context, key string) (Target, error) {
	it, role, err := a.Records.ItemAt(ctx, key)
	if err != nil {
		return Target{}, err
	}
	return Target{Kind: media.OldItem, Number: it.Number, Role: role}, nil
}

// tabs are parts of the pages of albums and users.
var tabs = []string{"sub", "embeds", "info", "albums", "search", "liked", "following", "followers"}

func (a *Addresses) findByRoute(ctx context.Context, s site, parts []string) (Target, error) {
	if len(parts) == 0 || parts[0] == "" {
		return Target{}, fs.ErrNotExist
	}
	first := parts[0]
	switch {
	case isOneOf(first, s.RouteImage, s.RouteVideo, "image", "video") && len(parts) > 1:
		return a.findItem(ctx, s, parts[1:])
	case isOneOf(first, s.RouteAlbum, "album") && (len(parts) == 2 || len(parts) == 3 && slices.Contains(tabs, parts[2])):
		return a.number(ctx, s, media.OldAlbum, parts[1])
	case isOneOf(first, s.RouteUser, "user") && len(parts) > 1:
		return a.findUser(ctx, s, parts[1:])
	case s.RootRoute == "user":
		return a.findUser(ctx, s, parts)
	case s.RootRoute == "image":
		return a.findItem(ctx, s, parts)
	case s.RootRoute == "album" && len(parts) == 1:
		return a.number(ctx, s, media.OldAlbum, first)
	}
	return Target{}, fs.ErrNotExist
}

func isOneOf(word string, words ...string) bool { return word != "" && slices.Contains(words, word) }

// findItem reads SLUG.ID, or SLUG.ID/delete/WORD.
func (a *Addresses) findItem(ctx context.Context, s site, parts []string) (Target, error) {
	var word string
	switch {
	case len(parts) == 3 && parts[1] == "delete" && IsDeleteWord(parts[2]):
		word = parts[2]
	case len(parts) != 1:
		return Target{}, fs.ErrNotExist
	}
	t, err := a.number(ctx, s, media.OldItem, parts[0])
	t.Delete = word
	return t, err
}

// number looks up what an ID behind the last dot of a name stands for.
func (a *Addresses) number(ctx context.Context, s site, kind media.OldKind, name string) (Target, error) {
	old, ok := s.ids.Decode(name[strings.LastIndexByte(name, '.')+1:])
	if !ok {
		return Target{}, fs.ErrNotExist
	}
	target, err := a.Records.OldNumber(ctx, s.ID, kind, int64(old))
	return Target{Kind: kind, Number: target}, err
}

func (a *Addresses) findUser(ctx context.Context, s site, parts []string) (Target, error) {
	if len(parts) > 1 && !slices.Contains(tabs, parts[1]) {
		return Target{}, fs.ErrNotExist
	}
	p, err := a.Records.OldPath(ctx, s.ID, UserPath(parts[0]))
	return Target{Kind: media.OldUser, Number: p.Target}, err
}

// UserPath is where an OldPath stands for the user of a name, whatever the case
// of its letters and the routes of the site. No path of a site has an empty part.
func UserPath(name string) string { return "user//" + strings.ToLower(name) }

// IsDeleteWord reports whether a text has the form of the word in an old delete
// link.
func IsDeleteWord(s string) bool { return len(s) == 48 && strings.Trim(s, "0123456789abcdef") == "" }

// comparisons bounds the comparisons of bcrypt at once, each of which takes a
// processor for a tenth of a second.
var comparisons = make(chan struct{}, 1)

// Matches reports whether a secret is the one of a hash by bcrypt, of which the
// first 72 bytes count. It waits for its turn until ctx ends.
func Matches(ctx context.Context, hash, secret string) (bool, error) {
	select {
	case comparisons <- struct{}{}:
		defer func() { <-comparisons }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(secret)) == nil, nil
}

// CheckDeleteWord reports whether a word is the one of an item's old delete link.
func (a *Addresses) CheckDeleteWord(ctx context.Context, item int64, word string) (bool, error) {
	if !IsDeleteWord(word) {
		return false, nil
	}
	hash, err := a.Records.DeleteHash(ctx, item)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return Matches(ctx, hash, word)
}
