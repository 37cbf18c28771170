package media_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

func TestEditingChangesWhatIsAskedFor(t *testing.T) {
	l := newLibrary(t)
	ctx := t.Context()
	album, err := l.Albums.Add(ctx, l.caller(), "  Summer\tat the  sea ")
	if err != nil || album.Title != "Summer at the sea" {
		t.Fatalf("album %+v, %v", album, err)
	}
	data := jpegOf(60, 40, 1)
	it := l.mustAdd(data, "a.jpg", func(up *library.Upload) { up.Title, up.Tags = "old", []string{"kept"} })
	title, text, yes, week := strings.Repeat("ü", 300), " why ", true, "P7D"
	got, err := l.EditItem(ctx, l.caller(), it.ID, library.Edit{
		Title: &title, Description: &text, NSFW: &yes, Expiration: &week, Album: &album.Slug,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Title != strings.Repeat("ü", 255) || got.Description != "why" || !got.NSFW || got.AlbumID != album.ID ||
		!got.ExpiresAt.Equal(l.now.Add(7*24*time.Hour)) || !slices.Equal(got.Tags, []string{"kept"}) {
		t.Errorf("edited to %+v", got)
	}
	if stored, err := l.Item(ctx, media.Viewer{}, it.ID); err != nil || stored.Title != got.Title || stored.AlbumID != album.ID {
		t.Errorf("stored %+v, %v", stored, err)
	}
	none, never, tags := "", "", []string{"b", "a"}
	got, err = l.EditItem(ctx, l.caller(), it.ID, library.Edit{Album: &none, Expiration: &never, Tags: &tags})
	if err != nil || got.AlbumID != 0 || !got.ExpiresAt.IsZero() || !slices.Equal(got.Tags, tags) || got.Description != "why" {
		t.Errorf("edited to %+v, %v", got, err)
	}
	again := l.mustAdd(data, "a.jpg", func(up *library.Upload) { up.Title, up.Tags = "old", []string{"kept"} })
	if again.ID == it.ID {
		t.Error("the upload that the item was made of is answered with what it was changed to")
	}
}

func TestWrongEditsChangeNothing(t *testing.T) {
	l := newLibrary(t)
	ctx := t.Context()
	theirs, err := l.Albums.Add(ctx, l.addUser("bob", false), "Bob's")
	if err != nil {
		t.Fatal(err)
	}
	it := l.mustAdd(jpegOf(60, 40, 1), "a.jpg")
	title, unknown, rubbish := "changed", "nothing", "rubbish"
	for _, test := range []struct {
		name string
		edit library.Edit
		want error
	}{
		{"another user's album", library.Edit{Title: &title, Album: &theirs.Slug}, media.ErrAlbum},
		{"no album", library.Edit{Title: &title, Album: &unknown}, media.ErrAlbum},
		{"no duration", library.Edit{Title: &title, Expiration: &rubbish}, media.ErrExpiration},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := l.EditItem(ctx, l.caller(), it.ID, test.edit); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
		})
	}
	if got, err := l.Item(ctx, media.Viewer{}, it.ID); err != nil || got.Title != it.Title {
		t.Errorf("title %q, %v, want %q", got.Title, err, it.Title)
	}
}

func TestAlbumsAreTheirUsers(t *testing.T) {
	l := newLibrary(t)
	ctx := t.Context()
	bob, root := l.addUser("bob", false), l.addUser("root", true)
	a, err := l.Albums.Add(ctx, l.caller(), "Mine")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Albums.Add(ctx, l.caller(), " \n "); !errors.Is(err, media.ErrNoTitle) {
		t.Errorf("an album without a title: %v", err)
	}
	titled := func(title string) media.PostChange { return media.PostChange{Title: &title} }
	if err := l.Albums.Change(ctx, bob, a.Slug, titled("Bob's")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("bob renames it: %v", err)
	}
	if err := l.Albums.Delete(ctx, bob, a.Slug); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("bob deletes it: %v", err)
	}
	if err := l.Albums.Change(ctx, l.caller(), a.Slug, titled("")); !errors.Is(err, media.ErrNoTitle) {
		t.Errorf("renamed to nothing: %v", err)
	}
	if err := l.Albums.Change(ctx, root, a.Slug, titled("New")); err != nil {
		t.Errorf("an admin renames it: %v", err)
	}
	it := l.mustAdd(jpegOf(60, 40, 1), "a.jpg", func(up *library.Upload) { up.Album = a.Slug })
	cards, err := l.Albums.List(ctx, media.AlbumQuery{UserID: l.user.ID, Limit: 10})
	if err != nil || len(cards) != 1 || cards[0].Title != "New" || cards[0].Items != 1 || cards[0].Cover != it.Thumb {
		t.Errorf("albums %+v, %v", cards, err)
	}
	if err := l.Albums.Delete(ctx, l.caller(), a.Slug); err != nil {
		t.Errorf("its user deletes it: %v", err)
	}
	if got, err := l.Item(ctx, media.Viewer{}, it.ID); err != nil || got.AlbumID != 0 {
		t.Errorf("its item afterwards: album %d, %v", got.AlbumID, err)
	}
}
