package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postern/postgres/pgtest"
	"postern/storage/s3/s3test"
)

// Two gateways of one bucket and one database are one server to their clients.
func TestTwoGatewaysAreOne(t *testing.T) {
	pgtest.Synced = true // else a gateway refuses it
	env := append(bucketSettings(s3test.Versitygw(t)), "POSTERN_DATABASE_URL="+pgtest.Empty(t), "POSTERN_RATE_USER=2")
	one := start(t, t.TempDir(), env...)
	second := t.TempDir()
	// Where this file is, start waits for no key. Nothing reads it.
	if err := os.WriteFile(filepath.Join(second, "postern.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	two := restarted(t, one, second, env...)
	data := picture(t, "")
	image, err := one.upload(one.key, "a.jpg", data)
	if err != nil {
		t.Fatal(err)
	}
	url := moved(fmt.Sprint(image["url"]), two.url)
	if status, got := get(t, url); status != 200 || !bytes.Equal(got, data) {
		t.Errorf("the other gateway: %d, %d bytes, want %d", status, len(got), len(data))
	}
	again, err := two.upload(two.key, "a.jpg", data)
	if err != nil || moved(fmt.Sprint(again["url"]), two.url) != url {
		t.Errorf("the same at the other gateway: %v, %v, want %s", again["url"], err, url)
	}
	// They share what a user may do: each of them has seen one upload.
	if _, err := one.upload(one.key, "b.jpg", picture(t, "b")); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("the third upload of two: %v, want 429", err)
	}
	// The token of one counts at the other: they have the same secret.
	deletion := moved(fmt.Sprint(image["delete_url"]), two.url)
	if res := request(t, http.MethodDelete, deletion); res.StatusCode != 200 {
		t.Errorf("delete at the other gateway: %d", res.StatusCode)
	}
	if status, _ := get(t, moved(url, one.url)); status != 404 {
		t.Errorf("after the deletion: %d, want 404", status)
	}
}

func TestADatabaseBesideADiskIsRefused(t *testing.T) {
	cmd := exec.Command(binary, "serve")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+t.TempDir(), "POSTERN_DATABASE_URL=postgres://ann@host/db")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "need files in a bucket") {
		t.Errorf("%v, %s", err, out)
	}
}
