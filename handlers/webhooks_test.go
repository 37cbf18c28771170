package handlers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/fetch"
	"postern/media/webhook"
)

// told is a request that a listener got.
type told struct {
	header http.Header
	body   string
}

// listener is another server that is told what happens.
type listener struct {
	*httptest.Server
	requests chan told
}

func newListener(t *testing.T) *listener {
	l := &listener{requests: make(chan told, 100)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		select {
		case l.requests <- told{r.Header, string(body)}:
		default:
			t.Error("more requests than there is news")
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// webhookSender returns one that tells the listeners, which may be on this machine.
func webhookSender(db *database, log io.Writer, pauses []time.Duration, targets ...webhook.Target) *webhook.Sender {
	c := fetch.Config{MaxRedirects: -1, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	for _, t := range targets {
		u, _ := url.Parse(t.URL)
		port, _ := strconv.ParseUint(u.Port(), 10, 16)
		c.Ports = append(c.Ports, uint16(port))
	}
	s := webhook.New(db, fetch.New(c), targets, media.WebhookEvents, time.Now, slog.New(slog.NewTextHandler(log, nil)))
	s.Pauses = pauses
	return s
}

// runWebhooks runs a sender until the test or stop ends it.
func runWebhooks(t *testing.T, s *webhook.Sender) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// next waits for the next request.
func (l *listener) next(t *testing.T) told {
	t.Helper()
	select {
	case got := <-l.requests:
		return got
	case <-time.After(time.Minute):
		t.Fatal("no webhook arrives")
		return told{}
	}
}

// TestOtherServersAreToldOfUploadsAndReports uploads and reports an item, while two servers
// listen: each gets its form, signed where it has a secret.
func TestOtherServersAreToldOfUploadsAndReports(t *testing.T) {
	t.Parallel()
	program, discord := newListener(t), newListener(t)
	const secret = "of a file"
	s := newSite(t, withModeration, func(set *settings) {
		set.webhooks = func(db *database) *webhook.Sender {
			return webhookSender(db, io.Discard, []time.Duration{0},
				webhook.Target{Name: "url", URL: program.URL + "/hook", Secret: secret, Format: webhook.JSON},
				webhook.Target{Name: "discord", URL: discord.URL + "/api", Format: webhook.Discord})
		}
	})
	runWebhooks(t, s.options.Webhooks)
	id := s.uploadAs(s.bobKey, "small.jpg", "title", "Sea @everyone")
	var news webhook.News
	for _, event := range []string{"upload", "pending", "report"} {
		if event == "report" {
			s.guest().wants(s.guest().pageOf(id), http.StatusOK, "/report/"+id)
			if a := s.guest().post("/report/"+id, "reason", "person", "note", "That is me"); a.StatusCode != http.StatusOK {
				t.Fatalf("report: %d %.300s", a.StatusCode, a.body)
			}
		}
		got := program.next(t)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(got.body))
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); got.header.Get("X-Postern-Signature-256") != want || got.header.Get("X-Postern-Event") != event {
			t.Errorf("%s: header %v, want the signature %s", event, got.header, want)
		}
		news = webhook.News{}
		if err := json.Unmarshal([]byte(got.body), &news); err != nil {
			t.Fatal(err)
		}
		if it := news.Item; news.Event != event || it.ID != id || it.User == nil || *it.User != "bob" || it.Moderation != "pending" ||
			!strings.HasSuffix(it.Page, "."+id) || !strings.HasPrefix(it.Page, s.URL) || it.Type != "image/jpeg" {
			t.Errorf("%s: %s", event, got.body)
		}
		got = discord.next(t)
		if !strings.Contains(got.body, `"title":"Sea @everyone"`) || !strings.Contains(got.body, `"allowed_mentions":{"parse":[]}`) || strings.Contains(got.body, "thumbnail") ||
			got.header.Get("X-Postern-Signature-256") != "" {
			t.Errorf("%s to Discord: %v %s", event, got.header, got.body)
		}
	}
	if news.Report == nil || news.Report.Reason != "person" || news.Report.Text != "That is me" {
		t.Errorf("report: %+v", news.Report)
	}
}

// TestWebhooksArriveLater has a server that is not there at first, and a gateway that stops
// meanwhile.
func TestWebhooksArriveLater(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	refusals := make(chan struct{}, 1)
	refuse := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		select {
		case refusals <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(refuse.Close)
	target := func(url string) webhook.Target {
		return webhook.Target{Name: "url", URL: url, Format: webhook.JSON}
	}
	s := newSite(t, func(set *settings) {
		set.webhooks = func(db *database) *webhook.Sender {
			return webhookSender(db, io.Discard, []time.Duration{0}, target(refuse.URL))
		}
	})
	stop := runWebhooks(t, s.options.Webhooks)
	id := text(s.upload("small.jpg", input(t, "small.jpg")).image(t), "id_encoded")
	<-refusals
	stop()
	runWebhooks(t, webhookSender(s.db, io.Discard, []time.Duration{0}, target(l.URL)))
	if got := l.next(t); !strings.Contains(got.body, `"id":"`+id+`"`) {
		t.Errorf("after a restart: %s", got.body)
	}
}

// TestReports walks the queue of reports where uploads do not wait for anybody.
func TestReports(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	_, key := s.addModerator("mia")
	mia, guest, bob := s.signIn(key), s.guest(), s.signIn(s.bobKey)
	id := s.uploadAs(s.key, "small.jpg") // an admin's: nobody looks at it first
	if got := mia.get("/moderation").items(); len(got) != 0 {
		t.Fatalf("in the queue: %v", got)
	}
	guest.wants("/report/"+id, http.StatusOK, "Choose a reason")
	for name, fields := range map[string][]string{
		"no reason": {"note", "x"}, "an unknown reason": {"reason", "x"}, "a long note": {"reason", "spam", "note", strings.Repeat("x", media.MaxReportNote+1)},
	} {
		if a := guest.post("/report/"+id, fields...); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if a := guest.post("/report/aaaaaaa", "reason", "spam"); a.StatusCode != http.StatusNotFound {
		t.Errorf("nothing: %d", a.StatusCode)
	}
	for _, who := range []*visitor{guest, guest, bob} { // once each
		if a := who.post("/report/"+id, "reason", "spam", "note", "<b>buy</b>"); a.StatusCode != http.StatusOK {
			t.Fatalf("report: %d %.300s", a.StatusCode, a.body)
		}
	}
	a := mia.wants("/moderation", http.StatusOK, "Spam or fraud", "&lt;b&gt;buy&lt;/b&gt;")
	if got := a.items(); strings.Join(got, " ") != id || strings.Count(a.body, "Spam or fraud") != 2 {
		t.Errorf("in the queue: %v with %d reports", got, strings.Count(a.body, "Spam or fraud"))
	}
	// A verdict can be taken back: the file is what it was then, and does not wait.
	var told toldScripts
	sent := mia.sendForm("/moderation/"+id, mia.cookie, url.Values{"verdict": {"rejected"}}, "Accept", "application/json")
	if err := json.Unmarshal([]byte(sent.body), &told); err != nil || len(told.Undo) != 1 || told.Undo[0]["do"] != "approved" {
		t.Fatalf("scripts are told %d %s, %v", sent.StatusCode, sent.body, err)
	}
	mia.undo(told)
	guest.wants(guest.pageOf(id), http.StatusOK, "/report/"+id)
	a = mia.post("/moderation/"+id, "verdict", "rejected", "back", "/moderation")
	if to := a.Header.Get("Location"); !strings.Contains(to, "undo=") || strings.Contains(to, "ids=") {
		t.Errorf("after a verdict without scripts: %d %s", a.StatusCode, to)
	}
	mia.wants(a.Header.Get("Location"), http.StatusOK, `value="approved"`, `value="`+id+`"`)
	if got := mia.get("/moderation").items(); len(got) != 0 {
		t.Errorf("after the verdict: %v", got)
	}
	if a := guest.get("/report/" + id); a.StatusCode != http.StatusNotFound {
		t.Errorf("a rejected file: %d", a.StatusCode)
	}

	// Where reports are off there is nothing of them.
	off := newSite(t)
	id = off.uploadAs(off.bobKey, "small.jpg")
	if a := off.guest().get(off.guest().pageOf(id)); strings.Contains(a.body, "/report/") {
		t.Error("a link to a form that is not there")
	}
	if a := off.guest().get("/report/" + id); a.StatusCode != http.StatusNotFound {
		t.Errorf("the form: %d", a.StatusCode)
	}
}

// TestReportsAreLimited sends more than the rate allows from one address.
func TestReportsAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration, func(set *settings) { set.Rates.Report.PerMinute = 2 })
	id := s.uploadAs(s.key, "small.jpg")
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		if a := s.guest().post("/report/"+id, "reason", "spam"); a.StatusCode != want {
			t.Errorf("report %d: %d, want %d", i, a.StatusCode, want)
		}
	}
}
