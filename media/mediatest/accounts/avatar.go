package accounts

import (
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

func avatars(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	film := contract.Owned("film", ann.ID)
	film.Kind = media.KindVideo
	items := contract.Insert(t, db, contract.Owned("face", ann.ID), film)
	face := items[0]
	post := media.Post{Album: media.Album{Slug: "abc1234", UserID: ann.ID, CreatedAt: contract.Noon, Visibility: media.Public}}
	contract.WantError(t, "InsertPost", db.InsertPost(t.Context(), &post, nil), nil)
	comment := media.Comment{PostID: post.ID, UserID: ann.ID, Content: "x", CreatedAt: contract.Noon}
	contract.WantError(t, "InsertComment", db.InsertComment(t.Context(), &comment), nil)
	want := func(key string) {
		t.Helper()
		ann.Avatar = key
		wantUser(t, db, ann)
		wantUser(t, db, bob)
		p, err := db.PostBySlug(t.Context(), post.Slug, 0, contract.Noon)
		contract.WantError(t, "PostBySlug", err, nil)
		c, err := db.Comment(t.Context(), comment.ID, 0)
		contract.WantError(t, "Comment", err, nil)
		contract.WantEqual(t, "avatars of the post and the comment", []string{p.UserAvatar, c.UserAvatar}, []string{key, key})
	}
	want("")
	for _, wrong := range []struct{ user, item int64 }{{ann.ID, items[1].Number}, {ann.ID, 1 << 40}, {bob.ID, face.Number}, {1 << 40, 0}} {
		contract.WantMissing(t, "SetAvatar", db.SetAvatar(t.Context(), wrong.user, wrong.item))
	}
	contract.WantError(t, "SetAvatar", db.SetAvatar(t.Context(), ann.ID, face.Number), nil)
	want(face.Thumb.Key)
	for _, verdict := range []media.Moderation{media.ModerationPending, media.ModerationNSFW, media.ModerationRejected} {
		_, err := db.SetModeration(t.Context(), face.ID, verdict)
		contract.WantError(t, "SetModeration", err, nil)
		want("")
	}
	_, err := db.SetModeration(t.Context(), face.ID, media.ModerationApproved)
	contract.WantError(t, "SetModeration", err, nil)
	for _, visibility := range []media.Visibility{media.Private, media.Hidden} {
		face.Visibility = visibility
		contract.WantError(t, "UpdateItem", db.UpdateItem(t.Context(), face, contract.Noon), nil)
		want(map[media.Visibility]string{media.Hidden: face.Thumb.Key}[visibility])
	}
	contract.WantError(t, "Withhold", db.Withhold(t.Context(), ann.ID, true), nil)
	ann.Withheld = true
	want("")
	contract.WantError(t, "Withhold", db.Withhold(t.Context(), ann.ID, false), nil)
	ann.Withheld = false
	want(face.Thumb.Key)
	_, err = db.MoveToTrash(t.Context(), face.ID, contract.Noon.Add(time.Hour))
	contract.WantError(t, "MoveToTrash", err, nil)
	want("")
	_, err = db.Restore(t.Context(), face.ID, contract.Noon)
	contract.WantError(t, "Restore", err, nil)
	contract.WantError(t, "SetAvatar", db.SetAvatar(t.Context(), ann.ID, 0), nil)
	want("")
	contract.WantError(t, "SetAvatar", db.SetAvatar(t.Context(), ann.ID, face.Number), nil)
	contract.FinishDelete(t, db, contract.BeginDelete(t, db, face.ID).Number)
	want("")
	contract.WantError(t, "DeleteUser", db.DeleteUser(t.Context(), ann.ID, contract.Noon), nil)
}
