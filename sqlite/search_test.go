package sqlite

import (
	"slices"
	"testing"

	"postern/media"
)

func TestSearchWordsAreFewAndBounded(t *testing.T) {
	for search, want := range map[string]string{
		"": "", "  ": "", "Sea": "sea", "a sea SEASIDE b": "seaside b", "sea sea": "sea",
		"1 2 3 4 5 6 7 8 9 a b c d e f g h i": "1 2 3 4 5 6 7 8 9 a b c d e f g",
	} {
		if got := searchWords(search); got != want {
			t.Errorf("%q: got %q, want %q", search, got, want)
		}
	}
}

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
