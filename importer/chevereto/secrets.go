package chevereto

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/chacha20"
)

// EncryptionKey is the key by which an installation of version 4 may encipher
// secrets in its database. The zero value deciphers nothing.
type EncryptionKey struct{ bytes []byte }

// ParseEncryptionKey reads a key as the installation's environment has it: 32
// bytes in Base64.
func ParseEncryptionKey(text string) (EncryptionKey, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return EncryptionKey{}, fmt.Errorf("encryption key: %w", err)
	}
	if len(b) != chacha20.KeySize {
		return EncryptionKey{}, fmt.Errorf("encryption key has %d bytes, not %d", len(b), chacha20.KeySize)
	}
	return EncryptionKey{b}, nil
}

// Reveal returns a text as it was before it was enciphered, and reports whether
// it was. A database holds plain texts beside enciphered ones, and nothing marks
// them: a text counts as enciphered if it deciphers to what plausible accepts.
func (k EncryptionKey) Reveal(text string, plausible func(string) bool) (string, bool) {
	plain, err := k.decipher(text)
	if err != nil || !plausible(plain) {
		return text, false
	}
	return plain, true
}

var errPlain = errors.New("not enciphered")

// decipher undoes ChaCha20 behind a nonce, in Base64. There is no tag that would
// tell a wrong key.
func (k EncryptionKey) decipher(text string) (string, error) {
	if len(k.bytes) == 0 {
		return "", errPlain
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) <= chacha20.NonceSize {
		return "", errPlain
	}
	cipher, err := chacha20.NewUnauthenticatedCipher(k.bytes, b[:chacha20.NonceSize])
	if err != nil {
		return "", fmt.Errorf("decipher: %w", err)
	}
	plain := b[chacha20.NonceSize:]
	cipher.XORKeyStream(plain, plain)
	return string(plain), nil
}

// isText accepts what somebody may have typed.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// isGuestKey accepts the two forms of keys for guests.
func isGuestKey(s string) bool {
	return (len(s) == 32 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
