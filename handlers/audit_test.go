package handlers_test

import (
	"net/http"
	"testing"

	"postern/media"
)

// TestRightsOverOthersLeaveEntries changes items as their owner, as a moderator and as an
// admin, one by one and many at
// once: the audit log has what is done to others' items, and every
// verdict.
func TestRightsOverOthersLeaveEntries(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	_, key := s.addModerator("mia")
	admin, mia, bob := s.signIn(s.key), s.signIn(key), s.signIn(s.bobKey)
	var ids []string
	for range 6 {
		ids = append(ids, s.uploadAs(s.bobKey, "small.jpg"))
	}
	own := s.uploadAs(s.key, "small.jpg")
	admin.mustPost("/admin/categories", "do", "add", "name", "First")
	first := "admin category.add First"

	// Verdicts, one by one and many at once. What is refused leaves nothing.
	mia.mustPost("/moderation/"+ids[0], "verdict", "nsfw")
	s.wantLog("mia item.nsfw "+ids[0], first)
	mia.wantChosen("/moderation", "rejected", ids[1:3])
	mia.wantChosen("/moderation", "pending", ids[1:3])
	verdicts := []string{
		"mia item.pending " + ids[2], "mia item.pending " + ids[1], "mia item.reject " + ids[2], "mia item.reject " + ids[1],
	}
	s.wantLog(append(verdicts, "mia item.nsfw "+ids[0])...)
	if a := mia.choose("approved", []string{ids[1], "aaaaaaa"}); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("with nothing's item: %d", a.StatusCode)
	}
	if a := bob.post("/moderation/"+ids[1], "verdict", "approved"); a.StatusCode != http.StatusForbidden {
		t.Errorf("a user's verdict: %d", a.StatusCode)
	}
	s.wantLog(verdicts...)

	// An owner's changes are no entries, nor are an admin's of own items.
	bob.mustPost("/items/"+ids[3]+"/edit", "title", "Sea", "expiration", "keep")
	bob.wantChosen("/gallery", "sensitive", ids[3:5], "sure", "1", "nsfw", "1")
	admin.mustPost("/items/"+own+"/edit", "title", "Own", "expiration", "keep")
	s.wantLog(verdicts...)

	// An admin's changes of others' items are.
	admin.mustPost("/items/"+ids[3]+"/edit", "title", "Lake", "expiration", "keep")
	admin.wantChosen("/gallery", "tags", []string{ids[4], own}, "sure", "1", "add", "water")
	s.wantLog("admin item.edit "+ids[4], "admin item.edit "+ids[3], verdicts[0])
	admin.mustPost("/items/" + ids[4] + "/discard")
	if a := admin.choose("discard", []string{own, ids[5]}, "sure", "1"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("files of two users are deleted: %d", a.StatusCode)
	}
	s.wantLog("admin item.delete "+ids[5], "admin item.delete "+ids[4], "admin item.edit "+ids[4])

	a, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.bob}, "Holidays")
	if err != nil {
		t.Fatal(err)
	}
	album := a.Slug
	bob.mustPost("/album/"+album+"/edit", "title", "Trip")
	admin.mustPost("/album/"+album+"/edit", "title", "Travels")
	admin.mustPost("/album/" + album + "/delete")
	s.wantLog("admin album.delete "+album, "admin album.edit "+album, "admin item.delete "+ids[5])
}
