package cheveretotest

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"sort"
)

// PublicID is the public ID of a number under Salt and Padding, by the rule as
// it is told: characters sorted by the digits of the salt's digest, and base 62.
func PublicID(n int) string {
	sum := sha256.Sum256([]byte(Salt))
	digest := hex.EncodeToString(sum[:])
	type pair struct{ character, digit byte }
	var pairs []pair
	for _, r := range []string{"az", "09", "AZ"} {
		for c := r[0]; c <= r[1]; c++ {
			pairs = append(pairs, pair{c, digest[len(pairs)]})
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i].digit != pairs[j].digit {
			return pairs[i].digit > pairs[j].digit
		}
		return pairs[i].character < pairs[j].character
	})
	value, base := big.NewInt(int64(n*Padding)), big.NewInt(62)
	id := ""
	for value.Sign() > 0 {
		var digit big.Int
		value.DivMod(value, base, &digit)
		id = string(pairs[digit.Int64()].character) + id
	}
	return id
}
