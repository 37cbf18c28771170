package oldsite

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// PublicIDs turns the numbers of an installation's records into the IDs of its
// URLs, and back. Images, albums, users and keys share one rule, and each has
// numbers of its own, so image 1 and album 1 have the same ID.
type PublicIDs struct {
	alphabet [62]byte
	digits   [256]uint8
	padding  uint64
	exact    bool
}

// characters are those of IDs, in the order in which the salt's digits are given
// to them.
const characters = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// NewPublicIDs returns the rule of an installation by its salt and its padding.
// With exact, as in version 3, Decode knows only IDs that Encode makes; later
// versions take padding neighbours for the same record.
func NewPublicIDs(salt string, padding uint64, exact bool) *PublicIDs {
	ids := &PublicIDs{padding: max(padding, 1), exact: exact}
	sum := sha256.Sum256([]byte(salt))
	weights := hex.EncodeToString(sum[:])
	order := make([]int, len(characters))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(characters[a], characters[b]))
	})
	for digit, i := range order {
		ids.alphabet[digit] = characters[i]
		ids.digits[characters[i]] = uint8(digit)
	}
	return ids
}

// Encode returns the ID of a number; "" for 0, and for a number too large for
// any installation.
func (ids *PublicIDs) Encode(number uint64) string {
	high, value := bits.Mul64(number, ids.padding)
	if high != 0 || value == 0 {
		return ""
	}
	var text [11]byte // 62 to the power of 11 is more than 64 bits hold
	at := len(text)
	for ; value > 0; value /= 62 {
		at--
		text[at] = ids.alphabet[value%62]
	}
	return string(text[at:])
}

// Decode returns the number of an ID and reports whether there is one. As on the
// old server, a character outside of the alphabet counts as its first one, and
// first ones at the beginning count for nothing.
func (ids *PublicIDs) Decode(id string) (uint64, bool) {
	var value uint64
	for i := range len(id) {
		high, shifted := bits.Mul64(value, 62)
		sum, carry := bits.Add64(shifted, uint64(ids.digits[id[i]]), 0)
		if high != 0 || carry != 0 {
			return 0, false
		}
		value = sum
	}
	if ids.exact && value%ids.padding != 0 {
		return 0, false
	}
	number := value / ids.padding
	return number, number > 0
}

// keyPrefix begins the API keys of version 4.
const keyPrefix = "chv_"

// errNotKey reports a text that is no API key of version 4.
var errNotKey = errors.New("not an API key of Chevereto 4")

// KeyNumber returns the number of the record of an API key of version 4: the
// key names its record between its first two underscores.
func (ids *PublicIDs) KeyNumber(key string) (uint64, error) {
	id, ok := keyID(key)
	if !ok {
		return 0, errNotKey
	}
	number, ok := ids.Decode(id)
	if !ok {
		return 0, fmt.Errorf("record of the key: %w", errNotKey)
	}
	return number, nil
}

func keyID(key string) (id string, ok bool) {
	if len(key) <= len(keyPrefix) || key[:len(keyPrefix)] != keyPrefix {
		return "", false
	}
	rest := key[len(keyPrefix):]
	for i := range len(rest) {
		if rest[i] == '_' {
			return rest[:i], i > 0
		}
	}
	return "", false
}
