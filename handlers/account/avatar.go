package account

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/media"
)

// setAvatar takes an image as any upload, and makes it stand for the visitor. It is an
// unlisted item: quotas, bans and moderators have their say, and it is deleted as one.
func (s *Server) setAvatar(c echo.Context) error {
	release, err := s.intake.Acquire(c)
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	defer release()
	caller, f, err := s.intake.Receive(c, intake.WantSource)
	if f != nil {
		defer f.Abort()
	}
	if err == nil && !s.User(c).Owns(caller.User.ID) {
		err = media.ErrForbidden // a key of another user came with it
	}
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	f.Values = map[string]string{"visibility": string(media.Hidden), "expiration": media.NeverExpires}
	ctx := c.Request().Context()
	added, err := s.intake.Add(c, caller, f)
	if err == nil && added.Item.Kind != media.KindImage {
		if !added.Reused {
			err = s.Library.DeleteBy(ctx, caller, *added.Item)
		}
		if err == nil {
			err = media.ErrNotMedia
		}
	}
	if err == nil {
		err = s.Keyring.SetAvatar(ctx, caller, added.Item.Number)
	}
	if err != nil {
		return s.Refuse(c, err, s.accountError(c))
	}
	return s.Redirect(c, http.StatusSeeOther, "/account?saved=1")
}

// removeAvatar leaves the visitor without one; the item stays.
func (s *Server) removeAvatar(c echo.Context) error {
	if err := s.Keyring.SetAvatar(c.Request().Context(), s.User(c), 0); err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, "/account?saved=1")
}
