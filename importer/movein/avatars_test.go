package movein_test

import (
	"path"
	"slices"
	"testing"

	"postern/importer/chevereto/cheveretotest"
	"postern/importer/movein"
	"postern/media"
)

// TestAvatarsComeAlong imports avatars from where version 3 and version 4 keep them.
func TestAvatarsComeAlong(t *testing.T) {
	site := cheveretotest.New("upgraded")
	var face []byte
	for _, data := range site.Files {
		face = data
		if len(data) > 2 && data[0] == 0xff && data[1] == 0xd8 {
			break
		}
	}
	users := site.Tables[slices.IndexFunc(site.Tables, func(t *cheveretotest.Table) bool { return t.Name == "users" })]
	for i, row := range users.Rows {
		row[6] = "av.jpg" // user_avatar_filename
		folder := map[int]string{0: "images/_assets/content/images/users", 1: "content/images/users"}[i]
		if folder != "" {
			site.Files[path.Join(folder, cheveretotest.PublicID(i+1), "av.jpg")] = append(slices.Clone(face), byte(i))
		}
	}
	f := newFolder(t, site)
	if got, want := counts(f.run(site, func(o *movein.Options) { o.DryRun = true }), "avatars"), (movein.Count{Found: 5, Imported: 2, Left: 3}); got != want {
		t.Errorf("a dry run: %+v, want %+v", got, want)
	}
	for _, want := range []movein.Count{{Found: 5, Imported: 2, Left: 3}, {Found: 5, Present: 2, Left: 3}} {
		if got := counts(f.run(site), "avatars"); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		for name, has := range map[string]bool{"hafen": true, "Moewe": true, "leise": false} {
			u, err := f.db.UserNamed(t.Context(), name)
			if err != nil || u.Avatar != "" != has {
				t.Errorf("%s: avatar %q, %v", name, u.Avatar, err)
			}
			if !has {
				continue
			}
			it, _, err := f.db.ItemAt(t.Context(), u.Avatar)
			if err != nil || it.UserID != u.ID || it.Visibility != media.Hidden || it.Thumb.Key != u.Avatar {
				t.Errorf("%s: the item is %+v, %v", name, it, err)
			}
		}
	}
	f.check()
}
