package chevereto_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20"

	"postern/importer/chevereto"
	"postern/importer/chevereto/cheveretotest"
)

// encipher makes what an installation with a key writes: a nonce, and the text
// under ChaCha20 from its first block on.
func encipher(t *testing.T, key []byte, text string) string {
	t.Helper()
	nonce := []byte("nonce-of-12b")
	c, err := chacha20.NewUnauthenticatedCipher(key, nonce)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(text))
	c.XORKeyStream(out, []byte(text))
	return base64.StdEncoding.EncodeToString(append(nonce, out...))
}

func TestSecretsAreDeciphered(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	site := cheveretotest.New("4.2")
	albums := site.Table("albums")
	albums.Rows[3][6] = encipher(t, key, "Apfel-7 ß 🍎") // album 4, whose password is set anew
	albums.Rows[4][5], albums.Rows[4][6] = "password", "in clear"
	settings := site.Table("settings")
	for _, row := range settings.Rows {
		if row[1] == "api_v1_key" {
			row[2] = encipher(t, key, cheveretotest.GuestKey)
		}
	}
	path := writeDump(t, site.Dump(cheveretotest.MariaDB))

	for _, tt := range []struct{ name, key, enciphered, clear, guest string }{
		{"with the key", base64.StdEncoding.EncodeToString(key), "Apfel-7 ß 🍎", "in clear", cheveretotest.GuestKey},
		{"without it", "", albums.Rows[3][6].(string), "in clear", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var o chevereto.Options
			var err error
			if tt.key != "" {
				if o.Key, err = chevereto.ParseEncryptionKey(tt.key + "\n"); err != nil {
					t.Fatal(err)
				}
			}
			in := open(t, path, o)
			passwords := make(map[int64]string)
			err = in.Albums(context.Background(), func(a chevereto.Album) error {
				passwords[a.Number] = a.Password
				return nil
			})
			if err != nil || passwords[4] != tt.enciphered || passwords[5] != tt.clear {
				t.Errorf("passwords of albums 4 and 5: %q, %q, %v, want %q, %q", passwords[4], passwords[5], err, tt.enciphered, tt.clear)
			}
			if in.Settings.GuestKey != tt.guest {
				t.Errorf("guests' key %q, want %q", in.Settings.GuestKey, tt.guest)
			}
			if tt.guest == "" && len(in.Broken) == 0 {
				t.Error("nothing tells of the guests' key that was left")
			}
		})
	}
	for _, wrong := range []string{"", "not Base64!", base64.StdEncoding.EncodeToString(key[:16])} {
		if _, err := chevereto.ParseEncryptionKey(wrong); err == nil {
			t.Errorf("ParseEncryptionKey(%q): no error", wrong)
		}
	}
}

func writeDump(t *testing.T, dump []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dump.sql")
	if err := os.WriteFile(path, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, dump string, o chevereto.Options) *chevereto.Installation {
	t.Helper()
	d, err := chevereto.OpenDump(context.Background(), dump)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	in, err := chevereto.Open(context.Background(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func join(lines []string) string { return strings.Join(lines, "\n") }
