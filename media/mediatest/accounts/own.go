package accounts

import (
	"errors"
	"testing"

	"postern/media"
	"postern/media/mediatest/contract"
)

func ownRows(t *testing.T, db contract.Records) {
	ann := media.User{Name: "ann", CreatedAt: contract.Noon, Profile: media.Profile{DisplayName: "Ann B."}}
	contract.WantError(t, "InsertUser", db.InsertUser(t.Context(), &ann), nil)
	bob := contract.InsertUser(t, db, "bob")
	insertSession(t, db, session(insertKey(t, db, key(ann, 1)), 2))
	insertKey(t, db, key(bob, 3))
	contract.WantError(t, "SetPassword", db.SetPassword(t.Context(), media.Password{UserID: ann.ID, Hash: "secret", ChangedAt: contract.Noon}, session(media.APIKey{}, 2).Digest), nil)
	contract.WantError(t, "InsertIdentity", db.InsertIdentity(t.Context(), media.Identity{Issuer: "https://id.example", Subject: "7"}, ann.ID), nil)
	own, other := contract.InsertAlbum(t, db, "Own0001", ann), contract.InsertAlbum(t, db, "Oth0001", bob)
	for _, by := range []media.User{ann, bob} {
		_, err := db.VotePost(t.Context(), other.ID, by.ID, 1)
		contract.WantError(t, "VotePost", err, nil)
		contract.WantError(t, "InsertComment", db.InsertComment(t.Context(), &media.Comment{PostID: other.ID, UserID: by.ID, Content: "by " + by.Name, CreatedAt: contract.Noon}), nil)
	}
	contract.WantError(t, "Follow", db.Follow(t.Context(), ann.ID, bob.ID, contract.Noon), nil)
	got := make(map[string][]map[string]any)
	var kinds []string
	err := db.OwnRows(t.Context(), ann.ID, func(kind string, row map[string]any) error {
		if len(got[kind]) == 0 {
			kinds = append(kinds, kind)
		}
		got[kind] = append(got[kind], row)
		return nil
	})
	contract.WantError(t, "OwnRows", err, nil)
	contract.WantEqual(t, "kinds", kinds, []string{"account", "passwords", "identities", "keys", "sessions", "albums", "comments", "votes", "following"})
	for kind, want := range map[string]map[string]any{
		"account": {
			"name": "ann", "display_name": "Ann B.", "admin": false, "moderator": false, "created_at": contract.Noon,
			"max_bytes": int64(0), "max_items": int64(0), "max_daily": int64(0),
		},
		"passwords":  {"changed_at": contract.Noon},
		"identities": {"issuer": "https://id.example", "subject": "7"},
		"keys":       {"name": "phone", "scope": "all", "created_at": contract.Noon},
		"albums":     {"id": own.Slug, "title": own.Title, "visibility": "hidden", "nsfw": false, "views": int64(0), "created_at": contract.Noon},
		"comments":   {"album": other.Slug, "content": "by ann", "created_at": contract.Noon},
		"votes":      {"album": other.Slug, "value": int64(1)},
		"following":  {"name": "bob", "since": contract.Noon},
	} {
		contract.WantEqual(t, kind, got[kind], []map[string]any{want})
	}
	enough := errors.New("enough")
	contract.WantError(t, "OwnRows", db.OwnRows(t.Context(), ann.ID, func(string, map[string]any) error { return enough }), enough)
	contract.WantError(t, "OwnRows of nobody", db.OwnRows(t.Context(), 1<<40, func(kind string, _ map[string]any) error { return errors.New(kind) }), nil)
}
