package site

import "testing"

func TestSizesAreInOneStyle(t *testing.T) {
	english, german, french := &Catalog{Language: "en"}, &Catalog{Language: "de"}, &Catalog{Language: "fr"}
	for _, test := range []struct {
		l    *Catalog
		n    int64
		want string
	}{
		{english, 0, "0 B"}, {english, 999, "999 B"}, {english, 1000, "1 kB"}, {english, 2449, "2.4 kB"}, {english, 9960, "10 kB"},
		{english, 318_200, "318 kB"}, {english, 999_600, "1 MB"}, {english, 28_400_000, "28 MB"}, {german, 2_400_000, "2,4 MB"}, {french, 2_400_000_000, "2,4 Go"},
	} {
		t.Run(test.want, func(t *testing.T) {
			want := []rune(test.want)
			for i, r := range want {
				if r == ' ' {
					want[i] = '\u00a0'
				}
			}
			if got := test.l.Size(test.n); got != string(want) {
				t.Errorf("%d in %s: %q, want %q", test.n, test.l.Language, got, string(want))
			}
		})
	}
}
