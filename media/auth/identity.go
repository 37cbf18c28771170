package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"postern/media"
)

// ErrNotInvited reports somebody whom a provider knows and who is no user here.
var ErrNotInvited = errors.New("no user here, and not invited")

// Stranger is somebody who has signed in at a provider.
type Stranger struct {
	media.Identity
	Name, DisplayName string // of the user that is made

	Admin      *bool  // whether the provider says so; nil: it says nothing of that
	Create     bool   // the user may be made without an invitation
	Invitation string // token of one that was opened; "" for none
}

// SignInWithIdentity begins a session of the user of an identity, who is made first
// if there is none. The error is ErrNotInvited, or says why the user may not
// sign in.
func (k *Keyring) SignInWithIdentity(ctx context.Context, who Stranger, agent string) (token string, expires time.Time, err error) {
	u, err := k.Credentials.UserByIdentity(ctx, who.Identity)
	if errors.Is(err, fs.ErrNotExist) {
		u, err = k.welcome(ctx, who)
	}
	if err == nil {
		err = active(&u)
	}
	if err != nil {
		return "", time.Time{}, err
	}
	if who.Admin != nil && *who.Admin != u.Admin {
		err := k.write(func() error { return k.Accounts.UpdateUser(ctx, u.ID, media.UserChange{Admin: who.Admin}) })
		if err != nil && !errors.Is(err, media.ErrLastAdmin) {
			return "", time.Time{}, fmt.Errorf("sign in: %w", err)
		}
	}
	return k.begin(ctx, media.Session{UserID: u.ID, Agent: agent})
}

// maxNames bounds the names that are tried for a user.
const maxNames = 100

// welcome makes the user of an identity. A name that is another's gets a number: who
// has a name at the provider is not who has it here.
func (k *Keyring) welcome(ctx context.Context, who Stranger) (u media.User, err error) {
	var i media.Invitation
	if who.Invitation != "" {
		if i, _, err = k.Invitation(ctx, who.Invitation); err == nil && i.UserID != 0 {
			err = ErrNoInvitation
		}
	} else if !who.Create {
		err = ErrNotInvited
	}
	if err != nil {
		return u, err
	}
	base := userName(who.Name)
	u = media.User{Admin: i.Admin, Moderator: i.Moderator, Quota: i.Quota, CreatedAt: k.Now().UTC(), Profile: media.Profile{DisplayName: who.DisplayName}}
	for n := range maxNames {
		if u.Name = base; n > 0 {
			u.Name = fmt.Sprint(base, n+1)
		}
		err = k.write(func() error { return k.insertWelcome(ctx, &u, who.Identity, i) })
		if !errors.Is(err, media.ErrNameTaken) {
			return u, err
		}
	}
	return u, err
}

func (k *Keyring) insertWelcome(ctx context.Context, u *media.User, id media.Identity, i media.Invitation) error {
	if i.ID == 0 {
		return k.Credentials.InsertUserWithIdentity(ctx, u, id)
	}
	if err := k.Credentials.AcceptInvitation(ctx, i.Digest, u, "", k.Now().UTC()); err != nil {
		return err
	}
	return k.Credentials.InsertIdentity(ctx, id, u.ID)
}

// userName makes a name that a user can have of what a provider says.
func userName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\?#%`, r) {
			return '-'
		}
		return r
	}, strings.TrimSpace(name))
	if runes := []rune(name); len(runes) > 40 {
		name = strings.TrimSpace(string(runes[:40]))
	}
	if media.CheckUserName(name) != nil {
		return "user"
	}
	return name
}
