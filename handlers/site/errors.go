package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/handlers/present"
	"postern/media"
	"postern/media/auth"
	"postern/media/auth/oidc"
	"postern/media/fetch"
)

// APIError is an error as clients see it. Surfaces use the fields that their answers
// have; only Chevereto's API has codes.
type APIError struct {
	Status  int
	Code    int
	Message string
}

// NewError returns an error that is answered with this status, code and message.
func NewError(status, code int, message string) *APIError { return &APIError{status, code, message} }

// Error implements error.
func (e *APIError) Error() string { return e.Message }

// BadRequest returns an error of status 400 with this code and message.
func BadRequest(code int, message string) *APIError {
	return &APIError{http.StatusBadRequest, code, message}
}

// Errors of requests, with the codes and messages of docs/chevereto-api.md#errors.
var (
	ErrNoText  = BadRequest(130, "Empty source")
	errCutOff  = BadRequest(601, "File was partially uploaded (UPLOAD_ERR_PARTIAL)")
	errSelfURL = BadRequest(400, "Unsupported self host URL upload")
	errAddress = BadRequest(400, "Unsupported non-public IP address for upload")
	errFetch   = BadRequest(400, "Unable to fetch the URL")

	ErrInternal        = &APIError{http.StatusInternalServerError, 500, "Internal server error"}
	ErrNotFound        = &APIError{http.StatusNotFound, 404, "Not found"}
	errGone            = &APIError{http.StatusGone, 410, "This file has expired"}
	ErrContentEncoding = &APIError{http.StatusUnsupportedMediaType, 415, "Bodies with a Content-Encoding are not taken"}
	errCrossOrigin     = &APIError{http.StatusForbidden, 403, "The request came from another site"}
)

// errorTable has the answers to the sentinel errors of the packages below.
var errorTable = []struct {
	sentinel error
	answer   *APIError
}{
	{media.ErrNoKey, BadRequest(100, "No key provided")},
	{media.ErrInvalidKey, BadRequest(100, "Invalid API key.")},
	{media.ErrEmpty, BadRequest(610, "Can't get target upload source info")},
	{media.ErrNotMedia, BadRequest(610, "Can't get target upload source info")},
	{media.ErrUnsupported, BadRequest(613, "Unavailable image format")},
	{media.ErrNoVideo, BadRequest(100, "Invalid video file provided: it has no video track")},
	{media.ErrDamagedVideo, BadRequest(400, "Invalid video: the file is damaged")},
	{media.ErrDamaged, BadRequest(400, "Invalid image: the file is damaged")},
	{media.ErrVideoTooLarge, BadRequest(400, "Video dimensions are too large")},
	{media.ErrTooManyPixels, BadRequest(400, "Image dimensions are too large")},
	{media.ErrDuplicate, BadRequest(101, "Duplicated upload")},
	{media.ErrWidthTooLarge, BadRequest(610, "Target width is greater than the original image width")},
	{media.ErrGeometry, BadRequest(1, "Invalid image geometry")},
	{media.ErrExpiration, BadRequest(400, "Invalid expiration: use an ISO 8601 duration such as PT5M or P3D, or a number of seconds")},
	{media.ErrNoUser, BadRequest(400, "There is no user of this name")},
	{media.ErrNoTitle, BadRequest(400, "A title is needed")},
	{media.ErrLongDescription, BadRequest(400, "The description is too long"+limitMark+present.FormatBytes(media.MaxDescription))},
	{media.ErrManyTags, BadRequest(400, fmt.Sprint("Too many tags", limitMark, media.MaxTags))},
	{media.ErrNoTag, BadRequest(400, "Choose tags, and enter a tag of 1 to 32 characters without / and #")},
	{media.ErrVisibility, BadRequest(400, "Invalid visibility: use public, unlisted or private")},
	{media.ErrNotForGuests, BadRequest(400, "Only users can have private files: sign in")},
	{media.ErrAlbum, BadRequest(400, "Invalid album_id: there is no such album of yours")},
	{media.ErrAlbumTitle, BadRequest(400, "Invalid album_id: several albums of yours have this title, send the ID")},
	{media.ErrCategory, BadRequest(400, "Invalid category_id: there is no such category")},
	{media.ErrNoItems, BadRequest(400, "No files are selected")},
	{media.ErrOneItem, BadRequest(400, "Select one file only")},
	{media.ErrManyItems, BadRequest(400, fmt.Sprint("Too many files are selected", limitMark, media.MaxSelection))},
	{media.ErrBannedAddress, &APIError{http.StatusForbidden, 403, "Uploads from your address are not allowed"}},
	{media.ErrAddressForm, BadRequest(400, "This is not a hash, an address or a network")},
	{media.ErrBanned, BadRequest(400, "This file is not allowed here")},
	{auth.ErrScope, &APIError{http.StatusForbidden, 403, "This key is not for that"}},
	{auth.ErrDisabled, &APIError{http.StatusForbidden, 403, "This account is disabled"}},
	{auth.ErrWaiting, &APIError{http.StatusForbidden, 403, "This account waits for an administrator"}},
	{auth.ErrWrongPassword, BadRequest(400, "Wrong name or password")},
	{auth.ErrNotInvited, &APIError{http.StatusForbidden, 403, "You have no account here"}},
	{oidc.ErrRefused, BadRequest(400, "Signing in has failed")},
	{oidc.ErrUnreachable, &APIError{http.StatusBadGateway, 502, "The sign-in service does not answer"}},
	{auth.ErrNotConfirmed, BadRequest(400, "The name of the account was not given")},
	{auth.ErrShortPassword, BadRequest(400, "The password is too short")},
	{auth.ErrLongPassword, BadRequest(400, "The password is too long")},
	{auth.ErrNoInvitation, &APIError{http.StatusNotFound, 404, "This invitation is used up or has ended"}},
	{media.ErrManyWaiting, &APIError{http.StatusForbidden, 403, "Too many accounts wait for an administrator"}},
	{media.ErrNameTaken, BadRequest(400, "This name is taken")},
	{media.ErrLastAdmin, BadRequest(400, "The last administrator must stay one")},
	{auth.ErrTooManyKeys, BadRequest(400, "You have too many keys: revoke some")},
	{media.ErrBusy, &APIError{http.StatusServiceUnavailable, 503, "The server is busy, try again soon"}},
	{media.ErrUnavailable, &APIError{http.StatusServiceUnavailable, 503, "The server is busy, try again soon"}},
	{media.ErrFull, &APIError{http.StatusInsufficientStorage, 507, "No space left on storage"}},

	{form.ErrBase64, BadRequest(120, "Invalid base64 string")},
	{form.ErrEmptyBase64, ErrNoText},
	{form.ErrTooManyFields, BadRequest(400, "Too many form fields")},
	{form.ErrFieldTooLarge, BadRequest(400, "A form field is too large")},
	{form.ErrNameTooLong, BadRequest(400, "The name of a form field is too long")},
	{form.ErrHeaderTooLarge, BadRequest(400, "The header of a form part is too large")},
	{form.ErrMalformed, BadRequest(400, "Malformed request body")},

	{fetch.ErrSelf, errSelfURL},
	{fetch.ErrAddress, errAddress},
	{fetch.ErrPort, BadRequest(400, "Unsupported port for URL upload")},
	{fetch.ErrURL, BadRequest(400, "URL using bad/illegal format or missing URL")},
	{fetch.ErrRedirects, BadRequest(400, "The URL redirects too often")},
	{fetch.ErrStatus, BadRequest(610, "Can't get target upload source info")},
	{fetch.ErrEncoding, BadRequest(400, "The URL answers in a content coding that is not known here")},
	{fetch.ErrTimeout, BadRequest(400, "The URL took too long to answer")},
	{fetch.ErrFetch, errFetch},

	{io.ErrUnexpectedEOF, errCutOff},
	{os.ErrDeadlineExceeded, errCutOff}, // of a body that does not go on
	{media.ErrLocked, &APIError{http.StatusForbidden, 403, "A password is needed"}},
	{media.ErrForbidden, &APIError{http.StatusForbidden, 403, "Not allowed"}},
	{media.ErrGone, errGone},
	{echo.ErrNotFound, ErrNotFound},
}

// ToAPIError returns what clients may know of an error. An unknown error is a fault of
// the server, of which they learn nothing.
func (s *Server) ToAPIError(err error) *APIError {
	var known *APIError
	if errors.As(err, &known) {
		return known
	}
	var size *media.SizeError
	if errors.As(err, &size) {
		return BadRequest(400, "File too big"+limitMark+present.FormatBytes(size.Limit))
	}
	var long *media.DurationError
	if errors.As(err, &long) {
		return BadRequest(400, "The video is too long"+limitMark+present.Clock(long.Limit))
	}
	var body *http.MaxBytesError
	if errors.Is(err, media.ErrTooLarge) || errors.As(err, &body) {
		return BadRequest(400, "File too big"+limitMark+present.FormatBytes(s.Library.Policy().MaxFile))
	}
	var quota *media.QuotaError
	if errors.As(err, &quota) {
		return s.ToAPIError(s.quotaError(quota))
	}
	if errors.Is(err, media.ErrDisabled) {
		_, format, _ := strings.Cut(err.Error(), ": ")
		return BadRequest(614, fmt.Sprintf("Disabled image format (%s)", format))
	}
	for _, row := range errorTable {
		if errors.Is(err, row.sentinel) {
			return row.answer
		}
	}
	if missing(err) {
		return ErrNotFound
	}
	var name *auth.NameError
	if errors.As(err, &name) {
		return BadRequest(400, "No user can have this name")
	}
	var http *echo.HTTPError
	if errors.As(err, &http) && http.Code < 500 {
		return &APIError{http.Code, http.Code, fmt.Sprint(http.Message)}
	}
	return ErrInternal
}

// answerError turns every error into an answer, in the format of the surface that owns
// the path.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	var quota *media.QuotaError
	if errors.As(err, &quota) {
		err = s.quotaError(quota)
	}
	answer := s.ToAPIError(err)
	s.LogRefusal(c, answer, err)
	askBack(c, answer, err)
	if err := s.surface(c).AnswerError(c, err, answer); err != nil {
		s.Logger(c).Debug("answer an error", "error", err)
	}
}
