package handlers_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"postern/media"
)

// describedPNG holds a description of that many letters of two bytes.
func describedPNG(t *testing.T, letters int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(bytes.Repeat([]byte("é"), letters))
	w.Close()
	text := pngChunk("iTXt", append([]byte("Description\x00\x01\x00\x00\x00"), b.Bytes()...))
	var plain bytes.Buffer
	if err := png.Encode(&plain, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	const headEnd = 33 // of the signature and IHDR
	return concat(plain.Bytes()[:headEnd], text, plain.Bytes()[headEnd:])
}

// TestTextsInFilesAreCut uploads a small file that says two megabytes.
func TestTextsInFilesAreCut(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	for _, letters := range []int{4999, 5000, 5001, 100_000} {
		a := s.upload("a.png", describedPNG(t, letters))
		want := strings.Repeat("é", min(letters, media.MaxDescription/2))
		if got := text(a.image(t), "description"); got != want {
			t.Errorf("%d letters: %d bytes are kept, want %d", letters, len(got), len(want))
		}
	}
	if a := s.do("GET", "/api/v1/media?limit=250", nil); a.StatusCode != http.StatusOK || len(a.body) > 5*media.MaxDescription {
		t.Errorf("the list: %d, %d bytes", a.StatusCode, len(a.body))
	}
	long := strings.Repeat("n", 2000)
	if name := text(s.upload(long+".jpg", plainJPEG(t, 9, 9)).image(t), "original_filename"); len(name) != 255 || !strings.HasSuffix(name, "n.jpg") {
		t.Errorf("a long name: %d bytes are kept, ending in %.9q", len(name), name[len(name)-9:])
	}
}

// TestWordsOfFormsAreBounded sends a byte, or a tag, more than is kept.
func TestWordsOfFormsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	m := s.mustPile(s.bobKey, 20)
	slug := m["slug"].(string)
	_, v := s.v1("POST", "/posts", s.bobKey, fmt.Sprintf(`{"media_ids": [%d]}`, numberOf(m["id"])))
	post := dig(v, "post", "slug").(string)
	bob := s.signIn(s.bobKey)
	var tags []string
	for i := range media.MaxTags + 1 {
		tags = append(tags, fmt.Sprint("tag", i))
	}
	most := strings.Repeat("é", media.MaxDescription/2)
	for _, test := range []struct {
		name   string
		status int
		send   func() int
	}{
		{"API, most", 200, func() int {
			return s.upload("a.jpg", plainJPEG(t, 9, 9), "description", most, "tags", strings.Join(tags[1:], ",")).StatusCode
		}},
		{"API, description", 400, func() int { return s.upload("a.jpg", plainJPEG(t, 9, 9), "description", most+"x").StatusCode }},
		{"API, tags", 400, func() int { return s.upload("a.jpg", plainJPEG(t, 9, 9), "tags", strings.Join(tags, ",")).StatusCode }},
		{"edit page, most", 303, func() int {
			return bob.post("/items/"+slug+"/edit", "description", most, "tags", strings.Join(tags[1:], ",")).StatusCode
		}},
		{"edit page, description", 400, func() int { return bob.post("/items/"+slug+"/edit", "description", most+"x").StatusCode }},
		{"edit page, tags", 400, func() int { return bob.post("/items/"+slug+"/edit", "tags", strings.Join(tags, ",")).StatusCode }},
		{"post's page", 400, func() int {
			return bob.post("/album/"+post+"/edit", "description", most+"x", "visibility", "public").StatusCode
		}},
		{"media, most", 200, func() int { n, _ := s.v1("PATCH", "/media/"+slug, s.bobKey, `{"description": "`+most+`"}`); return n }},
		{"media", 422, func() int { n, _ := s.v1("PATCH", "/media/"+slug, s.bobKey, `{"description": "`+most+`x"}`); return n }},
		{"post", 422, func() int { n, _ := s.v1("PATCH", "/posts/"+post, s.bobKey, `{"description": "`+most+`x"}`); return n }},
	} {
		t.Run(test.name, func(t *testing.T) {
			if status := test.send(); status != test.status {
				t.Errorf("%s: got %d, want %d", test.name, status, test.status)
			}
		})
	}
	if _, v := s.v1("GET", "/media/"+slug, "", ""); dig(v, "data", "description") != most {
		t.Error("the longest description is not what is kept")
	}
}
