package handlers_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/counts"
	"postern/media/library"
)

// pairs makes a form of names and values.
func pairs(names ...string) url.Values {
	form := make(url.Values)
	for i := 0; i < len(names); i += 2 {
		form.Add(names[i], names[i+1])
	}
	return form
}

// wantLog compares the latest entries of the audit log with "who action subject detail".
func (s *site) wantLog(want ...string) {
	s.t.Helper()
	entries, err := s.db.Audit(s.t.Context(), media.AuditQuery{Limit: len(want)})
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, strings.TrimSpace(e.By+" "+e.Action+" "+e.Subject+" "+e.Detail))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("audit log:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var linkOnPage = regexp.MustCompile(`value="([^"]*/invitation/[^"]+)"`)

func TestAnAdminManagesUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signIn(s.key)
	a := admin.post("/admin/users", "name", "ann", "role", "moderator")
	found := linkOnPage.FindStringSubmatch(a.body)
	if a.StatusCode != http.StatusOK || found == nil {
		t.Fatalf("add: %d, %.300s", a.StatusCode, a.body)
	}
	_, path, _ := strings.Cut(found[1], "/invitation/")
	if a := s.sendForm("/invitation/"+path, "", pairs("password", "correct horse")); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("the link for a password: %d", a.StatusCode)
	}
	s.wantLog("admin user.add ann moderator")
	if a := admin.post("/admin/users", "name", "ANN", "role", "user"); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, `role="alert"`) {
		t.Errorf("a taken name: %d", a.StatusCode)
	}
	admin.submit("/admin/users/ann", "/admin/users/anna?saved=1", pairs("do", "rename", "name", "anna"))
	admin.submit("/admin/users/anna", "/admin/users/anna?saved=1", pairs("do", "role", "role", "user"))
	admin.submit("/admin/users/anna", "/admin/users/anna?saved=1", pairs("do", "quota", "max_mb", "5", "max_items", "-", "max_daily", ""))
	admin.submit("/admin/users/anna", "/admin/users/anna?saved=1", pairs("do", "disable"))
	s.wantLog("admin user.disable anna", "admin user.quota anna 5 / - /", "admin user.role anna user", "admin user.rename ann anna")
	u, err := s.db.UserNamed(t.Context(), "anna")
	if err != nil || u.Moderator || u.State != media.UserDisabled || u.Quota != (media.Quota{Bytes: 5_000_000, Items: media.NoLimit}) {
		t.Errorf("the user is %+v, %v", u, err)
	}
	if a := s.byPassword("anna", "correct horse"); a.StatusCode == http.StatusSeeOther {
		t.Error("a disabled user signs in")
	}
	admin.submit("/admin/users/anna", "/admin/users/anna?saved=1", pairs("do", "enable"))
	page := admin.get("/admin/users?q=ann").body
	for _, want := range []string{"/admin/users/anna", "5 MB"} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	if a := admin.post("/admin/users/admin", "do", "disable"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("the last admin is disabled: %d", a.StatusCode)
	}
	if a := admin.post("/admin/users/anna", "do", "delete", "name", "ann"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a deletion without the name: %d", a.StatusCode)
	}
	admin.submit("/admin/users/anna", "/admin/users?saved=1", pairs("do", "delete", "name", "anna"))
	s.wantLog("admin user.delete anna", "admin user.enable anna")
	if a := admin.get("/admin/users/anna"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted user: %d", a.StatusCode)
	}
	keys, err := s.db.KeysOf(t.Context(), s.bob.ID)
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys of bob: %v, %v", keys, err)
	}
	key := strconv.FormatInt(keys[0].ID, 10)
	admin.submit("/admin/users/bob", "/admin/users/bob?saved=1", pairs("do", "revoke", "key", key))
	if a := s.uploadByHeader(s.bobKey); a.StatusCode == http.StatusOK {
		t.Error("a revoked key uploads")
	}
	if a := admin.post("/admin/users/bob", "do", "password"); linkOnPage.FindString(a.body) == "" {
		t.Errorf("a link for another password: %d", a.StatusCode)
	}
	s.wantLog("admin user.password bob", "admin key.revoke bob "+key)
	if body := admin.get("/admin/log").body; !strings.Contains(body, "deleted the user") || !strings.Contains(body, "anna") {
		t.Error("the log lacks the deletion")
	}
}

// TestAnAdminHidesTheFilesOfAUser disables a user in both ways, and lets the user in again.
func TestAnAdminHidesTheFilesOfAUser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, guest := s.signIn(s.key), s.guest()
	file := "/image/one." + s.uploadAs(s.bobKey, "one.png")
	for _, step := range []struct {
		form   []string
		button string // that the page offers then
		seen   int
		log    string
	}{
		{[]string{"do", "disable"}, "Hide files", http.StatusOK, "admin user.disable bob"},
		{[]string{"do", "disable", "hide", "1"}, "Stop hiding files", http.StatusNotFound, "admin user.disable bob --hide-files"},
		{[]string{"do", "disable"}, "Hide files", http.StatusOK, "admin user.disable bob"},
		{[]string{"do", "disable", "hide", "1"}, "Files hidden", http.StatusNotFound, "admin user.disable bob --hide-files"},
		{[]string{"do", "enable"}, "Hide all files from everyone", http.StatusOK, "admin user.enable bob"},
	} {
		t.Run(strings.Join(step.form, " "), func(t *testing.T) {
			admin.submit("/admin/users/bob", "/admin/users/bob?saved=1", pairs(step.form...))
			s.wantLog(step.log)
			if body := admin.get("/admin/users/bob").body; !strings.Contains(body, step.button) {
				t.Errorf("the page lacks %q", step.button)
			}
			if got := guest.get(file).StatusCode; got != step.seen {
				t.Errorf("a guest gets %d, want %d", got, step.seen)
			}
			if got := admin.get(file).StatusCode; got != http.StatusOK {
				t.Errorf("an admin gets %d", got)
			}
		})
	}
	s.uploadAs(s.bobKey, "photo.jpg")
}

func TestAnAdminInvites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signIn(s.key)
	if a := admin.post("/admin/invitations", "uses", "2", "expires", "P1W", "role", "user", "max_mb", "few"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a limit that is none: %d", a.StatusCode)
	}
	a := admin.post("/admin/invitations", "uses", "2", "expires", "P1W", "role", "user", "max_mb", "5", "max_items", "-", "max_daily", "")
	if linkOnPage.FindString(a.body) == "" || !strings.Contains(a.body, "2 accounts left") {
		t.Fatalf("invite: %d", a.StatusCode)
	}
	open, err := s.db.Invitations(t.Context())
	if want := (media.Quota{Bytes: 5_000_000, Items: media.NoLimit}); err != nil || len(open) != 1 || open[0].Quota != want {
		t.Errorf("invitations %+v, %v, want one with %+v", open, err, want)
	}
	if !strings.Contains(a.body, `href="/admin/users" aria-current="page"`) {
		t.Error("the page of a new link is not marked as that of users")
	}
	end := regexp.MustCompile(`name="end" value="(\d+)"`).FindStringSubmatch(a.body)
	admin.submit("/admin/invitations", "/admin/users?saved=1", pairs("end", end[1]))
	if body := admin.get("/admin/users").body; strings.Contains(body, "accounts left") {
		t.Error("the invitation is still open")
	}
	s.wantLog("admin user.uninvite  "+end[1], "admin user.invite  --uses 2 user 5 / - /")
}

func TestAnAdminChangesItemsOfAll(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests = true })
	admin := s.signIn(s.key)
	guest := s.do("POST", "/api/1/upload", nil)
	_ = guest
	body, kind := multipartBody(t, "guest.png", input(t, "one.png"))
	a := s.do("POST", "/api/1/upload", body, "Content-Type", kind)
	image := a.image(t)
	one := text(image, "id_encoded")
	body, kind = multipartBody(t, "bob.png", input(t, "one.png"), "title", "of bob")
	two := text(s.do("POST", "/api/1/upload", body, "Content-Type", kind, "X-API-Key", s.bobKey).image(t), "id_encoded")
	page := admin.get("/admin/items").body
	for _, want := range []string{`id="item-` + one, `id="item-` + two, `href="/admin/users/bob"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	if body := admin.get("/admin/items?user=bob").body; strings.Contains(body, `id="item-`+one) || !strings.Contains(body, `id="item-`+two) {
		t.Error("the list of bob's items is another")
	}
	for _, query := range []string{"user=nobody", "type=video%2Fmp4", "since=2999-01-01", "q=nothing"} {
		if body := admin.get("/admin/items?" + query).body; strings.Contains(body, `id="item-`) {
			t.Errorf("%s finds items", query)
		}
	}
	for _, query := range []string{"type=image%2Fpng&since=2001-01-01", "q=OF+BOB", "q=" + two} {
		if body := admin.get("/admin/items?" + query).body; !strings.Contains(body, `id="item-`+two) {
			t.Errorf("%s does not find bob's", query)
		}
	}
	found := regexp.MustCompile(`href="/admin/items\?address=([0-9a-f]{32})"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the guest has no link")
	}
	if body := admin.get("/admin/items?address=" + found[1]).body; !strings.Contains(body, `id="item-`+one) || strings.Contains(body, `id="item-`+two) {
		t.Error("the list of the guest's items is another")
	}
	changes := func(do string, ids []string, fields ...string) {
		t.Helper()
		a := admin.choose(do, ids, append(fields, "sure", "1", "back", "/admin/items?user=bob")...)
		if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/admin/items?done=") {
			t.Errorf("%s: %d to %q", do, a.StatusCode, to)
		}
	}
	for want, form := range map[int]url.Values{
		http.StatusUnprocessableEntity: pairs("do", "move", "sure", "1", "id", one, "id", "gone", "to", "bob"), // all or none
		http.StatusBadRequest:          pairs("do", "move", "sure", "1", "id", one, "to", "nobody"),
		http.StatusOK:                  pairs("do", "discard", "id", two), // asks: the admin could not restore it
	} {
		if a := admin.sendForm("/items", admin.cookie, form); a.StatusCode != want {
			t.Errorf("%v: %d, want %d", form, a.StatusCode, want)
		}
	}
	if a := s.signIn(s.bobKey).choose("move", []string{two}, "sure", "1", "to", "bob"); a.StatusCode != http.StatusForbidden {
		t.Errorf("bob moves an item: %d", a.StatusCode)
	}
	changes("move", []string{one, "gone"}, "to", "bob", "skip", "1")
	it, err := s.db.Item(t.Context(), one)
	if err != nil || it.UserID != s.bob.ID {
		t.Errorf("moved: %d, %v", it.UserID, err)
	}
	changes("rejected", nil, "all", "1", "list", "/admin/items?user=bob", "count", "2")
	changes("expiry", []string{two}, "expiration", "P1D")
	changes("discard", []string{two})
	s.wantLog("admin item.delete "+two, "admin item.edit "+two, "admin item.reject "+one, "admin item.reject "+two, "admin item.move "+one+" bob")
	if a := s.signIn(s.bobKey).choose("discard", nil, "all", "1", "list", "/admin/items"); a.StatusCode != http.StatusNotFound {
		t.Errorf("bob selects all items: %d", a.StatusCode)
	}

	admin.submit("/admin/bans", "/admin/bans?saved=1", pairs("do", "add", "what", "guest:"+found[1], "expires", "P1D", "reason", "spam"))
	body, kind = multipartBody(t, "again.png", input(t, "one.png"))
	if a := s.do("POST", "/api/1/upload", body, "Content-Type", kind); a.StatusCode != http.StatusForbidden {
		t.Errorf("a banned guest uploads: %d", a.StatusCode)
	}
	body, kind = multipartBody(t, "own.png", input(t, "one.png"))
	if a := s.do("POST", "/api/1/upload", body, "Content-Type", kind, "X-API-Key", s.key); a.StatusCode != http.StatusOK {
		t.Errorf("an admin from a banned address: %d", a.StatusCode)
	}
	admin.submit("/admin/bans", "/admin/bans?saved=1", pairs("do", "remove", "what", "guest:"+found[1]))
	body, kind = multipartBody(t, "again.png", input(t, "one.png"))
	if a := s.do("POST", "/api/1/upload", body, "Content-Type", kind); a.StatusCode != http.StatusOK {
		t.Errorf("after the ban: %d", a.StatusCode)
	}
	admin.submit("/admin/bans", "/admin/bans?saved=1", pairs("do", "add", "what", it.MD5))
	if a := admin.post("/admin/bans", "do", "add", "what", "example.org"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a ban of nothing: %d", a.StatusCode)
	}
}

// TestAnAdminSeesAddressesThatAreKept uploads as a guest and as a user, and lets time pass.
func TestAnAdminSeesAddressesThatAreKept(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		s := newSite(t, func(set *settings) {
			set.guests = true
			set.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
			if keep {
				set.Policy.KeepAddress = media.Period{Days: 1}
			}
		})
		s.now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		body, kind := multipartBody(t, "one.png", input(t, "one.png"))
		s.do("POST", "/api/1/upload", body, "Content-Type", kind, "X-Forwarded-For", "203.0.113.7").image(t)
		body, kind = multipartBody(t, "one.png", input(t, "one.png"))
		s.do("POST", "/api/1/upload", body, "Content-Type", kind, "X-Forwarded-For", "203.0.113.8", "X-API-Key", s.bobKey).image(t)
		admin := s.signIn(s.key)
		for _, path := range []string{"/admin/items", "/admin/items?address=" + s.lib.Secret.AddressHash("203.0.113.7")} {
			page := admin.get(path).body
			if strings.Contains(page, "<code>203.0.113.7</code>") != keep || strings.Contains(page, "203.0.113.8") {
				t.Errorf("addresses are kept %t: %s shows the guest's %t", keep, path, !keep)
			}
		}
		s.now = s.now.Add(24 * time.Hour)
		if err := (&library.Reaper{Library: s.lib}).RemoveExpired(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept, err := s.db.GuestAddresses(t.Context(), []string{s.lib.Secret.AddressHash("203.0.113.7")}, s.now.Add(-48*time.Hour))
		if err != nil || len(kept) > 0 {
			t.Errorf("a day later %v are kept, %v", kept, err)
		}
	}
}

func TestCategoriesOfThePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signIn(s.key)
	admin.submit("/admin/categories", "/admin/categories?saved=1", pairs("do", "add", "name", "Sea"))
	admin.submit("/admin/categories", "/admin/categories?saved=1", pairs("do", "rename", "category", "1", "name", "Lake"))
	if body := admin.get("/admin/categories").body; !strings.Contains(body, `value="Lake"`) {
		t.Error("the category is not listed")
	}
	admin.submit("/admin/categories", "/admin/categories?saved=1", pairs("do", "delete", "category", "1"))
	s.wantLog("admin category.delete  1", "admin category.rename Lake 1", "admin category.add Sea")
}

// A server of one person shows no way to the administration but on the account page.
func TestOnePersonHasNoMenuForAdministration(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signIn(s.key)
	const entry = `<a href="/admin">Administration</a>`
	if body := admin.get("/gallery").body; !strings.Contains(body, entry) {
		t.Error("beside another user an admin has no menu entry")
	}
	alone := newSite(t)
	if err := alone.db.DeleteUser(t.Context(), alone.bob.ID, alone.time()); err != nil {
		t.Fatal(err)
	}
	admin = alone.signIn(alone.key)
	if body := admin.get("/gallery").body; strings.Contains(body, "/admin") {
		t.Error("one person alone has a menu entry")
	}
	if body := admin.get("/account").body; !strings.Contains(body, `href="/admin"`) {
		t.Error("the account page does not lead to the administration")
	}
	if a := admin.get("/admin"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "<svg") {
		t.Errorf("the overview: %d", a.StatusCode)
	}
}

// TestTheOverviewShowsWhatWasCounted counts on two days, and looks at the second.
func TestTheOverviewShowsWhatWasCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := &counts.Counter{Records: s.db, Now: s.time}
	for day, n := range []int64{3, 2} {
		s.now = time.Date(2026, 3, 2+2*day, 5, 6, 7, 0, time.UTC)
		c.Add(media.CountUploads, n)
		c.Add(media.CountErrors, n+4)
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	page := betweenTags.ReplaceAllString(s.signIn(s.key).get("/admin").body, "><")
	for _, want := range []string{
		"<dt>Files</dt><dd>0</dd><dd class=\"hint\">Today: 2</dd>", "<dt>Users</dt><dd>2</dd>", "<dt>Errors, last 24 hours</dt><dd>6</dd>",
		"5, at most 4 a day", "13, at most 8 a day", "<title>2026-03-02: 3</title>", "<title>2026-03-04: 2</title>", "<title>2026-03-03: 0</title>", "Postern test",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the overview lacks %s in\n%s", want, page)
		}
	}
}

// A limit is shown, and so kept by a form, as it is.
func TestALimitIsShownAsItIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signIn(s.key)
	for _, megabytes := range []string{"1.5", "0.000001", "2000000"} {
		admin.submit("/admin/users/bob", "/admin/users/bob?saved=1", pairs("do", "quota", "max_mb", megabytes, "max_items", "", "max_daily", ""))
		if page := admin.get("/admin/users/bob").body; !strings.Contains(page, `value="`+megabytes+`"`) {
			t.Errorf("%s megabytes are shown as something else", megabytes)
		}
	}
	for field, value := range map[string]string{"max_mb": "1e-9", "max_items": "1.5", "max_daily": "NaN"} {
		if a := admin.post("/admin/users/bob", "do", "quota", field, value); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s = %s: %d", field, value, a.StatusCode)
		}
	}
}
