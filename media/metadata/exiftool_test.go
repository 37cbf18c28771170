package metadata_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"postern/media/metadata"
)

// TestExiftoolFindsNothing asks another reader.
func TestExiftoolFindsNothing(t *testing.T) {
	exiftool, err := exec.LookPath("exiftool")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("exiftool is missing")
		}
		t.Skip("exiftool is not installed")
	}
	data := load(t, "m_gps.jpg")
	out, changed := strip(t, data, metadata.JPEG, metadata.Private)
	if !changed {
		t.Fatal("a picture with a position was not changed")
	}
	samePixels(t, data, out)
	for name, content := range map[string][]byte{"before": data, "after": out} {
		file := filepath.Join(t.TempDir(), "a.jpg")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := exec.Command(exiftool, "-a", "-s", "-gps*", "-*serial*", "-ThumbnailImage", "-PreviewImage", "-MakerNote*", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if empty := len(bytes.TrimSpace(found)) == 0; empty == (name == "before") {
			t.Errorf("%s: exiftool says %q", name, found)
		}
	}
}
