package pages

import (
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
	"postern/media/library"
)

// offeredAlbums is how many albums a form offers to choose from.
const offeredAlbums = 50

// AlbumField is the field of a form that chooses an album.
type AlbumField struct {
	Albums     []media.AlbumCard // the newest ones
	MoreAlbums bool              // there are others, which one names by ID or title
	Album      string            // slug of the chosen one, or the text that was typed
	AlbumTitle string            // its title; "" for none
}

// AlbumField returns the field with the newest albums of a user, none of them chosen. It is
// empty for user 0.
func (s *Server) AlbumField(c echo.Context, userID int64) (f AlbumField, err error) {
	if userID == 0 {
		return f, nil
	}
	f.Albums, err = s.Library.Albums.List(c.Request().Context(), media.AlbumQuery{UserID: userID, Limit: offeredAlbums + 1})
	if len(f.Albums) > offeredAlbums {
		f.Albums, f.MoreAlbums = f.Albums[:offeredAlbums], true
	}
	return f, err
}

// DefaultAlbumField is AlbumField with the album that the user has chosen for uploads.
func (s *Server) DefaultAlbumField(c echo.Context, u media.User) (AlbumField, error) {
	f, err := s.AlbumField(c, u.ID)
	if err != nil || u.DefaultAlbum == 0 {
		return f, err
	}
	a, err := s.Library.Albums.Default(c.Request().Context(), u)
	f.Album, f.AlbumTitle = a.Slug, a.Title
	return f, err
}

// ExpiryChoice is a time after which to delete: its ISO 8601 duration, and the key of its
// message.
type ExpiryChoice struct{ Value, Key string }

// ExpiryAfter returns the choice of a period, one of those that have a message.
func ExpiryAfter(period string) ExpiryChoice { return ExpiryChoice{period, "upload.expiry." + period} }

// ExpiryChoices returns the times that the policy allows, for a guest or a user. The empty
// value leaves the time to the server. Never is among them if nothing bounds the time.
func ExpiryChoices(policy library.Policy, guest bool, now time.Time) []ExpiryChoice {
	bounded := guest && !policy.GuestExpiration.IsZero()
	endless := !bounded && policy.Expiration.Max.IsZero()
	usual := ExpiryChoice{"", "upload.expiry.usual"}
	never := ExpiryChoice{media.NeverExpires, "upload.expiry.never"}
	var choices []ExpiryChoice
	switch {
	case endless && policy.DefaultExpiration.IsZero():
		choices = append(choices, ExpiryChoice{"", never.Key})
	case endless:
		choices = append(choices, usual, never)
	default:
		choices = append(choices, usual)
	}
	for _, text := range []string{"PT15M", "PT1H", "P1D", "P1W", "P1M", "P6M", "P1Y"} {
		period, err := media.ParsePeriod(text)
		end := period.After(now)
		fits := func(most media.Period) bool { return most.IsZero() || !end.After(most.After(now)) }
		if err == nil && fits(policy.Expiration.Max) && (!bounded || fits(policy.GuestExpiration)) &&
			!end.Before(policy.Expiration.Min.After(now)) {
			choices = append(choices, ExpiryAfter(text))
		}
	}
	return choices
}
