package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"postern/media"
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
	if body := admin.get("/admin/log").body; !strings.Contains(body, "deleted the user") || !strings.Contains(body, "anna") {
		t.Error("the log lacks the deletion")
	}
}

func TestAnAdminInvites(t *testing.T) {
	s := newSite(t)
	admin := s.signIn(s.key)
	a := admin.post("/admin/invitations", "uses", "2", "expires", "P1W", "role", "user")
	if linkOnPage.FindString(a.body) == "" || !strings.Contains(a.body, "2 accounts left") {
		t.Fatalf("invite: %d", a.StatusCode)
	}
	end := regexp.MustCompile(`name="end" value="(\d+)"`).FindStringSubmatch(a.body)
	admin.submit("/admin/invitations", "/admin/users?saved=1", pairs("end", end[1]))
	if body := admin.get("/admin/users").body; strings.Contains(body, "accounts left") {
		t.Error("the invitation is still open")
	}
	s.wantLog("admin user.uninvite  "+end[1], "admin user.invite  --uses 2 user")
}

func TestAnAdminChangesItemsOfAll(t *testing.T) {
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
	if body := admin.get("/admin/items?user=nobody").body; strings.Contains(body, `id="item-`) {
		t.Error("nobody has items")
	}
	found := regexp.MustCompile(`href="/admin/items\?address=([0-9a-f]{32})"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the guest has no link")
	}
	if body := admin.get("/admin/items?address=" + found[1]).body; !strings.Contains(body, `id="item-`+one) || strings.Contains(body, `id="item-`+two) {
		t.Error("the list of the guest's items is another")
	}
	admin.submit("/admin/items", "/admin/items?done=1&failed=1", pairs("do", "move", "id", one, "id", "gone", "to", "bob"))
	it, err := s.db.Item(t.Context(), one)
	if err != nil || it.UserID != s.bob.ID {
		t.Errorf("moved: %d, %v", it.UserID, err)
	}
	admin.submit("/admin/items", "/admin/items?done=2&failed=0&user=bob", pairs("do", "reject", "id", one, "id", two, "back", "/admin/items?user=bob"))
	admin.submit("/admin/items", "/admin/items?done=1&failed=0", pairs("do", "expire", "expiration", "P1D", "id", two, "back", "https://example.org/"))
	admin.submit("/admin/items", "/admin/items?done=1&failed=0", pairs("do", "delete", "id", two))
	s.wantLog("admin item.delete "+two, "admin item.expire "+two+" P1D", "admin item.reject "+two, "admin item.reject "+one, "admin item.move "+one+" bob")

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

func TestCategoriesOfThePages(t *testing.T) {
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
