package movein_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/importer/bring"
	"postern/importer/chevereto/cheveretotest"
	"postern/importer/movein"
	"postern/media/fetch"
)

// bucket is the web server of an external storage.
type bucket struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // paths, in the order of the requests
	meet  func(http.ResponseWriter, *http.Request) bool
}

// newBucket serves the files of the storage of a site, and tells the site its URL.
func newBucket(t *testing.T, site *cheveretotest.Site) *bucket {
	t.Helper()
	b := &bucket{meet: func(http.ResponseWriter, *http.Request) bool { return false }}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.asked = append(b.asked, r.URL.Path)
		b.mu.Unlock()
		if b.meet(w, r) {
			return
		}
		data, ok := site.Files["storage-1"+strings.TrimPrefix(r.URL.Path, "/cdn")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(b.Close)
	*cell(t, site, "storages", 1, "storage_url") = b.URL + "/cdn"
	return b
}

// ports are those that the bucket has.
func (b *bucket) ports(t *testing.T) []uint16 {
	t.Helper()
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return []uint16{uint16(port)}
}

// fetcher is one that reaches the bucket, and nothing else on this machine.
func (b *bucket) fetcher(t *testing.T) *fetch.Client {
	t.Helper()
	return fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Ports: b.ports(t)})
}

// fetched are options of an import that fetches.
func (f *folder) fetched(c *fetch.Client) func(*movein.Options) {
	return func(o *movein.Options) { o.Storages, o.Fetch, o.TempDir = nil, c, filepath.Join(f.dir, "imports") }
}

const inBucket = "2024/05/01/cdn.png"

func TestFilesOfStoragesAreFetched(t *testing.T) {
	site := cheveretotest.New("4.2")
	f, b := newFolder(t, site), newBucket(t, site)
	options := f.fetched(b.fetcher(t))
	planned := f.run(site, options, func(o *movein.Options) { o.DryRun = true })
	if planned.Fetched != 1 || counts(planned, "items").Imported != 19 || len(b.asked) != 0 {
		t.Errorf("a dry run: %d to fetch, %+v, and it asked for %q", planned.Fetched, counts(planned, "items"), b.asked)
	}
	r := f.run(site, options)
	if got := counts(r, "items"); r.Fetched != 1 || got.Imported != 19 || got.Left != 4 {
		t.Errorf("%d fetched, items %+v\n%+v", r.Fetched, got, r.Remarks)
	}
	data, err := os.ReadFile(filepath.Join(f.dir, "images", inBucket))
	if err != nil || string(data) != string(site.Files["storage-1/"+inBucket]) {
		t.Errorf("%d bytes came, %v", len(data), err)
	}
	sites, err := f.db.OldSites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := f.db.OldPath(t.Context(), sites[0].ID, "cdn/"+inBucket); err != nil || p.Target == 0 {
		t.Errorf("the path below the storage: %+v, %v", p, err)
	}
	want := []string{"/cdn/2024/05/01/cdn.png", "/cdn/2024/05/01/cdn.th.png"}
	if !slices.Equal(b.asked, want) {
		t.Errorf("asked for %q, want %q", b.asked, want)
	}
	if again := f.run(site, options); again.Fetched != 0 || len(b.asked) != len(want) {
		t.Errorf("a second run: %d fetched, asked for %q", again.Fetched, b.asked)
	}
	f.wantNothingFetched()
	f.check()
}

// wantNothingFetched looks whether files that were fetched lie about.
func (f *folder) wantNothingFetched() {
	f.t.Helper()
	if left, err := filepath.Glob(filepath.Join(f.dir, "imports", "*")); err != nil || len(left) > 0 {
		f.t.Errorf("left are %q, %v", left, err)
	}
}

func TestWhatCannotBeFetchedIsTold(t *testing.T) {
	site := cheveretotest.New("4.2")
	f, b := newFolder(t, site), newBucket(t, site)
	// The last row brings the item, which has been left until then.
	for _, row := range []struct {
		name   string
		meet   func(http.ResponseWriter, *http.Request) bool
		reason string
		here   int64
	}{
		{"no such file", func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); return true }, "not at the URL of its storage", 18},
		{"a page", func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("<html>Sorry</html>"))
			return true
		}, "nothing that is taken here", 18},
		{"a broken connection", func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n"))
			return true
		}, "could not be fetched", 18},
		{"too many bytes", func(w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write(make([]byte, 10e6+1)); return true }, "could not be fetched", 18},
		{"a way into this machine", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://127.0.0.2:1/", http.StatusFound)
			return true
		}, "could not be fetched", 18},
		{"no thumb", func(w http.ResponseWriter, r *http.Request) bool {
			isThumb := strings.HasSuffix(r.URL.Path, ".th.png")
			if isThumb {
				w.WriteHeader(403)
			}
			return isThumb
		}, "the thumb is missing", 19},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.meet = row.meet
			r := f.run(site, f.fetched(b.fetcher(t)))
			left := row.here == 18
			told := slices.ContainsFunc(r.Remarks, func(m movein.Remark) bool {
				return m.Number == 15 && m.Left == left && strings.Contains(m.Reason, row.reason)
			})
			if !told {
				t.Errorf("not told: %s\n%+v", row.reason, r.Remarks)
			}
			if c := counts(r, "items"); c.Imported+c.Present != row.here {
				t.Errorf("items %+v, want %d here", c, row.here)
			}
			f.wantNothingFetched()
		})
	}
	f.check()
}

// The URL of a storage may lead anywhere: it comes from the old site's database.
func TestStoragesAreNoWayIntoThisMachine(t *testing.T) {
	site := cheveretotest.New("4.2")
	f, b := newFolder(t, site), newBucket(t, site)
	r := f.run(site, f.fetched(fetch.New(fetch.Config{Ports: b.ports(t)})))
	told := slices.ContainsFunc(r.Remarks, func(m movein.Remark) bool { return m.Number == 15 && strings.Contains(m.Detail, "not public") })
	if !told || len(b.asked) != 0 {
		t.Errorf("asked for %q\n%+v", b.asked, r.Remarks)
	}
}

// An import that ends while it fetches goes on with what it has.
func TestFetchedFilesOutliveTheImport(t *testing.T) {
	site := cheveretotest.New("4.2")
	f, b := newFolder(t, site), newBucket(t, site)
	ctx, cancel := context.WithCancel(t.Context())
	b.meet = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".th.png") {
			cancel()
			<-r.Context().Done()
			return true
		}
		return false
	}
	o := movein.Options{Installation: f.source(site), Images: f.site, SiteURL: "https://old.example.org", Transfer: bring.TransferCopy,
		Library: f.lib, Records: f.db, Now: time.Now}
	f.fetched(b.fetcher(t))(&o)
	if _, err := movein.Chevereto(ctx, o); err == nil {
		t.Fatal("the import did not end")
	}
	b.asked = nil
	b.meet = func(http.ResponseWriter, *http.Request) bool { return false }
	r := f.run(site, f.fetched(b.fetcher(t)))
	if want := []string{"/cdn/2024/05/01/cdn.th.png"}; r.Fetched != 1 || !slices.Equal(b.asked, want) {
		t.Errorf("%d fetched, asked for %q, want %q", r.Fetched, b.asked, want)
	}
	f.wantNothingFetched()
	f.check()
}

// A storage that does not answer is not waited for once for each file.
func TestStoragesThatDoNotAnswerAreGivenUp(t *testing.T) {
	site := cheveretotest.New("4.2")
	f, b := newFolder(t, site), newBucket(t, site)
	const many = 60
	if err := site.AddMany(many, f.site); err != nil {
		t.Fatal(err)
	}
	for i := range many {
		*cell(t, site, "images", 40+i, "image_storage_id") = 1
	}
	b.meet = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true }
	r := f.run(site, f.fetched(b.fetcher(t)))
	if got := counts(r, "items"); got.Left != 4+1+many || got.Imported != 18 {
		t.Errorf("items %+v", got)
	}
	if len(b.asked) < 20 || len(b.asked) > 30 {
		t.Errorf("it was asked %d times", len(b.asked))
	}
}
