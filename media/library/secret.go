package library

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// Secret is the server's own secret. Delete tokens, digests and signatures depend on it.
type Secret []byte

// deleteTokenLength is that of Chevereto's: 48 hexadecimal digits.
const deleteTokenLength = 24

// DeleteToken returns the secret that lets its holder delete an item. It is
// derived from the item's ID, so nothing is stored.
func (s Secret) DeleteToken(id string) string {
	return hex.EncodeToString(s.Digest("delete", id)[:deleteTokenLength])
}

// CheckDeleteToken compares in constant time.
func (s Secret) CheckDeleteToken(id, token string) bool {
	return hmac.Equal([]byte(s.DeleteToken(id)), []byte(token))
}

// Sign returns a signature of this server for a text and a use.
func (s Secret) Sign(use, text string) string {
	return hex.EncodeToString(s.Digest("sign "+use, text)[:16])
}

// CheckSignature compares in constant time.
func (s Secret) CheckSignature(use, text, signature string) bool {
	return hmac.Equal([]byte(s.Sign(use, text)), []byte(signature))
}

// AddressHash returns a keyed digest of an address. It tells the uploads of one address
// from those of another, and nothing else.
func (s Secret) AddressHash(address string) string {
	return hex.EncodeToString(s.Digest("uploader", address)[:16])
}

// Digest is a keyed hash of text for one use.
func (s Secret) Digest(use, text string) []byte {
	mac := hmac.New(sha256.New, s)
	io.WriteString(mac, use+"\x00"+text)
	return mac.Sum(nil)
}
