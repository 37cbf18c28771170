package items

import "testing"

func TestSearchWordsAreFewAndBounded(t *testing.T) {
	for search, want := range map[string]string{
		"": "", "  ": "", "Sea": "sea", "a sea SEASIDE b": "seaside b", "sea sea": "sea",
		"1 2 3 4 5 6 7 8 9 a b c d e f g h i": "1 2 3 4 5 6 7 8 9 a b c d e f g",
	} {
		if got := SearchWords(search); got != want {
			t.Errorf("%q: got %q, want %q", search, got, want)
		}
	}
}
