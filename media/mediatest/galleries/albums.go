package galleries

import (
	"testing"

	"postern/media"
	"postern/media/mediatest/contract"
)

var albumClauses = []contract.Clause{
	{Name: "albums come back by slug, letter for letter", Run: albums},
	{Name: "an album needs a user and a slug of its own", Run: albumRules},
	{Name: "categories come back by ID", Run: categories},
	{Name: "categories are listed, renamed and deleted, and their items stay", Run: categoryChanges},
}

func albums(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	upper, lower := contract.InsertAlbum(t, db, "AbcDefg", ann), contract.InsertAlbum(t, db, "abcdefg", ann)
	for _, want := range []media.Album{upper, lower} {
		got, err := db.AlbumBySlug(t.Context(), want.Slug)
		contract.WantError(t, "AlbumBySlug "+want.Slug, err, nil)
		contract.WantEqual(t, "AlbumBySlug "+want.Slug, got, want)
	}
}

func albumRules(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	contract.InsertAlbum(t, db, "Alb0001", ann)
	again := media.Album{Slug: "Alb0001", UserID: ann.ID, CreatedAt: contract.Noon}
	contract.WantError(t, "InsertAlbum of a taken slug", db.InsertAlbum(t.Context(), &again), media.ErrIDTaken)
	orphan := media.Album{Slug: "Alb0002", UserID: 1 << 40, CreatedAt: contract.Noon}
	contract.WantMissing(t, "InsertAlbum without a user", db.InsertAlbum(t.Context(), &orphan))
}

func categories(t *testing.T, db contract.Records) {
	for _, name := range []string{"Nature", "Städte"} {
		want := contract.InsertCategory(t, db, name)
		got, err := db.Category(t.Context(), want.ID)
		contract.WantError(t, "Category "+name, err, nil)
		contract.WantEqual(t, "Category "+name, got, want)
	}
	again := media.Category{Name: "NATURE"}
	contract.WantError(t, "InsertCategory of a taken name", db.InsertCategory(t.Context(), &again), media.ErrNameTaken)
}

func categoryChanges(t *testing.T, db contract.Records) {
	water, fire := contract.InsertCategory(t, db, "water"), contract.InsertCategory(t, db, "Fire")
	all, err := db.Categories(t.Context())
	contract.WantError(t, "Categories", err, nil)
	contract.WantEqual(t, "Categories", all, []media.Category{fire, water})
	contract.WantError(t, "RenameCategory to a taken name", db.RenameCategory(t.Context(), fire.ID, "WATER"), media.ErrNameTaken)
	contract.WantError(t, "RenameCategory", db.RenameCategory(t.Context(), fire.ID, "FIRE"), nil)
	contract.WantMissing(t, "RenameCategory of none", db.RenameCategory(t.Context(), 1<<40, "x"))

	it := contract.Picture("burning")
	it.CategoryID = fire.ID
	it = contract.Insert(t, db, it)[0]
	wantListed(t, db, media.ItemQuery{CategoryID: fire.ID}, "burning")
	contract.WantError(t, "DeleteCategory", db.DeleteCategory(t.Context(), fire.ID), nil)
	it.CategoryID = 0
	contract.WantItem(t, db, it)
	contract.WantMissing(t, "DeleteCategory again", db.DeleteCategory(t.Context(), fire.ID))
	it.CategoryID = fire.ID
	contract.WantMissing(t, "UpdateItem into a category that is gone", db.UpdateItem(t.Context(), it, contract.Noon))
	it.CategoryID = water.ID
	contract.WantError(t, "UpdateItem into a category", db.UpdateItem(t.Context(), it, contract.Noon), nil)
	contract.WantItem(t, db, it)
	all, err = db.Categories(t.Context())
	contract.WantError(t, "Categories", err, nil)
	contract.WantEqual(t, "Categories", all, []media.Category{water})
}
