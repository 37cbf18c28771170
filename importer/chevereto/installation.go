package chevereto

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"postern/media/oldsite"
)

// Version is the family of an installation's version, by which its tables and
// rules differ.
type Version string

// The families. An installation that was upgraded counts as what it is now.
const (
	Version3  Version = "3"   // 3.x, and the free editions made of it
	Version40 Version = "4.0" // 4.0 and 4.1
	Version42 Version = "4.2" // 4.2 and later
)

// Installation is an installation of Chevereto as its database tells of it.
type Installation struct {
	Version   Version
	Installed string // the version as the database has it; may be ""
	Prefix    string // of the tables
	IDs       *oldsite.PublicIDs
	Settings  Settings
	Broken    []string // what makes no sense of the settings

	source Source
	key    EncryptionKey
	tables map[string]Table // by names without the prefix
}

// Settings are the settings that decide about addresses and files.
type Settings struct {
	Salt       string
	Padding    uint64
	SiteName   string
	ImagePath  string // folder of files, below the root of the site
	RouteImage string
	RouteVideo string
	RouteAlbum string
	RouteUser  string
	RootRoute  string // what is at /X: user, image or album
	GuestKey   string // of the API; "" for none
	Timezone   string
	Private    bool   // the whole site was behind its sign-in
	CDN        string // URL that files were at, too; "" for none

	// PersonalUser, if not 0, is the number of the user whose site it was, and
	// PersonalWord the path of that user's page; "" for the start page.
	PersonalUser int64
	PersonalWord string
}

// Options say what a database does not.
type Options struct {
	Prefix string        // of the tables; "" to find it
	Key    EncryptionKey // zero for an installation without one
}

// Open looks at an installation in a database. The source stays the caller's
// to close.
func Open(ctx context.Context, source Source, o Options) (*Installation, error) {
	tables, err := source.Tables(ctx)
	if err != nil {
		return nil, err
	}
	prefix, err := findPrefix(tables, o.Prefix)
	if err != nil {
		return nil, err
	}
	in := &Installation{Prefix: prefix, source: source, key: o.Key, tables: make(map[string]Table)}
	for _, t := range tables {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok {
			in.tables[name] = t
		}
	}
	in.Version = in.family()
	if err := in.readSettings(ctx); err != nil {
		return nil, err
	}
	in.IDs = oldsite.NewPublicIDs(in.Settings.Salt, in.Settings.Padding, in.Version == Version3)
	return in, nil
}

// needed are the tables that every version has.
var needed = []string{"settings", "images", "users", "albums"}

// findPrefix finds the prefix of the tables, or checks the one that is given.
func findPrefix(tables []Table, given string) (string, error) {
	names := make(map[string]bool, len(tables))
	for _, t := range tables {
		names[t.Name] = true
	}
	var found []string
	for name := range names {
		prefix, ok := strings.CutSuffix(name, "settings")
		missing := func(table string) bool { return !names[prefix+table] }
		if ok && !slices.ContainsFunc(needed, missing) {
			found = append(found, prefix)
		}
	}
	slices.Sort(found)
	switch {
	case given != "" && slices.Contains(found, given):
		return given, nil
	case given != "":
		return "", fmt.Errorf("no tables of Chevereto begin with %q", given)
	case len(found) == 0:
		return "", errors.New("no tables of Chevereto: settings, images, users and albums with one prefix")
	case len(found) > 1:
		return "", fmt.Errorf("several installations: name the prefix of one, of %q", found)
	}
	return found[0], nil
}

func (in *Installation) has(tables ...string) bool {
	return !slices.ContainsFunc(tables, func(name string) bool { _, ok := in.tables[name]; return !ok })
}

// family tells the version by the tables, since an upgrade may leave the
// version in the settings behind.
func (in *Installation) family() Version {
	switch {
	case in.has("variables"):
		return Version42
	case in.has("login_passwords", "api_keys"):
		return Version40
	}
	return Version3
}

func (in *Installation) readSettings(ctx context.Context) error {
	values := make(map[string]string)
	read := func(table, name, value string) error {
		return in.rows(ctx, table, func(r Row) error {
			if text, ok := r.raw(value); ok {
				values[r.String(name)] = text
			}
			return nil
		})
	}
	if err := read("settings", "setting_name", "setting_value"); err != nil {
		return err
	}
	// What stands in variables wins over an old copy in settings.
	if err := read("variables", "variable_name", "variable_value"); err != nil {
		return err
	}
	return in.useSettings(values)
}

func (in *Installation) useSettings(values map[string]string) error {
	s := &in.Settings
	s.Salt = values["crypt_salt"]
	if s.Salt == "" {
		return errors.New("the settings have no crypt_salt, without which no public ID is known")
	}
	padding, err := strconv.ParseUint(cmp.Or(strings.TrimSpace(values["id_padding"]), "0"), 10, 64)
	if err != nil {
		return fmt.Errorf("id_padding is %.40q, and no number", values["id_padding"])
	}
	s.Padding = padding
	in.Installed = values["chevereto_version_installed"]
	s.SiteName = values["website_name"]
	s.ImagePath = strings.Trim(cmp.Or(values["upload_image_path"], "images"), "/")
	s.RouteImage = cmp.Or(values["route_image"], "image")
	s.RouteVideo = cmp.Or(values["route_video"], "video")
	s.RouteAlbum = cmp.Or(values["route_album"], "album")
	s.RouteUser = cmp.Or(values["route_user"], "user")
	s.RootRoute = values["root_route"]
	if s.RootRoute == "" && cmp.Or(values["user_routing"], "1") != "0" {
		s.RootRoute = "user"
	}
	s.Timezone = values["default_timezone"]
	s.Private = values["website_privacy_mode"] == "private"
	if cmp.Or(values["cdn"], "0") != "0" {
		s.CDN = values["cdn_url"]
	}
	if values["website_mode"] == "personal" {
		s.PersonalUser, _ = strconv.ParseInt(values["website_mode_personal_uid"], 10, 64)
		s.PersonalWord = strings.Trim(values["website_mode_personal_routing"], "/")
	}
	s.GuestKey, _ = in.key.Reveal(values["api_v1_key"], isGuestKey)
	// Version 3 enciphers nothing, so that whatever is there is the key.
	if s.GuestKey != "" && in.Version != Version3 && !isGuestKey(s.GuestKey) {
		in.Broken = append(in.Broken, "api_v1_key is enciphered, or no key: the guests' key is left")
		s.GuestKey = ""
	}
	return nil
}

// rows reads a table by its name without the prefix; one that is not there has
// no rows.
func (in *Installation) rows(ctx context.Context, table string, f func(Row) error) error {
	t, ok := in.tables[table]
	if !ok {
		return nil
	}
	return in.source.Rows(ctx, t, f)
}

// Heritage reports whether the site was of version 3 once, also if it is of a later
// one now.
func (in *Installation) Heritage() bool {
	return in.Version == Version3 || in.has("logins") || in.has("redirects")
}

// CountRows returns how many rows a table has; one that is not there has none.
func (in *Installation) CountRows(ctx context.Context, table string) (n int64, err error) {
	err = in.rows(ctx, table, func(Row) error { n++; return nil })
	return n, err
}

// NextNumber returns the number that the next record of a table would get, by
// which also numbers of deleted ones are known: "images", "albums", "users" or
// "api_keys". It is 0 if the database does not tell.
func (in *Installation) NextNumber(table string) uint64 {
	if n := in.tables[table].Next; n <= math.MaxInt64 {
		return n
	}
	return 0
}
