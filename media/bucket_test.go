package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
	"postern/storage"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
)

// bucket is a Library over a bucket of a server in this process.
type bucket struct {
	*fixture
	server *s3test.Server
	store  *s3.Store
}

func newBucket(t *testing.T, change ...func(*library.Parts)) *bucket {
	t.Helper()
	b := &bucket{server: s3test.InProcess(t)}
	b.store = openBucket(t, b.server)
	b.fixture = newLibrary(t, append(change, func(p *library.Parts) { p.Store, p.Staging = b.store, b.store.Staging() })...)
	return b
}

func openBucket(t *testing.T, server *s3test.Server) *s3.Store {
	t.Helper()
	staging, err := storage.OpenStaging(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store, err := s3.New(server.Options, staging)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// objects lists the bucket.
func (b *bucket) objects() (keys []string) {
	b.t.Helper()
	for object, err := range b.store.List(context.Background(), "", "") {
		if err != nil {
			b.t.Fatal(err)
		}
		keys = append(keys, object.Key)
	}
	return keys
}

// wantObjects wants the bucket to hold the objects of items, and nothing else.
func (b *bucket) wantObjects(when string, items ...media.Item) {
	b.t.Helper()
	var want []string
	for _, it := range items {
		want = append(want, it.Objects()...)
	}
	slices.Sort(want)
	if got := b.objects(); !slices.Equal(got, want) {
		b.t.Errorf("%s the bucket holds %q, want %q", when, got, want)
	}
}

func (b *bucket) reap() {
	b.t.Helper()
	if err := (&library.Reaper{Library: b.Library}).RemoveExpired(context.Background()); err != nil {
		b.t.Fatalf("reap: %v", err)
	}
}

func (b *bucket) usage() media.Usage {
	b.t.Helper()
	usage, err := b.db.Usage(context.Background(), b.user.ID, "", b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	return usage
}

func TestAnUploadGoesToTheBucket(t *testing.T) {
	b := newBucket(t)
	data := jpegOf(600, 400, 1)
	it := b.mustAdd(data, "a.jpg")
	b.wantObjects("after an upload", it)
	if !bytes.Equal(b.stored(it.Original), data) {
		t.Error("the original reads as other bytes")
	}
	if names, err := b.store.Staging().Names(); err != nil || len(names) > 0 {
		t.Errorf("staging holds %v, %v, want nothing", names, err)
	}
	if it.Original.Object == it.Original.Key || !strings.HasSuffix(it.Original.Object, "/a.jpg") {
		t.Errorf("the object is %q, want one of its own that ends in the name", it.Original.Object)
	}
	read, err := b.Item(context.Background(), media.Viewer{Caller: media.Caller{User: b.user}}, it.ID)
	if err != nil || read.Original.SHA256 == "" || read.Original.Object != it.Original.Object {
		t.Errorf("read back: %+v, %v", read.Original, err)
	}
	if err := b.Delete(context.Background(), it.ID); err != nil {
		t.Fatal(err)
	}
	b.wantObjects("after its deletion")
	if _, _, err := b.db.ItemAt(context.Background(), it.Original.Key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ItemAt: %v", err)
	}
	if u := b.usage(); u.Items != 0 || u.Bytes != 0 {
		t.Errorf("usage after the deletion: %+v", u)
	}
}

func TestAnUploadThatTheBucketRefusesIsGivenUp(t *testing.T) {
	b := newBucket(t)
	b.server.Answer(http.MethodPut, 503, "SlowDown")
	_, err := b.add(jpegOf(600, 400, 1), "a.jpg")
	if !errors.Is(err, media.ErrUnavailable) {
		t.Errorf("add: %v, want ErrUnavailable", err)
	}
	if u := b.usage(); u.Items != 0 || u.Bytes != 0 {
		t.Errorf("usage of an upload that failed: %+v, want none", u)
	}
	b.server.Before(nil)
	it := b.mustAdd(jpegOf(600, 400, 1), "a.jpg")
	b.reap()
	b.wantObjects("after another try", it)
}

// A PUT that the server answers with an error may be carried out all the same, and late:
// as long as its signature holds.
func TestAPutThatIsCarriedOutLateLeavesNothing(t *testing.T) {
	b := newBucket(t)
	var mu sync.Mutex
	var late []func()
	b.server.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		again := r.Clone(context.Background())
		mu.Lock()
		late = append(late, func() {
			again.Body = io.NopCloser(bytes.NewReader(body))
			b.server.Carry(httptest.NewRecorder(), again)
		})
		mu.Unlock()
		w.WriteHeader(http.StatusGatewayTimeout)
		return true
	})
	if _, err := b.add(jpegOf(600, 400, 1), "a.jpg"); err == nil {
		t.Fatal("the upload succeeded")
	}
	b.server.Before(nil)
	b.reap()
	b.wantObjects("after the first deletion")
	for _, put := range late {
		put()
	}
	if len(b.objects()) == 0 {
		t.Fatal("nothing was put late")
	}
	b.now = b.now.Add(25 * time.Minute) // the lease and the grace
	b.reap()
	if len(b.objects()) > 0 {
		b.now = b.now.Add(2 * time.Second)
		b.reap()
	}
	b.wantObjects("after the second deletion")
	if used, err := b.db.HasItems(context.Background()); used || err != nil {
		t.Errorf("a record is left: %v, %v", used, err)
	}
}

// What a gateway leaves that dies between its two commits is any other's to finish.
func TestAnotherGatewayEndsWhatOneHasLeft(t *testing.T) {
	b := newBucket(t)
	died := errors.New("died")
	var once sync.Once
	dying := make(chan struct{})
	b.server.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			once.Do(func() { close(dying) })
		}
		return false
	})
	// The record that nobody goes on with stands for the gateway that died.
	it := media.Item{
		ID: "abandon", UserID: b.user.ID, Kind: media.KindImage, Width: 1, Height: 1, CreatedAt: b.now,
		Original: media.File{Key: "images/x.png", Object: "images/n/x.png", MIME: "image/png", Size: 5},
	}
	if err := b.db.InsertItem(t.Context(), &it, media.UploadLimits{ArriveUntil: b.now.Add(10 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if err := b.store.PutReader(t.Context(), storage.Move{Key: it.Original.Object}, strings.NewReader("bytes")); err != nil {
		t.Fatal(err)
	}
	<-dying
	b.reap()
	b.wantObjects("while the lease lasts", it)
	b.now = b.now.Add(10*time.Minute + time.Second)
	b.reap()
	b.wantObjects("after the lease")
	if u := b.usage(); u.Items != 0 {
		t.Errorf("usage: %+v, %v", u, died)
	}
	if err := b.db.Arrive(t.Context(), &it, media.UploadLimits{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Arrive of the one that comes back: %v, want fs.ErrNotExist", err)
	}
}

func TestTwinsAtOnceAreOneItemInTheBucket(t *testing.T) {
	b := newBucket(t)
	data := jpegOf(300, 200, 1)
	var mu sync.Mutex
	ids := make(map[string]media.Item)
	var uploads sync.WaitGroup
	for range 6 {
		uploads.Go(func() {
			added, err := b.add(data, "a.jpg")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("add: %v", err)
				return
			}
			ids[added.Item.ID] = *added.Item
		})
	}
	uploads.Wait()
	if len(ids) != 1 {
		t.Errorf("%d items, want 1", len(ids))
	}
	b.now = b.now.Add(time.Hour)
	b.reap()
	for _, it := range ids {
		b.wantObjects("when the others are reaped", it)
	}
}

func TestRenditionsGoToTheBucket(t *testing.T) {
	b := newBucket(t, policy(func(p *library.Policy) { p.Renditions = true }))
	it := b.mustAdd(jpegOf(600, 400, 1), "a.jpg")
	b.runRenditions(func() bool { return b.processed(it.ID) })
	made, err := b.db.Item(t.Context(), it.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.RenditionRoles()) != 2 || made.Unprocessed {
		t.Errorf("renditions %v, unprocessed %v, want xs and sm", made.RenditionRoles(), made.Unprocessed)
	}
	b.wantObjects("with renditions", made)
	for _, role := range made.RenditionRoles() {
		if n := int64(len(b.stored(*made.File(role)))); n != made.File(role).Size {
			t.Errorf("%s has %d bytes, want %d", role, n, made.File(role).Size)
		}
	}
}

func TestAStartEmptiesTheScratchFolder(t *testing.T) {
	b := newBucket(t)
	f, err := b.store.Staging().Create("left.original")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := b.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names, err := b.store.Staging().Names(); err != nil || len(names) > 0 {
		t.Errorf("staging holds %v, %v, want nothing", names, err)
	}
}
