package sqlite

import (
	"context"
	"slices"
	"testing"

	"postern/media"
	"postern/records"
	"postern/records/searchtest"
)

// Words may be in the title, the name and the tags, each somewhere else.
func TestSearchLooksEverywhere(t *testing.T) {
	db := openTest(t)
	for i, words := range [][]string{{"Holiday", "IMG_1.JPG", "Sea", "Sun"}, {"Sea", "b.jpg", "Winter"}, {"c", "Holiday.jpg"}} {
		it := photo(int64(i))
		it.Title, it.OriginalName, it.Tags = words[0], words[1], words[2:]
		if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	for search, want := range map[string][]int64{
		"sea": {2, 1}, "holiday": {3, 1}, "holiday sea": {1}, "SUN img_1": {1}, "sun winter": nil, "win sea": {2}, "nothing": nil, "jpg": {3, 2, 1},
	} {
		items, err := db.Items(t.Context(), media.ItemQuery{Filter: media.Everything(noon), Search: search, Limit: 10})
		var got []int64
		for _, it := range items {
			got = append(got, it.Number)
		}
		if n, countErr := db.CountItems(t.Context(), media.ItemQuery{Filter: media.Everything(noon), Search: search}); err != nil || countErr != nil || n != len(want) || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %d, %v, %v, want %v", search, got, n, err, countErr, want)
		}
	}
}

func TestSearchesFindWhatAScanFinds(t *testing.T) {
	t.Parallel()
	searchtest.Run(t, 3, func(t *testing.T) searchtest.Database {
		db := openTest(t)
		return searchtest.Database{DB: db.DB, Scan: records.New(engine{db}, searchtest.NoIndex{Index: wordIndex{}}), Index: func() error {
			err := db.update(t.Context(), func(ctx context.Context, s *conn) error {
				_, err := indexWords(ctx, s, maxIndexed)
				return err
			})
			if n := value(t, db.conns[0], `SELECT count(*) FROM item_words`); n == int64(0) {
				t.Error("nothing is indexed")
			}
			return err
		}}
	})
}
