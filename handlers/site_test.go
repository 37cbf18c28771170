package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/handlers"
	"postern/handlers/admin"
	"postern/handlers/form"
	shared "postern/handlers/site"
	"postern/media"
	"postern/media/auth"
	"postern/media/community"
	"postern/media/library"
	"postern/media/metadata"
	"postern/media/moderation"
	"postern/media/oldsite"
	"postern/media/process"
	"postern/media/views"
	"postern/media/webhook"
	"postern/storage"
)

// site is a whole server over a real database file and a real folder.
type site struct {
	*httptest.Server
	t      *testing.T
	db     *database
	lib    *library.Library
	files  fileStore
	queue  *moderation.Queue
	dir    string
	now    time.Time     // the server's time; zero for the real one
	log    *lockedBuffer // what the server logs
	admin  media.User
	key    string // of admin
	bob    media.User
	bobKey string

	options handlers.Options // that it runs with
}

// settings are what a test may change before the site starts.
type settings struct {
	library.Policy
	handlers.Options
	guests   bool
	guestKey string
	imgpile  bool // the imgpile surface is on
	webhooks func(*database) *webhook.Sender
	idle     bool // renditions are made only when makeSizes is called
	// writeBuffer is that of the server's connections in bytes, 0 for what the system gives.
	writeBuffer int
	store       func(storage.Store) storage.Store
	prober      process.FrameExtractor
}

// moderator asks a program about the site's uploads.
func (s *site) moderator(timeout time.Duration, command ...string) *moderation.Moderator {
	return &moderation.Moderator{
		Queue: s.queue, Signals: s.lib.Moderation, Fetch: s.lib.Files.Fetch, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Command: command, Timeout: timeout,
	}
}

func newSite(t *testing.T, change ...func(*settings)) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), log: new(lockedBuffer)}
	s.db = openDatabase(t, s.dir)
	s.files = openStore(t, s.dir)
	set := defaultSettings()
	set.Log = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, f := range change {
		f(&set)
	}
	s.lib = library.NewLibrary(library.Parts{
		Store: set.store(s.files), Staging: s.files.Staging(), Database: s.db, Accounts: s.db, Bans: s.db, Frames: set.prober,
		Policy: set.Policy, Secret: []byte("0123456789abcdef0123456789abcdef"), Now: s.time, Log: set.Log,
	})
	s.queue = &moderation.Queue{Records: s.db, Now: s.time}
	set.Options.Library, set.Options.Moderation = s.lib, s.queue
	set.Options.Keyring = &auth.Keyring{
		Accounts: s.db, Sessions: s.db, Credentials: s.db, OldKeys: s.db, Now: s.time,
		Settings: auth.Settings{SessionLife: media.Period{Days: 30}, Guests: set.guests, GuestKey: set.guestKey},
	}
	set.Options.Old = &oldsite.Addresses{Records: s.db, Bases: []string{"https://older.example.org/pics"}, Now: s.time}
	set.AddressBans, set.Admin = s.db, admin.Options{Records: s.db, Version: "test", Started: s.time()}
	set.Options.Location = set.Policy.Location
	if set.imgpile {
		set.Community = community.New(s.db, s.db, s.lib)
		if !set.idle {
			s.makeSizes()
		}
	}
	if set.Moderate {
		set.Registration = true
		set.Reports = s.db
	}
	if set.webhooks != nil {
		set.Webhooks = set.webhooks(s.db)
	}
	s.options = set.Options
	set.Options.ViewCounter = &views.Counter{Items: s.db.AddView, Posts: s.db.AddPostView, Log: set.Log}
	h, err := handlers.New(set.Options)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		// What cannot be written now is written at a later request.
		_ = set.Options.ViewCounter.Flush(context.WithoutCancel(r.Context()))
	}))
	s.Server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		if tcp, ok := conn.(*net.TCPConn); ok && set.writeBuffer > 0 {
			_ = tcp.SetWriteBuffer(set.writeBuffer)
		}
		return ctx
	}
	s.Server.Start()
	t.Cleanup(func() { s.Server.Close(); s.db.Close(); s.files.Close() })
	s.admin, s.key = s.addUser("admin", true)
	s.bob, s.bobKey = s.addUser("bob", false)
	return s
}

// makeSizes begins to work off the queue of renditions.
func (s *site) makeSizes() {
	ctx, stop := context.WithCancel(context.Background())
	sized := make(chan struct{})
	go func() {
		defer close(sized)
		(&library.RenditionWorker{Library: s.lib, Database: s.db}).Run(ctx)
	}()
	s.t.Cleanup(func() { stop(); <-sized })
}

// lockedBuffer may be read while the server writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func defaultSettings() settings {
	var set settings
	set.Policy = library.Policy{
		MaxFile: 10_000_000, MaxGuestFile: 1_000_000, MaxPixels: 50_000_000, MaxVideoPixels: 50_000_000,
		Formats:   []string{"jpeg", "png", "gif", "webp", "bmp", "avif", "mp4", "mov", "webm"},
		ThumbSize: 320, MediumWidth: 500, Quality: 90, Naming: media.NamingOriginal, DateFolders: true,
		Location: time.UTC, Metadata: metadata.Private, Duplicates: library.DuplicatesAllow,
		Expiration: media.Bounds{Min: media.Period{Time: 5 * time.Minute}}, DecodeMemory: 1e9, Workers: 2, Queue: 64,
		Undo: media.Period{Days: 7},
	}
	set.Options.Options = shared.Options{
		Templates: os.DirFS("../templates"), Static: os.DirFS("../static"), SiteName: "Postern", CORSOrigin: "*",
		ImageRoute: "image", VideoRoute: "clip", MaxBody: 30_000_000, MaxField: 64_000,
		Form: form.Limits{MaxFields: 64}, BodyIdle: 10 * time.Second, AnswerIdle: 10 * time.Second, MaxDrain: 100_000_000, DefaultMedia: "JPG PNG",
	}
	set.Imgpile.MaxFile = 5_000_000
	set.store = func(s storage.Store) storage.Store { return s }
	set.prober = process.NoFrames{}
	return set
}

func (s *site) time() time.Time {
	if s.now.IsZero() {
		return time.Now()
	}
	return s.now
}

func (s *site) addUser(name string, admin bool) (media.User, string) {
	s.t.Helper()
	u := media.User{Name: name, Admin: admin, CreatedAt: time.Now()}
	if err := s.db.InsertUser(context.Background(), &u); err != nil {
		s.t.Fatal(err)
	}
	key, digest := auth.NewKey()
	if err := s.db.InsertKey(context.Background(), &media.APIKey{UserID: u.ID, Digest: digest, CreatedAt: time.Now()}); err != nil {
		s.t.Fatal(err)
	}
	return u, key
}

// answer is what came back, its body read.
type answer struct {
	*http.Response
	body string
}

// do sends a request without following redirects. The headers come in pairs.
func (s *site) do(method, path string, body io.Reader, headers ...string) answer {
	s.t.Helper()
	url := path
	if strings.HasPrefix(path, "/") {
		url = s.URL + path
	}
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{res, string(text)}
}

// upload sends a file, and fields in pairs, with admin's key.
func (s *site) upload(filename string, data []byte, fields ...string) answer {
	s.t.Helper()
	body, contentType := multipartBody(s.t, filename, data, fields...)
	return s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.key)
}

func multipartBody(t *testing.T, filename string, data []byte, fields ...string) (*bytes.Buffer, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if filename != "" {
		part, err := w.CreateFormFile("source", filename)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	return &body, w.FormDataContentType()
}

// image is the payload of a successful answer.
func (a answer) image(t *testing.T) map[string]any {
	t.Helper()
	var v struct {
		Image map[string]any `json:"image"`
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || v.Image == nil {
		t.Fatalf("answer %d %.300s: %v", a.StatusCode, a.body, err)
	}
	return v.Image
}

// text is a text of the payload.
func text(image map[string]any, key string) string {
	s, _ := image[key].(string)
	return s
}

// fault is the error of an answer.
func (a answer) fault(t *testing.T) (code int, message string) {
	t.Helper()
	var v struct {
		StatusCode int `json:"status_code"`
		Error      struct {
			Message string
			Code    int
		}
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || v.StatusCode != a.StatusCode {
		t.Fatalf("answer %d %.300s: %v", a.StatusCode, a.body, err)
	}
	return v.Error.Code, v.Error.Message
}

func input(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/chevereto/inputs", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
