// Package movein imports the content of sites of other programs. If an import is cut off,
// the next one continues where it was. A later one imports what is new.
package movein

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"postern/importer/bring"
	"postern/importer/chevereto"
	"postern/media"
	"postern/media/auth"
	"postern/media/fetch"
	"postern/media/library"
	"postern/media/oldsite"
)

// Options say what to import from a Chevereto, and how.
type Options struct {
	Installation *chevereto.Installation
	Images       string           // the site's root folder, or its folder of images
	Storages     map[int64]string // folders of external storages, by their numbers
	Fetch        *fetch.Client    // brings files of the other storages from their public URLs; nil: these are left
	Room         func() error     // media.ErrFull when there is no room for what is fetched; nil: there is
	SiteURL      string
	Transfer     bring.Transfer
	DryRun       bool
	LimitUsers   []string // names of the users to import, whatever the case; nil: all, and guests' uploads
	TempDir      string   // for what is too much to be held in memory; "": that of the system

	Library *library.Library
	Records Records
	Now     func() time.Time

	Progress func(Progress) // called now and then; may be nil
}

// Records is what an import needs of a database.
type Records interface {
	media.Imports
	media.Accounts
	media.ItemRecords
}

// run is one import.
type run struct {
	Options
	report *Report
	site   media.OldSite
	began  time.Time

	images   *os.Root // the folder of files
	roots    map[int64]*os.Root
	urls     map[int64]string // public URLs of storages
	fetching *fetching        // nil for none

	users    map[int64]user
	faces    []face
	guests   int64 // user who has what guests had albums for; 0 for none yet
	albums   map[int64]album
	planned  int64            // number of the last thing that a dry run has planned
	category map[int64]int64  // ours by theirs
	tags     map[int64]string // names
	tagging  *sortedPairs     // images and their tags
	files    *sortedPairs     // digests of paths that records have
	numbers  *sortedPairs     // of images
	examined *batch           // to be brought here next
}

// user is an imported user.
type user struct {
	id      int64
	name    string
	banned  bool
	private bool
	wanted  bool
}

type album struct {
	id, owner int64 // ours
	old       int64 // number of its owner there
	private   bool
}

// Chevereto imports an installation. The report lists the records that could not be
// imported; an error means that the import stopped early.
func Chevereto(ctx context.Context, o Options) (*Report, error) {
	r := &run{Options: o, report: newReport(), began: time.Now(), examined: new(batch),
		roots: make(map[int64]*os.Root), urls: make(map[int64]string), users: make(map[int64]user), albums: make(map[int64]album),
		category: make(map[int64]int64), tags: make(map[int64]string),
		tagging: newSortedPairs(o.TempDir), files: newSortedPairs(o.TempDir), numbers: newSortedPairs(o.TempDir)}
	defer r.close()
	in := o.Installation
	r.report.Version, r.report.DryRun, r.report.Transfer = string(in.Version), o.DryRun, string(o.Transfer)
	if in.Installed != "" {
		r.report.Version = fmt.Sprintf("%s (says %s)", in.Version, in.Installed)
	}
	r.report.Notes = append(r.report.Notes, in.Broken...)
	err := r.open(ctx)
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"storages", r.importStorages}, {"users", r.importUsers}, {"keys", r.importKeys}, {"categories", r.importCategories},
		{"albums", r.importAlbums}, {"tags", r.readTags}, {"items", r.importItems}, {"places of albums", r.placeAlbums},
		{"delete links", r.importDeleteLinks}, {"likes", r.importLikes}, {"follows", r.importFollows}, {"bans", r.importBans},
		{"redirects", r.importRedirects}, {"deleted IDs", r.retireIDs}, {"orphans", r.findOrphans}, {"avatars", r.importAvatars}, {"fetched files", r.dropFetched},
	} {
		if err != nil {
			break
		}
		if err = step.run(ctx); err != nil {
			err = fmt.Errorf("import %s: %w", step.name, err)
		}
	}
	r.report.Seconds = time.Since(r.began).Seconds()
	return r.report, err
}

func (r *run) close() {
	for _, pairs := range []*sortedPairs{r.tagging, r.files, r.numbers} {
		_ = pairs.close() // what was in it is of no more use
	}
	for _, root := range r.roots {
		root.Close()
	}
	r.closeFetching()
	if r.images != nil {
		r.images.Close()
	}
}

// ParseSiteURL reads the URL of an old site.
func ParseSiteURL(text string) (string, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%q is not the URL of a site, such as https://img.example.org", text)
	}
	u.Host = strings.ToLower(u.Host)
	return u.String(), nil
}

func (r *run) open(ctx context.Context) error {
	var err error
	if r.images, err = r.openImages(); err != nil {
		return err
	}
	s := r.Installation.Settings
	r.site = media.OldSite{URL: r.SiteURL, Version: string(r.Installation.Version), Salt: s.Salt, Padding: s.Padding,
		Exact: r.Installation.Version == chevereto.Version3, RouteImage: s.RouteImage, RouteVideo: s.RouteVideo, RouteAlbum: s.RouteAlbum,
		RouteUser: s.RouteUser, RootRoute: s.RootRoute, Linked: r.Transfer != bring.TransferCopy, CreatedAt: r.Now()}
	if s.GuestKey != "" {
		sum := sha256.Sum256([]byte(s.GuestKey))
		r.site.GuestKey = sum[:]
		r.report.note("The key of guests goes on working: whoever has it uploads as a guest.")
	}
	if s.Private {
		r.report.note("The old site was behind its sign-in: nothing of it stands in public lists here.")
	}
	r.report.URL = r.SiteURL
	if err := r.noteLeft(ctx); err != nil {
		return err
	}
	if err := r.findSite(ctx); err != nil || r.DryRun {
		return err
	}
	if err := r.Records.SetOldSite(ctx, &r.site); err != nil {
		return err
	}
	return r.importer().Settle(ctx)
}

// findSite looks whether the site is here from an earlier run. Under another URL it
// would come a second time.
func (r *run) findSite(ctx context.Context) error {
	sites, err := r.Records.OldSites(ctx)
	for _, site := range sites {
		switch {
		case site.URL == r.SiteURL:
			r.site.ID = site.ID
		case site.Salt == r.site.Salt && site.Padding == r.site.Padding && r.site.ID == 0 && err == nil:
			err = fmt.Errorf("the site was imported as %s: give that with --site-url; further addresses go into compat.old_urls", site.URL)
		}
	}
	if r.site.ID != 0 {
		return nil
	}
	return err
}

// notBrought are tables of what has no place here.
var notBrought = []struct{ table, what string }{
	{"two_factors", "second factors: these users sign in with their password alone"},
	{"login_connections", "social sign-ins: users without a password get a link from an admin (postern user password)"},
	{"pages", "pages of the site's own"},
}

// noteLeft tells what is left as a whole.
func (r *run) noteLeft(ctx context.Context) error {
	for _, left := range notBrought {
		n, err := r.Installation.CountRows(ctx, left.table)
		if err != nil {
			return err
		}
		if n > 0 {
			r.report.note("Left: %d %s.", n, left.what)
		}
	}
	s := r.Installation.Settings
	if s.CDN != "" {
		r.report.note("Files were also at %s: if that has a path, or its name leads here, set compat.old_urls.", s.CDN)
	}
	if s.Timezone != "" {
		r.report.note("The old site's time zone was %s (timezone).", s.Timezone)
	}
	return nil
}

func (r *run) importer() *bring.Importer {
	return &bring.Importer{Library: r.Library, Records: r.Records, Site: r.site.ID, Transfer: r.Transfer}
}

// openImages opens the folder of files: Images names it, or the root of the site.
func (r *run) openImages() (*os.Root, error) {
	dir := r.Images
	// The folder may be a link to another disk.
	below := filepath.Join(dir, filepath.FromSlash(r.Installation.Settings.ImagePath))
	if info, err := os.Stat(below); err == nil && info.IsDir() {
		dir = below
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open images: %w", err)
	}
	return root, nil
}

func (r *run) importStorages(ctx context.Context) error {
	if err := r.openFetching(); err != nil {
		return err
	}
	return r.Installation.Storages(ctx, func(s chevereto.Storage) error {
		r.urls[s.Number] = s.URL
		dir, ok := r.Storages[s.Number]
		if !ok {
			return nil
		}
		root, err := os.OpenRoot(dir)
		r.roots[s.Number] = root
		return err
	})
}

// here returns what is here already of a number.
func (r *run) here(ctx context.Context, kind media.OldKind, number int64) (int64, bool, error) {
	if r.site.ID == 0 {
		return 0, false, nil
	}
	target, err := r.Records.OldNumber(ctx, r.site.ID, kind, number)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	return target, err == nil, err
}

// plan is what a dry run gives for the number of something new.
func (r *run) plan() int64 { r.planned--; return r.planned }

// faults tells what made no sense of a row.
func (r *run) faults(kind string, number int64, name string, faults []string) {
	for _, fault := range faults {
		r.report.remark(Remark{Kind: kind, Number: number, Name: name, Reason: "a value makes no sense and was left out", Detail: fault})
	}
}

// publicID is the ID of a number, for the report.
func (r *run) publicID(number int64) string { return r.Installation.IDs.Encode(uint64(number)) }

// orNow is a time, or else that of the import.
func (r *run) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return r.Now().UTC().Truncate(time.Second)
	}
	return t
}

func (r *run) wants(name string) bool {
	return r.LimitUsers == nil || slices.ContainsFunc(r.LimitUsers, func(s string) bool { return strings.EqualFold(s, name) })
}

func (r *run) importUsers(ctx context.Context) error {
	passwords := make(map[int64]string)
	err := r.Installation.Passwords(ctx, func(p chevereto.Password) error {
		passwords[p.UserNumber] = p.Hash
		return nil
	})
	if err != nil {
		return err
	}
	backgrounds := 0
	err = r.Installation.Users(ctx, func(u chevereto.User) error {
		if u.Background != "" && r.wants(u.Username) {
			backgrounds++
		}
		err := r.importUser(ctx, u, passwords[u.Number])
		if u.Avatar != "" && r.users[u.Number].wanted {
			r.faces = append(r.faces, face{u.Number, u.Avatar})
		}
		return err
	})
	if backgrounds > 0 {
		r.report.note("Left: %d backgrounds of profiles: users have none here.", backgrounds)
	}
	return err
}

func (r *run) importUser(ctx context.Context, u chevereto.User, password string) error {
	if !r.wants(u.Username) {
		r.users[u.Number] = user{}
		return nil
	}
	count := r.report.count("users")
	count.Found++
	r.faults("users", u.Number, u.Username, u.Faults)
	known := user{name: u.Username, banned: u.Banned(), private: u.Private, wanted: true}
	id, ok, err := r.here(ctx, media.OldUser, u.Number)
	if err != nil {
		return err
	}
	if ok {
		count.Present++
		known.id = id
		r.users[u.Number] = known
		return r.addUserPaths(ctx, u, id) // an import may have been cut off before
	}
	if u.Number == 0 {
		r.report.remark(Remark{Kind: "users", Number: u.Number, Name: u.Username, Left: true, Reason: "the number of the user makes no sense"})
		return nil
	}
	d := media.UserDetails{Email: u.Email, Website: u.Website, Bio: u.Bio, Timezone: u.Timezone, Private: u.Private}
	added := media.User{Name: u.Username, Admin: u.Admin, Moderator: u.Manager, CreatedAt: r.orNow(u.CreatedAt)}
	added.DisplayName, added.Language = u.Name, language(u.Language)
	if media.CheckUserName(u.Username) != nil {
		added.Name = fmt.Sprintf("user-%d", u.Number)
	}
	wanted := added.Name
	switch {
	case u.Banned():
		added.State, added.Admin = media.UserDisabled, false
		r.report.remark(Remark{Kind: "users", Number: u.Number, Name: u.Username, Reason: "the user was banned: it is disabled here, and what it has is shown to nobody"})
	case u.Status != "valid":
		added.State, added.Admin = media.UserWaiting, false
		r.report.remark(Remark{Kind: "users", Number: u.Number, Name: u.Username, Reason: "the user had never confirmed its address: it waits for an admin here"})
	}
	if _, err := media.ParsePeriod(u.Expiration); u.Expiration != "" && err == nil {
		added.DefaultExpiration = u.Expiration
	}
	if password != "" && !isBcrypt(password) {
		r.report.remark(Remark{Kind: "users", Number: u.Number, Name: u.Username, Reason: "the hash of the password is none of bcrypt, and was left out"})
		password = ""
	}
	if known.id, err = r.addUser(ctx, u.Number, &added, d, password); err != nil {
		return err
	}
	switch {
	case wanted != u.Username:
		r.report.remark(Remark{Kind: "users", Number: u.Number, Name: u.Username, Reason: "the name of the user cannot be one here", Detail: "imported as " + added.Name})
	case added.Name != wanted:
		r.report.remark(Remark{Kind: "users", Number: u.Number, Name: u.Username, Reason: "another user has the name here", Detail: "imported as " + added.Name})
	}
	count.Imported++
	r.users[u.Number] = known
	return r.addUserPaths(ctx, u, known.id)
}

// addUserPaths adds the paths of a user's page, if there was one for others.
func (r *run) addUserPaths(ctx context.Context, u chevereto.User, id int64) error {
	if r.DryRun || u.Private || u.Status != "valid" || u.Username == "" {
		return nil
	}
	paths := []media.OldPath{{Path: oldsite.UserPath(u.Username), Kind: media.OldUser, Target: id}}
	if s := r.Installation.Settings; s.PersonalUser == u.Number && s.PersonalWord != "" {
		paths = append(paths, media.OldPath{Path: s.PersonalWord, Kind: media.OldUser, Target: id})
	}
	return r.Records.AddOldPaths(ctx, r.site.ID, paths)
}

// language is the code of a language that may be one here; "" for none.
func language(code string) string {
	code, _, _ = strings.Cut(strings.ToLower(code), "-")
	if len(code) != 2 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return code
}

// isBcrypt reports whether a text has the form of a hash by bcrypt.
func isBcrypt(hash string) bool {
	return len(hash) == 60 && (strings.HasPrefix(hash, "$2y$") || strings.HasPrefix(hash, "$2a$") || strings.HasPrefix(hash, "$2b$"))
}

// addUser adds a user under a name that nobody has.
func (r *run) addUser(ctx context.Context, number int64, u *media.User, d media.UserDetails, password string) (int64, error) {
	name := u.Name
	for n := 2; ; n++ {
		if r.DryRun {
			_, err := r.Records.UserNamed(ctx, u.Name)
			if errors.Is(err, fs.ErrNotExist) {
				return r.plan(), nil
			}
			if err != nil {
				return 0, err
			}
		} else {
			err := r.Records.ImportUser(ctx, r.site.ID, number, u, d, password)
			if !errors.Is(err, media.ErrNameTaken) {
				return u.ID, err
			}
		}
		u.Name = fmt.Sprintf("%s-%d", name, n)
	}
}

func (r *run) importKeys(ctx context.Context) error {
	count := r.report.count("keys")
	return r.Installation.Keys(ctx, func(k chevereto.Key) error {
		owner, ok := r.users[k.UserNumber]
		if ok && !owner.wanted {
			return nil
		}
		count.Found++
		_, here, err := r.here(ctx, media.OldKey, k.Number)
		switch {
		case err != nil:
			return err
		case here:
			count.Present++
			return nil
		case !ok:
			r.report.remark(Remark{Kind: "keys", Number: k.Number, Left: true, Reason: "the key's user does not exist"})
			return nil
		case !isBcrypt(k.Hash):
			r.report.remark(Remark{Kind: "keys", Number: k.Number, Left: true, Reason: "the hash of the key is none of bcrypt"})
			return nil
		}
		count.Imported++
		if r.DryRun {
			return nil
		}
		added := media.APIKey{UserID: owner.id, Name: firstText(k.Name, "Chevereto"), CreatedAt: r.orNow(k.CreatedAt)}
		return r.Records.ImportKey(ctx, r.site.ID, k.Number, &added, k.Hash)
	})
}

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func (r *run) importCategories(ctx context.Context) error {
	count := r.report.count("categories")
	return r.Installation.Categories(ctx, func(c chevereto.Category) error {
		count.Found++
		r.faults("categories", c.Number, c.URLKey, c.Faults)
		id, here, err := r.here(ctx, media.OldCategory, c.Number)
		if err != nil {
			return err
		}
		if here {
			count.Present++
			return r.addCategory(ctx, c, id)
		}
		name, err := media.CategoryName(c.Name)
		if err != nil {
			name, err = media.CategoryName(c.URLKey)
		}
		if err != nil || c.Number == 0 {
			r.report.remark(Remark{Kind: "categories", Number: c.Number, Name: c.Name, Left: true, Reason: "the category has no name"})
			return nil
		}
		count.Imported++
		r.category[c.Number] = r.plan()
		if r.DryRun {
			return nil
		}
		added := media.Category{Name: name}
		if err := r.Records.ImportCategory(ctx, r.site.ID, c.Number, &added); err != nil {
			return err
		}
		return r.addCategory(ctx, c, added.ID)
	})
}

func (r *run) addCategory(ctx context.Context, c chevereto.Category, id int64) error {
	r.category[c.Number] = id
	if r.DryRun {
		return nil
	}
	return r.Records.AddOldPaths(ctx, r.site.ID, []media.OldPath{{Path: "category/" + c.URLKey, Kind: media.OldCategory, Target: id}})
}

func (r *run) importAlbums(ctx context.Context) error {
	return r.Installation.Albums(ctx, func(a chevereto.Album) error { return r.importAlbum(ctx, a) })
}

// visibilities are those of albums by their privacy there.
var visibilities = map[chevereto.Privacy]media.Visibility{
	chevereto.PrivacyPublic: media.Public, chevereto.PrivacyLink: media.Hidden,
	chevereto.PrivacyPassword: media.Hidden, chevereto.PrivacyPrivate: media.Private,
}

func (r *run) importAlbum(ctx context.Context, a chevereto.Album) error {
	owner, known := r.users[a.UserNumber]
	if known && !owner.wanted || a.UserNumber == 0 && r.LimitUsers != nil {
		return nil
	}
	count := r.report.count("albums")
	count.Found++
	r.faults("albums", a.Number, r.publicID(a.Number), a.Faults)
	id, here, err := r.here(ctx, media.OldAlbum, a.Number)
	if err != nil {
		return err
	}
	if here {
		count.Present++
		// Its owner may have deleted it here.
		if found, err := r.Records.Album(ctx, id); err == nil {
			r.albums[a.Number] = album{id, found.UserID, a.UserNumber, found.IsPrivate()}
		}
		return nil
	}
	if a.Number == 0 || a.UserNumber != 0 && !known {
		r.report.remark(Remark{Kind: "albums", Number: a.Number, Name: r.publicID(a.Number), Left: true, Reason: "the album's user does not exist"})
		return nil
	}
	if a.UserNumber == 0 {
		if owner, err = r.guestUser(ctx); err != nil {
			return err
		}
		r.report.remark(Remark{Kind: "albums", Number: a.Number, Name: r.publicID(a.Number), Reason: "an album of a guest belongs to the user " + guestName + " here"})
	}
	slug := r.publicID(a.Number)
	p := media.Post{Album: media.Album{Slug: slug, UserID: owner.id, Title: media.CutRunes(a.Name, media.MaxPostTitle), CreatedAt: r.orNow(a.CreatedAt),
		Visibility: visibilities[a.Privacy]}, Description: media.CutBytes(a.Description, media.MaxDescription), Views: a.Views}
	if owner.private && p.Visibility == media.Public || owner.banned || r.Installation.Settings.Private && p.Visibility == media.Public {
		p.Visibility = media.Hidden
	}
	if owner.banned {
		p.Visibility = media.Private
	}
	switch {
	case a.Privacy != chevereto.PrivacyPassword:
	case a.Password == "":
		p.Visibility = media.Private
		r.report.remark(Remark{Kind: "albums", Number: a.Number, Name: r.publicID(a.Number), Reason: "the password of the album is empty; the album is private here"})
	default:
		p.Lock = media.Lock(auth.HashPassword(a.Password))
	}
	p.AccessKey = media.NewAccessKey(p.Visibility)
	d := media.AlbumDetails{Buttons: a.CTA}
	count.Imported++
	if r.DryRun {
		r.albums[a.Number] = album{r.plan(), owner.id, a.UserNumber, p.IsPrivate()}
		return nil
	}
	err = r.Records.ImportAlbum(ctx, r.site.ID, a.Number, &p, d)
	for errors.Is(err, media.ErrIDTaken) {
		p.Slug = media.NewID()
		err = r.Records.ImportAlbum(ctx, r.site.ID, a.Number, &p, d)
	}
	r.albums[a.Number] = album{p.ID, owner.id, a.UserNumber, p.IsPrivate()}
	return err
}

// guestName is the user who has the albums of guests, and what is in them.
const guestName = "guests"

// guestNumber is the number of that user: no record there has it.
const guestNumber = -1

func (r *run) guestUser(ctx context.Context) (user, error) {
	if r.guests == 0 {
		id, here, err := r.here(ctx, media.OldUser, guestNumber)
		if !here && err == nil {
			u := media.User{Name: guestName, CreatedAt: r.Now().UTC()}
			id, err = r.addUser(ctx, guestNumber, &u, media.UserDetails{}, "")
		}
		if err != nil {
			return user{}, err
		}
		r.guests = id
	}
	return user{id: r.guests, name: guestName, wanted: true}, nil
}

func (r *run) readTags(ctx context.Context) error {
	err := r.Installation.Tags(ctx, func(t chevereto.Tag) error {
		r.faults("tags", t.Number, t.Name, t.Faults)
		r.tags[t.Number] = strings.Join(strings.Fields(t.Name), " ")
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Installation.Taggings(ctx, func(t chevereto.Tagging) error {
		if r.tags[t.TagNumber] == "" {
			return nil
		}
		return r.tagging.add(uint64(t.ImageNumber), uint64(t.TagNumber))
	})
	return cmp.Or(err, r.tagging.sort())
}

// tagsOf are the tags of an image, in the order of their numbers.
func (r *run) tagsOf(image int64) (names []string, err error) {
	numbers, err := r.tagging.values(uint64(image), media.MaxTags)
	for _, number := range numbers {
		names = append(names, r.tags[int64(number)])
	}
	return names, err
}

// placeAlbums sets parents and covers, once all albums and items are here.
func (r *run) placeAlbums(ctx context.Context) error {
	if r.DryRun {
		return nil
	}
	return r.Installation.Albums(ctx, func(a chevereto.Album) error {
		own, ok := r.albums[a.Number]
		if !ok || a.ParentNumber == 0 && a.CoverNumber == 0 {
			return nil
		}
		cover, _, err := r.here(ctx, media.OldItem, a.CoverNumber)
		if err != nil {
			return err
		}
		return r.Records.SetAlbumPlace(ctx, own.id, r.albums[a.ParentNumber].id, cover)
	})
}

// storageFolder returns where the files of an image are, and the path of their
// folder in URLs, below the site.
func (r *run) storageFolder(m *chevereto.Image) (root *os.Root, base string) {
	if m.StorageNumber == 0 {
		return r.images, r.Installation.Settings.ImagePath
	}
	u, err := url.Parse(r.urls[m.StorageNumber])
	if err != nil {
		return r.roots[m.StorageNumber], ""
	}
	return r.roots[m.StorageNumber], strings.Trim(u.Path, "/")
}
