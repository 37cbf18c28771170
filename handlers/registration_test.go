package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"postern/handlers/ratelimit"
	"postern/media"
	"postern/media/auth"
)

func TestRegistrationNeedsApproval(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, func(set *settings) { set.Registration = true })
	guest, admin := s.guest(), s.signIn(s.key)
	if body := guest.get("/sign-in").body; !strings.Contains(body, `href="/register"`) {
		t.Error("the sign-in page does not lead to the form")
	}
	for _, name := range []string{"eve", "mallory"} {
		guest.submit("/register", "/register?sent=1", pairs("name", " "+name+" ", "display_name", name+" of the club", "password", password))
	}
	if body := guest.get("/register?sent=1").body; !strings.Contains(body, "awaits approval") || strings.Contains(body, "<form class=\"card") {
		t.Error("the page does not say that the account waits")
	}
	for _, test := range []struct{ name, user, password, says string }{
		{"a taken name", "BOB", password, "This name is taken"},
		{"the name of somebody who waits", "Eve", password, "This name is taken"},
		{"an impossible name", "a/b", password, "name"},
		{"an e-mail address, by which another may sign in", "ann@example.com", password, "name"},
		{"no name", "", password, "name"},
		{"a short password", "dan", "brief-7", "at least 8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.sendForm("/register", "", pairs("name", test.user, "password", test.password))
			if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, `role="alert"`) || !strings.Contains(a.body, test.says) {
				t.Errorf("got %d, want 400 and %q", a.StatusCode, test.says)
			}
			if strings.Contains(a.body, test.password) {
				t.Error("the page holds the password")
			}
		})
	}
	signIn := func(name, secret string, status int, says string) {
		t.Helper()
		if a := s.byPassword(name, secret); a.StatusCode != status || !strings.Contains(a.body, says) || len(a.Cookies()) > 0 != (status == 303) {
			t.Errorf("%s signs in: got %d, cookies %v, want %d and %q", name, a.StatusCode, a.Cookies(), status, says)
		}
	}
	signIn("eve", password, http.StatusForbidden, "has not approved this account yet")
	signIn("eve", "wrong horse", http.StatusBadRequest, "Wrong name or password")

	eve, err := s.db.UserNamed(t.Context(), "eve")
	if err != nil {
		t.Fatal(err)
	}
	key, digest := auth.NewKey()
	if err := s.db.InsertKey(t.Context(), &media.APIKey{UserID: eve.ID, Digest: digest, CreatedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	roads := func(status int) {
		t.Helper()
		for _, path := range []string{"/u/eve", "/api/v1/users/eve/posts", "/api/v1/users/eve/comments", "/api/v1/users/eve/followers"} {
			if a := s.do("GET", path, nil, "X-API-Key", s.bobKey); a.StatusCode != status {
				t.Errorf("%s: got %d, want %d", path, a.StatusCode, status)
			}
		}
		if got, _ := s.v1("POST", "/users/eve/follow", s.bobKey, ""); got != status {
			t.Errorf("to follow: got %d, want %d", got, status)
		}
	}
	roads(http.StatusNotFound)
	upload := func() answer {
		body, kind := multipartBody(t, "one.png", input(t, "one.png"))
		return s.do("POST", "/api/1/upload", body, "Content-Type", kind, "X-API-Key", key)
	}
	if a := upload(); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "waits for an administrator") {
		t.Errorf("an upload by a key of who waits: %d %s", a.StatusCode, a.body)
	}

	if body := admin.get("/admin").body; !strings.Contains(body, "New accounts await approval") {
		t.Error("the overview does not tell of new accounts")
	}
	if body := admin.get("/admin/users").body; !strings.Contains(body, "eve of the club") || strings.Count(body, `value="approve"`) != 2 {
		t.Error("the list of users lacks who waits")
	}
	if body := admin.get("/admin/users/eve").body; !strings.Contains(body, `value="approve"`) || !strings.Contains(body, `value="refuse"`) ||
		strings.Contains(body, `value="password"`) || strings.Contains(body, `value="disable"`) {
		t.Error("the page of who waits does not offer the decision alone")
	}
	if a := admin.post("/admin/users/eve", "do", "password"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a link for the password of who waits: %d, want 400", a.StatusCode)
	}
	admin.submit("/admin/users/eve", "/admin/users?saved=1", pairs("do", "approve", "back", "/admin/users?saved=1"))
	admin.submit("/admin/users/mallory", "/admin/users?saved=1", pairs("do", "refuse"))
	s.wantLog("admin user.refuse mallory", "admin user.approve eve")
	for _, do := range []string{"approve", "refuse"} {
		if a := admin.post("/admin/users/eve", "do", do); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s somebody who is in: %d, want 404", do, a.StatusCode)
		}
	}
	roads(http.StatusOK)
	signIn("eve", password, http.StatusSeeOther, "")
	signIn("mallory", password, http.StatusBadRequest, "Wrong name or password")
	upload().image(t)
	if body := admin.get("/admin").body; strings.Contains(body, "New accounts await approval") {
		t.Error("the overview tells of new accounts where there are none")
	}
	if log := s.log.String(); strings.Contains(log, password) {
		t.Error("the log holds a password")
	}
}

func TestRegistrationsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.Registration = true
		set.Rates.Register = ratelimit.Limit{Burst: 1, PerMinute: 1}
	})
	for i, want := range []int{http.StatusSeeOther, http.StatusTooManyRequests} {
		if a := s.sendForm("/register", "", pairs("name", string(rune('a'+i)), "password", password)); a.StatusCode != want {
			t.Errorf("account %d: got %d, want %d", i, a.StatusCode, want)
		}
	}
}

func TestRegistrationIsOffByDefault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if a := s.guest().get("/register"); a.StatusCode != http.StatusNotFound {
		t.Errorf("the form: %d, want 404", a.StatusCode)
	}
	if body := s.guest().get("/sign-in").body; strings.Contains(body, "/register") {
		t.Error("the sign-in page leads to the form")
	}
}
