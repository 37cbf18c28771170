package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"postern/media"
	"postern/media/auth/oidc"
)

// withProvider lets people sign in at a provider that runs beside the site.
func withProvider(t *testing.T, change func(*oidc.Settings)) (*mockoidc.MockOIDC, func(*settings)) {
	t.Helper()
	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := provider.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	known := oidc.Settings{
		Issuer: provider.Issuer(), ClientID: provider.ClientID, ClientSecret: provider.ClientSecret, Label: "Family",
		NameClaim: "preferred_username", AdminClaim: "groups", AdminValue: "admins", Create: true,
	}
	change(&known)
	return provider, func(set *settings) { set.SSO = oidc.New(known) }
}

// goTo sends a browser to the provider and returns the path to which that sends it
// back, and its cookie.
func (s *site) goTo(path string) (back, cookie string) {
	s.t.Helper()
	a := s.do("GET", path, nil)
	if a.StatusCode != http.StatusSeeOther || len(a.Cookies()) != 1 || !a.Cookies()[0].HttpOnly {
		s.t.Fatalf("%s: %d, %v", path, a.StatusCode, a.Cookies())
	}
	there := s.do("GET", a.Header.Get("Location"), nil)
	back = there.Header.Get("Location")
	if there.StatusCode != http.StatusFound || !strings.HasPrefix(back, s.URL+"/sign-in/sso/callback?") {
		s.t.Fatalf("the provider: %d to %q, %s", there.StatusCode, back, there.body)
	}
	return strings.TrimPrefix(back, s.URL), a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
}

// viaProvider signs in at the provider as a user of it.
func (s *site) viaProvider(p *mockoidc.MockOIDC, path string, u mockoidc.MockUser) answer {
	s.t.Helper()
	p.QueueUser(&u)
	back, cookie := s.goTo(path)
	return s.do("GET", back, nil, "Cookie", cookie)
}

func TestSigningInAtAProvider(t *testing.T) {
	t.Parallel()
	provider, with := withProvider(t, func(*oidc.Settings) {})
	s := newSite(t, with)
	if body := s.guest().get("/sign-in?back=/albums").body; !strings.Contains(body, `href="/sign-in/sso?back=%2falbums"`) || !strings.Contains(body, "Family") {
		t.Error("the page does not lead to the provider")
	}
	eve := mockoidc.MockUser{Subject: "1", PreferredUsername: "eve"}
	find := func(name string) media.User {
		t.Helper()
		u, err := s.db.UserNamed(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, test := range []struct {
		name  string
		user  mockoidc.MockUser
		as    string
		admin bool
	}{
		{"a first time", eve, "eve", false},
		{"again, as an admin", mockoidc.MockUser{Subject: "1", PreferredUsername: "renamed", Groups: []string{"people", "admins"}}, "eve", true},
		{"again, as no admin", eve, "eve", false},
		{"a name that is another's", mockoidc.MockUser{Subject: "2", PreferredUsername: "bob"}, "bob2", false},
		{"a name that cannot be", mockoidc.MockUser{Subject: "3", PreferredUsername: "a/b"}, "a-b", false},
		{"no name", mockoidc.MockUser{Subject: "4"}, "user", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := *s
			s.t = t
			a := s.viaProvider(provider, "/sign-in/sso?back=/albums", test.user)
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/albums" {
				t.Fatalf("got %d to %q: %.300s", a.StatusCode, a.Header.Get("Location"), a.body)
			}
			if u := find(test.as); u.Admin != test.admin {
				t.Errorf("%s is an admin: %t", u.Name, u.Admin)
			}
			session := a.Cookies()[len(a.Cookies())-1]
			if page := s.do("GET", "/account", nil, "Cookie", session.Name+"="+session.Value); !strings.Contains(page.body, `value="`+test.as+`"`) {
				t.Errorf("the account is not that of %s: %d", test.as, page.StatusCode)
			}
		})
	}
	if u := find("bob"); u.ID != s.bob.ID {
		t.Error("bob is another one")
	}
	disabled := media.UserDisabled
	s.change(find("eve"), media.UserChange{State: &disabled})
	if a := s.viaProvider(provider, "/sign-in/sso", eve); a.StatusCode != 403 {
		t.Errorf("a disabled user: %d, want 403", a.StatusCode)
	}
}

// TestAForgedReturnFromTheProvider comes back with what does not belong together.
func TestAForgedReturnFromTheProvider(t *testing.T) {
	t.Parallel()
	provider, with := withProvider(t, func(*oidc.Settings) {})
	s := newSite(t, with)
	provider.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: "eve"})
	back, cookie := s.goTo("/sign-in/sso")
	_, other := s.goTo("/sign-in/sso")
	query := func(change func(url.Values)) string {
		u, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		change(q)
		return u.Path + "?" + q.Encode()
	}
	for name, try := range map[string][2]string{
		"no cookie":           {back, ""},
		"another's cookie":    {back, other},
		"a damaged cookie":    {back, strings.Split(cookie, "=")[0] + "=rubbish"},
		"another state":       {query(func(q url.Values) { q.Set("state", "x") }), cookie},
		"no state":            {query(func(q url.Values) { q.Del("state") }), cookie},
		"another code":        {query(func(q url.Values) { q.Set("code", "x") }), cookie},
		"refused by the user": {query(func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }), cookie},
	} {
		a := s.do("GET", try[0], nil, "Cookie", try[1])
		if a.StatusCode != 400 || len(a.Cookies()) > 1 {
			t.Errorf("%s: %d, cookies %v, want 400", name, a.StatusCode, a.Cookies())
		}
	}
	if _, err := s.db.UserNamed(t.Context(), "eve"); err == nil {
		t.Error("a user was made")
	}
}

func TestOnlyWhoIsInvitedComesFromTheProvider(t *testing.T) {
	t.Parallel()
	provider, with := withProvider(t, func(known *oidc.Settings) { known.Create = false })
	s := newSite(t, with)
	eve := mockoidc.MockUser{Subject: "1", PreferredUsername: "eve"}
	if a := s.viaProvider(provider, "/sign-in/sso", eve); a.StatusCode != 403 {
		t.Errorf("without an invitation: %d, want 403", a.StatusCode)
	}
	invitation := s.invite(media.Invitation{Uses: 1, Quota: media.Quota{Items: 7}})
	_, token, _ := strings.Cut(invitation, "/invitation/")
	if !strings.Contains(s.guest().get(invitation).body, "/sign-in/sso?invitation="+token) {
		t.Error("the invitation does not lead to the provider")
	}
	for _, want := range []int{303, 303} { // the second time as a user
		if a := s.viaProvider(provider, "/sign-in/sso?invitation="+token, eve); a.StatusCode != want {
			t.Errorf("with an invitation: %d, want %d", a.StatusCode, want)
		}
	}
	if u, err := s.db.UserNamed(t.Context(), "eve"); err != nil || u.Quota.Items != 7 {
		t.Errorf("eve is %+v, %v", u, err)
	}
	if a := s.viaProvider(provider, "/sign-in/sso?invitation="+token, mockoidc.MockUser{Subject: "2", PreferredUsername: "mallory"}); a.StatusCode != 404 {
		t.Errorf("with an invitation that is used up: %d, want 404", a.StatusCode)
	}
}

func TestAProviderThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.SSO = oidc.New(oidc.Settings{Issuer: "http://127.0.0.1:1", ClientID: "x"})
	})
	if a := s.do("GET", "/sign-in/sso", nil); a.StatusCode != 502 {
		t.Errorf("got %d, want 502", a.StatusCode)
	}
	if a := s.do("GET", "/sign-in", nil); a.StatusCode != 200 {
		t.Errorf("the page for signing in: %d, want 200", a.StatusCode)
	}
}
