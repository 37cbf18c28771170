package handlers_test

import (
	"net/http"
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
	s := newSite(t, withModeration, func(set *settings) { set.guests = true })
	s.now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	_, key := s.addModerator("mia")
	mia, bob, guest := s.signIn(key), s.signIn(s.bobKey), s.guest()
	ids := []string{s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs("", "small.jpg")}
	hash := s.lib.AddressHash("127.0.0.1")

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
	mia.mustPost("/moderation/"+ids[0], "verdict", "pending")
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
	s.wantLog("mia item.approve "+ids[1], "mia item.approve "+ids[0], "mia item.pending "+ids[0], "mia item.reject "+ids[0])
	if got := mia.get("/moderation").items(); strings.Join(got, " ") != ids[2]+" "+late {
		t.Errorf("left in the queue: %v, want %s and %s", got, ids[2], late)
	}
}

// TestApproveAllLeavesOutWhatAModeratorMayNotSee has a private file beside another.
func TestApproveAllLeavesOutWhatAModeratorMayNotSee(t *testing.T) {
	s := newSite(t, withModeration)
	mia, _ := s.addModerator("mia")
	mia.Moderator = true
	own, other := s.uploadAs(s.bobKey, "small.jpg", "visibility", "private"), s.uploadAs(s.bobKey, "small.jpg")
	until, from := s.time(), media.Sender{UserID: s.bob.ID}
	done, err := s.queue.ApproveAll(t.Context(), media.Viewer{Caller: media.Caller{User: mia}}, from, until)
	if err != nil || strings.Join(done.IDs(), " ") != other {
		t.Errorf("a moderator approves %v, %v, want %s", done.IDs(), err, other)
	}
	done, err = s.queue.ApproveAll(t.Context(), media.Viewer{Caller: media.Caller{User: s.admin}}, from, until)
	if err != nil || strings.Join(done.IDs(), " ") != own {
		t.Errorf("an admin approves %v, %v, want %s", done.IDs(), err, own)
	}
}
