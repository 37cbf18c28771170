package handlers_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"postern/media"
	"postern/media/library"
)

// part is a file, or without a filename a text, of a form.
type part struct{ name, filename, data string }

func TestTheUploadPageHasTheNotice(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Notice = "Closed <b>today</b> & tomorrow" })
	if body := s.guest().get("/").body; !strings.Contains(body, `<p class="notice" dir="auto">Closed &lt;b&gt;today&lt;/b&gt; &amp; tomorrow</p>`) {
		t.Errorf("the page lacks the notice: %s", body)
	}
	if body := newSite(t).guest().get("/").body; strings.Contains(body, `class="notice"`) {
		t.Error("there is a notice without text")
	}
}

// submit sends the form of the upload page as a browser does without scripts.
func (s *site) submit(parts []part, headers ...string) answer {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		write := func() error { return w.WriteField(p.name, p.data) }
		if p.filename != "" || p.name == "source" && p.data == "" {
			write = func() error {
				file, err := w.CreateFormFile(p.name, p.filename)
				if err == nil {
					_, err = file.Write([]byte(p.data))
				}
				return err
			}
		}
		if err := write(); err != nil {
			s.t.Fatal(err)
		}
	}
	w.Close()
	return s.do("POST", "/upload", &body, append(headers, "Content-Type", w.FormDataContentType())...)
}

var shownLink = regexp.MustCompile(`<input readonly value="([^"]*)">`)

// links are the texts that a page offers to copy.
func links(a answer) []string {
	var all []string
	for _, m := range shownLink.FindAllStringSubmatch(a.body, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

func TestFormWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	photo, video := string(input(t, "photo.jpg")), string(input(t, "v.mp4"))
	tests := []struct {
		name   string
		parts  []part
		status int
		items  int
		says   string
	}{
		{"one file", []part{{"source", "a.jpg", photo}, {"key", "", s.key}}, 200, 1, ""},
		{"the key first, an album chosen and left empty", []part{{"key", "", s.key}, {"album_id", "", ""}, {"source", "a.jpg", photo}}, 200, 1, ""},
		{"three files", []part{{"key", "", s.key}, {"source", "a.jpg", photo}, {"source", "b.mp4", video}, {"source", "c.png", string(input(t, "one.png"))}}, 200, 3, ""},
		{"a good and a bad file", []part{{"key", "", s.key}, {"source", "a.jpg", photo}, {"source", "b.txt", "plain text"}}, 200, 1, "This file could not be read as an image or video."},
		{"a bad file alone", []part{{"key", "", s.key}, {"source", "b.txt", "plain text"}}, 400, 0, "b.txt"},
		{"no file", []part{{"key", "", s.key}, {"source", "", ""}}, 400, 0, "Choose a file to upload."},
		{"no file and an empty address", []part{{"key", "", s.key}, {"source", "", ""}, {"source", "", ""}}, 400, 0, "Choose a file to upload."},
		{"no key", []part{{"source", "a.jpg", photo}}, 400, 0, "An API key is required."},
		{"a wrong key", []part{{"source", "a.jpg", photo}, {"key", "", "chv_wrong"}}, 400, 0, "This API key is not valid."},
		{"an address where none are taken", []part{{"key", "", s.key}, {"source", "", "https://example.org/a.jpg"}}, 400, 0, "Uploading from a URL is turned off"},
		{"an address shared as text", []part{{"key", "", s.key}, {"source", "", ""}, {"description", "", "https://example.org/a.jpg"}}, 400, 0, "Uploading from a URL is turned off"},
		{"too large a file", []part{{"key", "", s.key}, {"source", "a.jpg", photo + strings.Repeat("x", 10_000_000)}}, 400, 0, "The file is too large. The limit is 10 MB."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.submit(test.parts)
			if a.StatusCode != test.status || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %q, want %d", test.name, a.StatusCode, a.Header.Get("Content-Type"), test.status)
			}
			if got := len(links(a)); got != 8*test.items {
				t.Errorf("%s: %d links, want 8 for each of %d items", test.name, got, test.items)
			}
			if !strings.Contains(html.UnescapeString(a.body), test.says) || strings.Contains(a.body, s.key) {
				t.Errorf("%s: does not say %q, or says the key:\n%s", test.name, test.says, a.body)
			}
		})
	}
	if a := s.do("GET", "/upload", nil); a.StatusCode != 303 || a.Header.Get("Location") != "/" {
		t.Errorf("GET: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
}

func TestNothingIsLeftInStaging(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	photo := string(input(t, "photo.jpg"))
	s.submit([]part{{"source", "a.jpg", photo}, {"source", "b.jpg", photo}, {"key", "", "chv_wrong"}})
	s.submit([]part{{"source", "a.jpg", photo}, {"source", "b.txt", "text"}, {"key", "", s.key}, {"expiration", "", "rubbish"}})
	if staged, err := os.ReadDir(filepath.Join(s.dir, ".stage")); err != nil || len(staged) > 0 {
		t.Errorf("left behind: %v, %v", staged, err)
	}
}

func TestLinksOfAFormAreThoseOfTheAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Duplicates = library.DuplicatesReuse })
	for _, name := range []string{"photo.jpg", "v.mp4"} {
		image := s.upload(name, input(t, name), "title", `a [b] "c" <d>`).image(t)
		got := links(s.submit([]part{{"key", "", s.key}, {"title", "", `a [b] "c" <d>`}, {"source", name, string(input(t, name))}}))
		url, page := text(image, "url"), text(image, "url_viewer")
		thumb := text(image["thumb"].(map[string]any), "url")
		medium, _ := image["medium"].(map[string]any)["url"].(string)
		want := []string{
			url, page, thumb,
			`![a \[b\] "c" <d>](` + url + `)`,
			`<a href="` + page + `"><img src="` + url + `" alt="a [b] &#34;c&#34; &lt;d&gt;"></a>`,
			"[img]" + url + "[/img]",
			"[url=" + page + "][img]" + medium + "[/img][/url]",
			"[url=" + page + "][img]" + thumb + "[/img][/url]",
		}
		if frame := text(image, "url_frame"); frame != "" {
			if medium == "" {
				medium = frame
			}
			want[3] = `[![a \[b\] "c" <d>](` + frame + `)](` + page + `)`
			want[4] = `<video src="` + url + `" poster="` + frame + `" controls></video>`
			want[5] = "[url=" + page + "][img]" + frame + "[/img][/url]"
			want[6] = "[url=" + page + "][img]" + medium + "[/img][/url]"
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestOtherSitesCannotUploadThroughABrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests = true })
	file := []part{{"source", "a.jpg", string(input(t, "photo.jpg"))}}
	for _, test := range []struct {
		name   string
		header []string
		status int
	}{
		{"this site", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"the share sheet of a telephone", []string{"Sec-Fetch-Site", "none"}, 200},
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a neighbour", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"this site in an old browser", []string{"Origin", s.URL}, 200},
		{"another site in an old browser", []string{"Origin", "https://evil.example"}, 403},
		{"a program", nil, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			if a := s.submit(file, test.header...); a.StatusCode != test.status {
				t.Errorf("%s: %d, want %d", test.name, a.StatusCode, test.status)
			}
		})
	}
}

func TestExpiryChoicesAreThoseThatTheServerKeeps(t *testing.T) {
	t.Parallel()
	choice := regexp.MustCompile(`<option value="(\w*)"`)
	tests := []struct {
		name   string
		change func(*settings)
		want   string
	}{
		{"no limits", func(*settings) {}, ",PT15M,PT1H,P1D,P1W,P1M,P6M,P1Y"},
		{"guests for a week", func(set *settings) { set.guests, set.GuestExpiration = true, media.Period{Days: 7} }, ",PT15M,PT1H,P1D,P1W"},
		{"a month at most", func(set *settings) { set.Expiration.Max = media.Period{Months: 1} }, ",PT15M,PT1H,P1D,P1W,P1M"},
		{"an hour at least", func(set *settings) { set.Expiration.Min = media.Period{Time: 3600e9} }, ",PT1H,P1D,P1W,P1M,P6M,P1Y"},
		{"a usual time", func(set *settings) { set.DefaultExpiration = media.Period{Days: 1} }, ",0,PT15M,PT1H,P1D,P1W,P1M,P6M,P1Y"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := newSite(t, test.change).do("GET", "/", nil).body
			_, body, _ = strings.Cut(body, `<select name="expiration">`)
			body, _, _ = strings.Cut(body, "</select>")
			var got []string
			for _, m := range choice.FindAllStringSubmatch(body, -1) {
				got = append(got, m[1])
			}
			if strings.Join(got, ",") != test.want {
				t.Errorf("%s: %q, want %q", test.name, strings.Join(got, ","), test.want)
			}
		})
	}
}
