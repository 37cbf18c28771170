package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// pageOf is the path of an item's page.
func (v *visitor) pageOf(id string) string {
	v.t.Helper()
	return strings.TrimPrefix(v.get("/image/"+id).Header.Get("Location"), v.URL)
}

// TestModeratorsSeeSendersAndEarlierVerdicts walks the queue of two senders: the page tells
// who sent what and what was decided before, and approves all of one sender.
func TestModeratorsSeeSendersAndEarlierVerdicts(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration, func(set *settings) { set.guests = true })
	s.now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	_, key := s.addModerator("mia")
	mia, bob, guest := s.signIn(key), s.signIn(s.bobKey), s.guest()
	ids := []string{s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs("", "small.jpg")}
	hash := s.lib.Secret.AddressHash("127.0.0.1")

	// Owners are told; others are not.
	const told = "A moderator has yet to review this file."
	bob.wants(bob.pageOf(ids[0]), http.StatusOK, told)
	bob.wants("/gallery", http.StatusOK, "Pending review")
	if a := guest.get(guest.pageOf(ids[0])); strings.Contains(a.body, told) {
		t.Error("others are told that a file waits")
	}

	a := mia.wants("/moderation", http.StatusOK, `href="/moderation?user=bob"`, `href="/moderation?guest=`+hash+`"`)
	if got := len(a.items()); got != 3 {
		t.Fatalf("%d items in the queue, want 3", got)
	}
	mia.mustPost("/moderation/"+ids[0], "verdict", "rejected")
	bob.wants(bob.pageOf(ids[0]), http.StatusOK, "A moderator rejected this file.")
	// Scripts are told, and others are led back, each with what takes the verdict back.
	var said toldScripts
	sent := mia.sendForm("/moderation/"+ids[0], mia.cookie, url.Values{"verdict": {"pending"}}, "Accept", "application/json")
	if err := json.Unmarshal([]byte(sent.body), &said); err != nil || said.Done != 1 || said.Items[0].ID != ids[0] || len(said.Undo) != 0 {
		t.Errorf("scripts are told %d %s, %v", sent.StatusCode, sent.body, err)
	}
	mia.submit("/moderation/"+ids[2], "/moderation?done=approved&ids="+ids[2]+"&n=1&user=bob", pairs("verdict", "approved", "back", "/moderation?user=bob"))
	mia.wantChosen("/moderation", "pending", ids[2:])
	a = mia.wants("/moderation?user=bob", http.StatusOK, "Rejected</span>\n<bdi>mia</bdi>", "Approve all 2 files", "Latest decisions")
	if got := a.items(); strings.Join(got, " ") != ids[0]+" "+ids[1] {
		t.Errorf("of bob: %v, want %v", got, ids[:2])
	}
	if got := mia.wants("/moderation?guest="+hash, http.StatusOK).items(); strings.Join(got, " ") != ids[2] {
		t.Errorf("of the guest: %v, want %s", got, ids[2])
	}

	// What came after the page was shown is not approved with the rest.
	until := strconv.FormatInt(s.now.Unix(), 10)
	s.now = s.now.Add(time.Hour)
	late := s.uploadAs(s.bobKey, "small.jpg")
	for name, fields := range map[string][]string{
		"of nobody": {"until", until}, "without a time": {"user", "bob"},
		"of no digest": {"guest", "'", "until", until}, "of an unknown user": {"user", "nemo", "until", until},
	} {
		if a := mia.post("/moderation", fields...); a.StatusCode/100 != 4 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if a := bob.post("/moderation", "user", "bob", "until", until); a.StatusCode != http.StatusForbidden {
		t.Errorf("a user approves: %d", a.StatusCode)
	}
	mia.mustPost("/moderation", "user", "bob", "until", until)
	s.wantLog("mia item.approve "+ids[1], "mia item.approve "+ids[0], "mia item.pending "+ids[2], "mia item.approve "+ids[2],
		"mia item.pending "+ids[0], "mia item.reject "+ids[0])
	if got := mia.get("/moderation").items(); strings.Join(got, " ") != ids[2]+" "+late {
		t.Errorf("left in the queue: %v, want %s and %s", got, ids[2], late)
	}
}

// TestAnAdminKeepsASenderOut bans a guest and disables a user from the queue.
func TestAnAdminKeepsASenderOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration, func(set *settings) { set.guests = true })
	_, key := s.addModerator("mia")
	mia, admin := s.signIn(key), s.signIn(s.key)
	waiting := s.uploadAs(s.bobKey, "small.jpg")
	s.uploadAs("", "small.jpg")
	guest, bob := "/moderation?guest="+s.lib.Secret.AddressHash("127.0.0.1"), "/moderation?user=bob"
	for _, path := range []string{guest, bob} {
		if body := mia.get(path).body; strings.Contains(body, "/admin/bans") || strings.Contains(body, "/admin/users") {
			t.Errorf("%s offers a moderator what is an admin's", path)
		}
		admin.wants(path, http.StatusOK, `name="back" value="`+path+`"`)
	}
	admin.submit("/admin/bans", guest, pairs("do", "add", "what", "guest:"+s.lib.Secret.AddressHash("127.0.0.1"), "reason", "spam", "expires", "P1W", "back", guest))
	admin.submit("/admin/users/bob", bob, pairs("do", "disable", "hide", "1", "back", bob))
	s.wantLog("admin user.disable bob --hide-files", "admin ban.add guest:"+s.lib.Secret.AddressHash("127.0.0.1")+" spam P1W")
	for _, path := range []string{guest, bob} {
		if body := admin.wants(path, http.StatusOK, "Can upload no more").body; strings.Contains(body, `action="/admin/`) {
			t.Errorf("%s offers to keep out who is", path)
		}
	}
	if a := s.guest().get("/image/small." + waiting); a.StatusCode != http.StatusNotFound {
		t.Errorf("the file of who is out: %d", a.StatusCode)
	}
	admin.submit("/admin/bans", "/", pairs("do", "remove", "what", "guest:"+s.lib.Secret.AddressHash("127.0.0.1"), "back", "https://example.org/"))
}

// TestModeratorsDecideOnNothingThatIsClosedToThem sends verdicts over every road about
// files of which others must not know.
func TestModeratorsDecideOnNothingThatIsClosedToThem(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	_, key := s.addModerator("mia")
	mia, admin, bob := s.signIn(key), s.signIn(s.key), s.signIn(s.bobKey)
	private, locked := s.uploadAs(s.bobKey, "small.jpg", "visibility", "private"), s.uploadAs(s.bobKey, "small.jpg")
	bob.mustPost("/items/"+locked+"/edit", "title", "x", "expiration", "keep", "password", "sea")
	seen := mia.opened(mia.mustPost("/items/"+locked+"/open", "password", "sea", "back", "/"))
	for _, page := range []string{"/moderation", "/moderation?user=bob"} {
		if body := mia.wants(page, http.StatusOK, "Nothing to review.").body; strings.Contains(body, private) || strings.Contains(body, locked) {
			t.Errorf("%s tells of files that are closed", page)
		}
	}
	open := s.uploadAs(s.bobKey, "small.jpg")
	for _, id := range []string{private, locked} {
		if a := seen.post("/moderation/"+id, "verdict", "approved"); a.StatusCode != http.StatusNotFound {
			t.Errorf("a verdict on a closed file: %d", a.StatusCode)
		}
		if told := seen.chooseByScript(url.Values{"do": {"rejected"}, "skip": {"1"}, "id": {id, open}}); told.Done != 1 {
			t.Errorf("verdicts on a closed file and another: %+v", told)
		}
		seen.mustPost("/moderation/"+open, "verdict", "pending")
	}
	if told := seen.chooseByScript(url.Values{"do": {"rejected"}, "all": {"1"}, "list": {"/moderation"}, "count": {"1"}}); told.Done != 1 || len(told.Items) != 1 || told.Items[0].ID != open {
		t.Errorf("verdicts on all: %+v", told)
	}
	if got := admin.wants("/moderation?user=bob", http.StatusOK, `data-total="2"`).items(); strings.Join(got, " ") != private+" "+locked {
		t.Errorf("left for admins: %v", got)
	}
	admin.mustPost("/moderation/"+private, "verdict", "rejected")
	admin.wants("/moderation", http.StatusOK, private)
	if body := mia.wants("/moderation", http.StatusOK, open).body; strings.Contains(body, private) {
		t.Error("the latest decisions tell a moderator of a private file")
	}
}

// TestApproveAllLeavesOutWhatAModeratorMayNotSee has a private file beside another.
func TestApproveAllLeavesOutWhatAModeratorMayNotSee(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	mia, _ := s.addModerator("mia")
	mia.Moderator = true
	own, other := s.uploadAs(s.bobKey, "small.jpg", "visibility", "private"), s.uploadAs(s.bobKey, "small.jpg")
	until, from := s.time(), media.Sender{UserID: s.bob.ID}
	done, err := s.queue.ApproveAll(t.Context(), media.Caller{User: mia}, from, until)
	if err != nil || strings.Join(done.IDs(), " ") != other {
		t.Errorf("a moderator approves %v, %v, want %s", done.IDs(), err, other)
	}
	done, err = s.queue.ApproveAll(t.Context(), media.Caller{User: s.admin}, from, until)
	if err != nil || strings.Join(done.IDs(), " ") != own {
		t.Errorf("an admin approves %v, %v, want %s", done.IDs(), err, own)
	}
}

// field returns the value of the first hidden field of a name on a page.
func (a answer) field(name string) string {
	_, rest, _ := strings.Cut(a.body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// verdictOf is what moderators have made of an item.
func (s *site) verdictOf(id string) media.Moderation {
	s.t.Helper()
	it, err := s.db.Item(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return it.Verdict()
}

// notesOn are the notes of the reports that wait on an item, the latest first.
func (s *site) notesOn(id string) string {
	s.t.Helper()
	it, err := s.db.Item(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	reports, err := s.db.ReportsOn(s.t.Context(), []int64{it.Number})
	if err != nil {
		s.t.Fatal(err)
	}
	var notes []string
	for _, r := range reports {
		notes = append(notes, r.Note)
	}
	return strings.Join(notes, ", ")
}

// report sends a report with a note.
func (v *visitor) report(id, note string) {
	v.t.Helper()
	if a := v.post("/report/"+id, "reason", "other", "note", note); a.StatusCode != http.StatusOK {
		v.t.Errorf("report: %d %.300s", a.StatusCode, a.body)
	}
}

// TestApproveAllLiftsNoVerdict: an owner who reports own files brings none of them back.
func TestApproveAllLiftsNoVerdict(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	s.now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	_, key := s.addModerator("mia")
	mia, bob := s.signIn(key), s.signIn(s.bobKey)
	rejected, adult, waits, approved := s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs(s.bobKey, "small.jpg")
	mia.mustPost("/moderation/"+rejected, "verdict", "rejected")
	mia.mustPost("/moderation/"+adult, "verdict", "nsfw")
	mia.mustPost("/moderation/"+approved, "verdict", "approved")
	for _, id := range []string{rejected, adult, approved} {
		bob.report(id, "bring it back")
	}
	if a := bob.get(bob.pageOf(rejected)); strings.Contains(a.body, "/report/") {
		t.Error("the page of a rejected file offers to report it")
	}
	s.now = s.now.Add(time.Second)
	page := mia.wants("/moderation?user=bob", http.StatusOK, "Approve all 3 files")
	if got := strings.Join(page.items(), " "); got != adult+" "+waits+" "+approved {
		t.Errorf("in the queue: %s", got)
	}
	s.now = s.now.Add(time.Minute)
	s.guest().report(approved, "late")
	late := s.uploadAs(s.bobKey, "small.jpg")
	mia.mustPost("/moderation", "user", "bob", "until", page.field("until"), "back", "/moderation")
	for id, want := range map[string]media.Moderation{
		rejected: media.ModerationRejected, adult: media.ModerationNSFW, waits: media.ModerationApproved, approved: media.ModerationApproved, late: media.ModerationPending,
	} {
		if got := s.verdictOf(id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	if got := s.notesOn(approved); got != "late" {
		t.Errorf("reports that are left: %s", got)
	}
	if got := mia.get("/moderation").items(); strings.Join(got, " ") != approved+" "+late {
		t.Errorf("left in the queue: %v", got)
	}
}

// TestVerdictsAnswerWhatWasSeen: reports that came after the page was made stay, over every
// road, and who takes a verdict back brings the others back.
func TestVerdictsAnswerWhatWasSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	s.now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	_, key := s.addModerator("mia")
	mia, admin, bob, guest := s.signIn(key), s.signIn(s.key), s.signIn(s.bobKey), s.guest()
	for name, decide := range map[string]struct {
		who  *visitor
		page string
		send func(id string, form url.Values) answer
	}{
		"one": {mia, "/moderation", func(id string, form url.Values) answer {
			form.Set("verdict", form.Get("do"))
			return mia.sendForm("/moderation/"+id, mia.cookie, form, "Accept", "application/json")
		}},
		"many": {mia, "/moderation", func(id string, form url.Values) answer {
			form.Set("id", id)
			return mia.sendForm("/items", mia.cookie, form, "Accept", "application/json")
		}},
		"of all files": {admin, "/admin/items", func(id string, form url.Values) answer {
			form.Set("id", id)
			return admin.sendForm("/items", admin.cookie, form, "Accept", "application/json")
		}},
	} {
		for _, verdict := range []media.Moderation{media.ModerationApproved, media.ModerationNSFW, media.ModerationRejected} {
			id := s.uploadAs(s.key, "small.jpg")
			guest.report(id, "early")
			s.now = s.now.Add(time.Minute)
			seen := decide.who.get(decide.page).field("seen")
			s.now = s.now.Add(time.Minute)
			bob.report(id, "late")
			s.now = s.now.Add(time.Minute)
			var told toldScripts
			a := decide.send(id, url.Values{"do": {string(verdict)}, "seen": {seen}})
			if err := json.Unmarshal([]byte(a.body), &told); err != nil || told.Done != 1 || len(told.Undo) != 1 {
				t.Fatalf("%s %s: %d %s", name, verdict, a.StatusCode, a.body)
			}
			if got := s.notesOn(id); got != "late" || s.verdictOf(id) != verdict {
				t.Errorf("%s: %s with %s", name, s.verdictOf(id), got)
			}
			decide.who.undo(told)
			if got := s.notesOn(id); got != "late, early" || s.verdictOf(id) != media.ModerationApproved {
				t.Errorf("%s, taken back: %s with %s", name, s.verdictOf(id), got)
			}
			// The same without scripts.
			s.now = s.now.Add(time.Minute)
			seen = decide.who.get(decide.page).field("seen")
			a = decide.who.post("/items", "do", string(verdict), "id", id, "seen", seen, "back", decide.page)
			after := decide.who.wants(a.Header.Get("Location"), http.StatusOK, `name="reports"`)
			if got := s.notesOn(id); got != "" {
				t.Errorf("%s without scripts leaves %s", name, got)
			}
			decide.who.mustPost("/items", "do", "approved", "id", id, "seen", after.field("seen"), "reports", after.field("reports"), "back", decide.page)
			if got := s.notesOn(id); got != "late, early" || s.verdictOf(id) != media.ModerationApproved {
				t.Errorf("%s, taken back without scripts: %s with %s", name, s.verdictOf(id), got)
			}
			decide.who.mustPost("/moderation/"+id, "verdict", "approved") // without a word of what was seen
			if got := s.notesOn(id); got != "" {
				t.Errorf("%s: left: %s", name, got)
			}
		}
	}
}

// TestAStaleVerdictChangesNothing: who decides on what others have decided on meanwhile is
// told who, and what.
func TestAStaleVerdictChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	_, key := s.addModerator("mia")
	mia, admin := s.signIn(key), s.signIn(s.key)
	one, two := s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs(s.bobKey, "small.jpg")
	seen := mia.get("/moderation").field("seen")
	all := admin.get("/admin/items").field("seen")
	var told toldScripts
	a := admin.sendForm("/moderation/"+one, admin.cookie, url.Values{"verdict": {"rejected"}, "seen": {seen}}, "Accept", "application/json")
	if err := json.Unmarshal([]byte(a.body), &told); err != nil || len(told.Undo) != 1 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	wants := func(name string, a answer, want media.Moderation, say string) {
		t.Helper()
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, say) || !strings.Contains(a.body, "Nothing was changed.") {
			t.Errorf("%s: %d, want 422 that says %q", name, a.StatusCode, say)
		}
		if got := s.verdictOf(one); got != want {
			t.Errorf("%s: the file is %s, want %s", name, got, want)
		}
		if got := s.verdictOf(two); got != media.ModerationPending {
			t.Errorf("%s: the other file is %s", name, got)
		}
	}
	const say = "admin has rejected 1 file in the meantime."
	wants("one", mia.post("/moderation/"+one, "verdict", "approved", "seen", seen, "back", "/moderation"), media.ModerationRejected, say)
	wants("many", mia.choose("approved", []string{one, two}, "seen", seen, "back", "/moderation"), media.ModerationRejected, say)
	wants("all files", admin.choose("approved", []string{one, two}, "seen", all, "back", "/admin/items"), media.ModerationRejected, say)

	mia.mustPost("/moderation/"+one, "verdict", "nsfw", "seen", mia.get("/moderation").field("seen"))
	undo := url.Values{"do": {told.Undo[0]["do"].(string)}, "id": {one}, "seen": {told.Undo[0]["seen"].(string)}}
	wants("undo of what others have changed", admin.sendForm("/items", admin.cookie, undo, "Accept", "application/json"), media.ModerationNSFW, "mia has marked 1 file as sensitive in the meantime.")
	for _, language := range []string{"de", "es", "fr", "ja", "zh"} {
		a := mia.sendForm("/moderation/"+one, mia.cookie, url.Values{"verdict": {"approved"}, "seen": {seen}, "back": {"/moderation"}}, "Accept-Language", language)
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "mia") || strings.Contains(a.body, "select.why") {
			t.Errorf("in %s: %d", language, a.StatusCode)
		}
	}
	// The rest can be decided on.
	if told := mia.chooseByScript(url.Values{"do": {"approved"}, "id": {one, two}, "seen": {seen}, "skip": {"1"}}); told.Done != 1 || s.verdictOf(two) != media.ModerationApproved || s.verdictOf(one) != media.ModerationNSFW {
		t.Errorf("the rest: %+v", told)
	}
}

// TestTheQueueStaysWhileSomethingWaits: what waits from when uploads were moderated can be
// reached by the menu until nothing is left.
func TestTheQueueStaysWhileSomethingWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Options.Reports = nil })
	_, key := s.addModerator("mia")
	mia := s.signIn(key)
	has := func(want bool) {
		t.Helper()
		if got := strings.Contains(mia.get("/gallery").body, `href="/moderation"`); got != want {
			t.Errorf("the menu has the queue: %v, want %v", got, want)
		}
	}
	has(false)
	id := s.uploadAs(s.bobKey, "small.jpg")
	if _, err := s.db.SetModeration(t.Context(), id, media.ModerationPending); err != nil {
		t.Fatal(err)
	}
	has(true)
	mia.wants("/moderation", http.StatusOK, id)
	mia.mustPost("/moderation/"+id, "verdict", "approved")
	has(false)
	mia.wants("/moderation", http.StatusOK, "Nothing to review.")
}
