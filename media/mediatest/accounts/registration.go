package accounts

import (
	"fmt"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

func registrations(t *testing.T, db contract.Records) {
	register := func(name string, at time.Time) (media.User, error) {
		u := media.User{Name: name, State: media.UserWaiting, CreatedAt: at, Profile: media.Profile{DisplayName: "X"}}
		err := db.Register(t.Context(), &u, "$argon2id$"+name, contract.Noon)
		return u, err
	}
	ann, err := register("ann", contract.Noon)
	contract.WantError(t, "Register", err, nil)
	wantUser(t, db, ann)
	p, err := db.Password(t.Context(), ann.ID)
	contract.WantError(t, "Password", err, nil)
	contract.WantEqual(t, "Password", p, media.Password{UserID: ann.ID, Hash: "$argon2id$ann", ChangedAt: contract.Noon})
	again, err := register("ANN", contract.Noon)
	contract.WantError(t, "Register a taken name", err, media.ErrNameTaken)
	contract.WantEqual(t, "the ID of a user who is not made", again.ID, int64(0))

	contract.WantError(t, "Approve", db.Approve(t.Context(), ann.ID), nil)
	ann.State = media.UserActive
	wantUser(t, db, ann)
	contract.WantMissing(t, "Approve an active user", db.Approve(t.Context(), ann.ID))
	contract.WantMissing(t, "Refuse an active user", db.Refuse(t.Context(), ann.ID))

	bob, err := register("bob", contract.Noon.Add(-time.Second))
	contract.WantError(t, "Register", err, nil)
	contract.Insert(t, db, contract.Owned("x", bob.ID)) // as an import brings one
	contract.WantMissing(t, "Refuse a user with items", db.Refuse(t.Context(), bob.ID))
	wantUser(t, db, bob)
	var last media.User
	for i := range media.MaxWaiting {
		last, err = register(fmt.Sprint("waiting ", i), contract.Noon)
		contract.WantError(t, "Register", err, nil)
	}
	_, err = register("one too many", contract.Noon)
	contract.WantError(t, "Register one too many", err, media.ErrManyWaiting)
	contract.WantError(t, "Refuse", db.Refuse(t.Context(), last.ID), nil)
	_, err = db.User(t.Context(), last.ID)
	contract.WantMissing(t, "a refused user", err)
	_, err = register(last.Name, contract.Noon)
	contract.WantError(t, "Register in the place of another", err, nil)
}
