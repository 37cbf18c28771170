package e2e

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestInstallable asks the browser itself about the manifest.
func TestInstallable(t *testing.T) {
	_, b := asGuest(t)
	b.open("/")
	m := call(b, page.GetAppManifest, page.GetAppManifestParams{})
	if len(m.Errors) > 0 || m.Manifest == nil || m.Manifest.Name != "Postern" {
		t.Fatalf("%+v, errors %+v", m.Manifest, m.Errors)
	}
	for _, e := range call(b, page.GetInstallabilityErrors, cdp.Empty{}).InstallabilityErrors {
		if e.ErrorID != "in-incognito" { // as every window of these tests
			t.Errorf("not installable: %+v", e)
		}
	}
}

// share does what a telephone does with an installed page when something is
// shared with it: the browser itself, and no page, navigates with a POST. The
// protocol has no such call, so a navigation of the browser is given a body on
// its way out; what it says of its origin is the browser's own.
func (b *tab) share(fill func(*multipart.Writer)) (sent network.Headers) {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	fill(w)
	w.Close()
	headers := make(chan network.Headers, 8)
	if err := chromedp.Listen(b.ctx, func(ev any) {
		switch e := ev.(type) {
		case *fetch.EventRequestPaused:
			// A listener may not wait for an answer of the browser.
			go b.goOnWith(e.RequestID, body.Bytes(), w.FormDataContentType())
		case *network.EventRequestWillBeSentExtraInfo:
			select {
			case headers <- e.Headers:
			default:
			}
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	call(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*/upload", RequestStage: fetch.RequestStageRequest}}})
	b.open("/upload")
	return await(b.t, "the headers of what is shared", headers)
}

// goOnWith gives a paused request a body and lets it go on.
func (b *tab) goOnWith(id fetch.RequestID, body []byte, contentType string) {
	ctx, cancel := b.limited()
	defer cancel()
	if _, err := chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{
		RequestID: id, Method: http.MethodPost, PostData: body,
		Headers: []*fetch.HeaderEntry{{Name: "Content-Type", Value: contentType}, {Name: "Origin", Value: "null"}, {Name: "Accept-Language", Value: "en"}},
	}); err != nil {
		b.t.Errorf("let the request go on: %v", err)
	}
}

func TestShareSheet(t *testing.T) {
	_, b := asGuest(t)
	sent := b.share(func(w *multipart.Writer) {
		_ = w.WriteField("title", "The sea")
		for _, name := range []string{"IMG_1.jpg", "IMG_2.jpg"} {
			part, _ := w.CreateFormFile("source", name)
			_, _ = part.Write(picture(t, name))
		}
	})
	if site := sent["Sec-Fetch-Site"]; site != "none" {
		t.Errorf("the browser says Sec-Fetch-Site: %v, want none: this is not what the share sheet does", site)
	}
	b.count("article[data-state=done]", 2)
	link := ask[string](b, `document.querySelector('input[readonly]').value`)
	if status, got := get(t, link); status != http.StatusOK || !bytes.Equal(got, picture(t, "IMG_1.jpg")) {
		t.Errorf("%s: %d, %d bytes", link, status, len(got))
	}
	b.open("/")
	b.count("#own-list li", 2)
}

// TestShareSheetOfWhoHasSignedIn: the session counts for what is shared, on a
// server that takes nothing of guests.
func TestShareSheetOfWhoHasSignedIn(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	b := browse(t, p.url)
	b.signIn(p.key)
	b.share(func(w *multipart.Writer) {
		part, _ := w.CreateFormFile("source", "IMG_1.jpg")
		_, _ = part.Write(picture(t, "IMG_1.jpg"))
	})
	b.count("article[data-state=done]", 1)
	b.open("/gallery")
	b.count(".thumb", 1)
}

// TestAnotherSiteCannotUpload lets a page of another origin send the same form
// through the visitor's browser.
func TestAnotherSiteCannotUpload(t *testing.T) {
	p, b := asGuest(t)
	b.tolerate("403")
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><link rel=icon href=data:,><title>Another site</title>"))
	}))
	defer other.Close()
	b.base = strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	b.open("/")
	ask[any](b, `(() => {
		const form = document.createElement('form')
		form.action = '`+p.url+`/upload'
		form.method = 'post'
		form.enctype = 'multipart/form-data'
		form.innerHTML = '<input type="file" name="source" id="file">'
		document.body.append(form)
	})()`)
	b.choose("#file", pictureFile(t, "one.jpg"))
	ask[any](b, `void setTimeout(() => document.querySelector('form').submit())`)
	b.wait(`location.origin === '` + p.url + `' && document.readyState === 'complete'`)
	b.wait(`document.body.innerText.includes('The request came from another site and was blocked.')`)
}
