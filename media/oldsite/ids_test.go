package oldsite_test

import (
	"math"
	"testing"

	"postern/importer/chevereto/cheveretotest"
	"postern/media/oldsite"
)

func TestPublicIDsFollowTheRule(t *testing.T) {
	ids := oldsite.NewPublicIDs(cheveretotest.Salt, cheveretotest.Padding, false)
	for _, n := range []uint64{1, 2, 61, 62, 63, 100, 999, 3843, 3844, 123456, 2147483647} {
		id := ids.Encode(n)
		if want := cheveretotest.PublicID(int(n)); id != want {
			t.Errorf("Encode(%d) = %q, want %q", n, id, want)
		}
		if got, ok := ids.Decode(id); !ok || got != n {
			t.Errorf("Decode(%q) = %d, %t, want %d", id, got, ok, n)
		}
	}
}

// Without padding, the IDs of 1 to 61 are the characters of the alphabet, so
// that other IDs can be written down.
func TestPublicIDsDecodeLeniently(t *testing.T) {
	plain := oldsite.NewPublicIDs("salt", 0, false)
	alphabet := "" // but its first character, which is zero
	for n := uint64(1); n < 62; n++ {
		alphabet += plain.Encode(n)
	}
	digit := func(n int) string { return alphabet[n-1 : n] }
	zero := plain.Encode(62)[1:]
	if plain.Encode(62) != digit(1)+zero {
		t.Fatalf("Encode(62) = %q, want %q", plain.Encode(62), digit(1)+zero)
	}
	later, exact := oldsite.NewPublicIDs("salt", 100, false), oldsite.NewPublicIDs("salt", 100, true)
	for _, tt := range []struct {
		name, id     string
		later, exact uint64 // 0 for none
	}{
		{"a multiple of the padding: 200", digit(3) + digit(14), 2, 2},
		{"one more: 201", digit(3) + digit(15), 2, 0},
		{"the last neighbour: 299", digit(4) + digit(51), 2, 0},
		{"the next multiple: 300", digit(4) + digit(52), 3, 3},
		{"a zero before it", zero + digit(3) + digit(14), 2, 2},
		{"a foreign character before it", "_" + digit(3) + digit(14), 2, 2},
		{"foreign characters alone", "----", 0, 0},
		{"less than the padding", digit(9), 0, 0},
		{"nothing", "", 0, 0},
		{"more than 64 bits", "zzzzzzzzzzzzzzzz", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for want, ids := range map[*uint64]*oldsite.PublicIDs{&tt.later: later, &tt.exact: exact} {
				if n, ok := ids.Decode(tt.id); ok != (*want != 0) || ok && n != *want {
					t.Errorf("Decode(%q) = %d, %t, want %d", tt.id, n, ok, *want)
				}
			}
		})
	}
	if id := later.Encode(math.MaxUint64); id != "" {
		t.Errorf("Encode of a number beyond any = %q, want none", id)
	}
}

func TestKeysNameTheirRecords(t *testing.T) {
	ids := oldsite.NewPublicIDs(cheveretotest.Salt, cheveretotest.Padding, false)
	for key, want := range map[string]uint64{
		"chv_" + cheveretotest.PublicID(3) + "_" + cheveretotest.KeyTail: 3,
		"chv_" + cheveretotest.PublicID(3) + "_x_y":                      3,
		"chv_" + cheveretotest.PublicID(3):                               0,
		"chv__abc":                                                       0,
		"chv_":                                                           0,
		"other_" + cheveretotest.PublicID(3) + "_x":                      0,
	} {
		n, err := ids.KeyNumber(key)
		if (err == nil) != (want != 0) || err == nil && n != want {
			t.Errorf("KeyNumber(%q) = %d, %v, want %d", key, n, err, want)
		}
	}
}
