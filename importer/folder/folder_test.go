package folder_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/importer/folder"
)

// walk writes files, in pairs of names and content, and returns the entries by paths.
func walk(t *testing.T, files ...string) map[string]folder.Entry {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i+1 < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := make(map[string]folder.Entry)
	err := folder.Walk(dir, func(e folder.Entry) error { found[e.Path] = e; return nil }, func(string, string) {})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func told(title string) string { return fmt.Sprintf(`{"title": "x.jpg", "description": %q}`, title) }

func TestNamesOfTakeout(t *testing.T) {
	long := strings.Repeat("l", 60) + ".jpg"
	tests := []struct{ file, json string }{
		{"a.jpg", "a.jpg.json"},
		{"a.jpg", "a.jpg.supplemental-metadata.json"},
		{"a.jpg", "a.jpg.supplemental-me.json"},
		{"a.jpg", "A.JPG.suppl.json"},
		{"a(1).jpg", "a.jpg(1).json"},
		{"a(1).jpg", "a.jpg.supplemental-metadata(1).json"},
		{"a-edited.jpg", "a.jpg.json"},
		{long, long[:46] + ".json"},
	}
	for _, test := range tests {
		t.Run(test.json, func(t *testing.T) {
			found := walk(t, test.file, "", test.json, told("mine"), "other.jpg", "", "b.jpg.json", told("another's"))
			if got := found[test.file].Words.Description; got != "mine" {
				t.Errorf("got %q", got)
			}
			if got := found["other.jpg"].Words.Description; got != "" {
				t.Errorf("another file has %q", got)
			}
		})
	}
}

func TestSidecars(t *testing.T) {
	elements := `<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description xmlns:d="http://purl.org/dc/elements/1.1/"
		xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:p="http://ns.adobe.com/photoshop/1.0/">
		<d:description><r:Alt><r:li>First</r:li><r:li>Zweite</r:li></r:Alt></d:description>
		<d:subject><r:Bag><r:li>one</r:li><r:li>two</r:li><r:li>one</r:li></r:Bag></d:subject>
		<p:DateCreated>2012-03-04</p:DateCreated><e:GPSLatitude>10,30S</e:GPSLatitude><e:GPSLongitude>20,0,36W</e:GPSLongitude>
		</r:Description></r:RDF>`
	found := walk(t, "a.jpg", "", "a.jpg.xmp", elements, "b.jpg", "", "b.jpg.json",
		`{"title": "A title", "geoData": {"latitude": 0, "longitude": 0}, "geoDataExif": {"latitude": 1.5, "longitude": -2}, "photoTakenTime": {"timestamp": "x"}}`,
		"b.xmp", strings.Replace(elements, "First", "Of XMP", 1),
		"c.jpg", "", "c.xmp", "<not xml", "d.jpg", "", "d.jpg.json", "[]", "e.jpg", "", "e.xmp", strings.Repeat("<a>", 100_000))
	a, b := found["a.jpg"].Words, found["b.jpg"].Words
	if a.Title != "" || a.Description != "First" || !slices.Equal(a.Tags, []string{"one", "two"}) ||
		!a.Taken.Equal(time.Date(2012, 3, 4, 0, 0, 0, 0, time.UTC)) || a.Place == nil || *a.Place != (folder.Place{-10.5, -20.01}) {
		t.Errorf("XMP: %+v %v", a, a.Place)
	}
	if b.Title != "A title" || b.Description != "Of XMP" || b.Taken != a.Taken || b.Place == nil || *b.Place != (folder.Place{1.5, -2}) {
		t.Errorf("both: %+v %v", b, b.Place)
	}
	for _, name := range []string{"c.jpg", "d.jpg", "e.jpg"} {
		if w := found[name].Words; w.Title != "" || w.Place != nil || len(found) != 5 {
			t.Errorf("%s: %+v", name, w)
		}
	}
}

func TestWalk(t *testing.T) {
	found := walk(t, "a.jpg", "", "in/deep/b.MOV", "12", "in/c.txt", "", ".d.jpg", "", ".git/e.jpg", "", "in/f.xmp", "")
	if len(found) != 2 || found["a.jpg"].Album() != "" || found["in/deep/b.MOV"].Album() != "in / deep" || found["in/deep/b.MOV"].Size != 2 {
		t.Errorf("%+v", found)
	}
}
