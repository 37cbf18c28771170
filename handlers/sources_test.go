package handlers_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"postern/handlers/ratelimit"
	"postern/media/fetch"
	"postern/media/library"
)

func TestEachSourceOfARequestCounts(t *testing.T) {
	t.Parallel()
	three := ratelimit.Limit{PerMinute: 1, Burst: 3}
	var many []part
	for i := range 6 {
		many = append(many, part{"source", fmt.Sprintf("%d.jpg", i), string(input(t, "small.jpg"))})
	}
	for name, change := range map[string]func(*settings){
		"of guests":    func(set *settings) { set.Rates.Guest = three },
		"of addresses": func(set *settings) { set.Rates.Address = three },
		"of a day":     func(set *settings) { set.GuestDaily = 3 },
	} {
		s := newSite(t, func(set *settings) { set.guests = true }, change)
		a := s.submit(many)
		if got := len(links(a)) / 8; got != 3 {
			t.Errorf("%s: %d items of 6 sources, want 3", name, got)
		}
	}
	s := newSite(t, func(set *settings) { set.Rates.User = three })
	if got := len(links(s.submit(append(many, part{"key", "", s.bobKey})))) / 8; got != 3 {
		t.Errorf("of users: %d items of 6 sources, want 3", got)
	}
}

// fetches lets a site fetch from this machine.
func fetches(t *testing.T, serve http.HandlerFunc) (url string, change func(*settings)) {
	t.Helper()
	up := httptest.NewServer(serve)
	t.Cleanup(up.Close)
	port, err := strconv.ParseUint(up.URL[strings.LastIndexByte(up.URL, ':')+1:], 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return up.URL, func(set *settings) {
		set.Fetcher = fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []uint16{uint16(port)}})
	}
}

func TestAGuestsURLsKeepToTheGuestsLimit(t *testing.T) {
	t.Parallel()
	small := input(t, "small.jpg")
	most := 0
	var s *site
	url, fetching := fetches(t, func(w http.ResponseWriter, _ *http.Request) {
		staged, _ := s.lib.Staging.Names()
		most = max(most, len(staged))
		for range 100 {
			if _, err := w.Write(append(small, make([]byte, 90_000)...)); err != nil {
				return
			}
		}
	})
	s = newSite(t, flat, fetching, func(set *settings) { set.guests, set.MaxGuestFile = true, 100_000 })
	a := s.submit([]part{{"source", "", url + "/a.jpg"}, {"source", "", url + "/b.jpg"}, {"source", "", url + "/c.jpg"}})
	if got := strings.Count(a.body, "The limit is 100 KB."); got != 3 {
		t.Errorf("%d of 3 are refused: %s", got, a.body)
	}
	if most != 0 {
		t.Errorf("%d files of sources before were staged meanwhile", most)
	}
	s.wantFiles(0)
}

func TestNetworksOfIPv6CountAsOneAddress(t *testing.T) {
	t.Parallel()
	proxied := func(set *settings) {
		set.guests, set.TrustedProxies = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	daily := newSite(t, proxied, func(set *settings) { set.GuestDaily = 1 })
	reject := newSite(t, proxied, func(set *settings) { set.Duplicates = library.DuplicatesReject })
	for _, s := range []*site{daily, reject} {
		for i, status := range []int{200, 0, 200} {
			address := []string{"2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1"}[i]
			a := s.post("", "X-Forwarded-For", address)
			if ok := a.StatusCode == 200; ok != (status == 200) {
				t.Errorf("from %s: %d %s", address, a.StatusCode, a.body)
			}
		}
	}
}

func TestASourceThatAnswersGzipIsTaken(t *testing.T) {
	t.Parallel()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(input(t, "small.jpg"))
	w.Close()
	var bomb bytes.Buffer
	w = gzip.NewWriter(&bomb)
	_, _ = w.Write(make([]byte, 20_000_000))
	w.Close()
	url, fetching := fetches(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if r.URL.Path == "/bomb.jpg" {
			_, _ = w.Write(bomb.Bytes())
			return
		}
		_, _ = w.Write(z.Bytes())
	})
	s := newSite(t, fetching)
	if a := s.do("POST", "/api/1/upload?source="+url+"/a.jpg", nil, "X-API-Key", s.key); a.StatusCode != 200 {
		t.Errorf("gzip: %d %s", a.StatusCode, a.body)
	}
	s.wantRefused(s.do("POST", "/api/1/upload?source="+url+"/bomb.jpg", nil, "X-API-Key", s.key), 400, 400, "File too big - max 10 MB")
}
