package handlers

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
	"postern/media/fetch"
)

// APIError is an error as clients are told it. Each surface shows of it what its
// answers have room for: the code is one of Chevereto's API alone.
type APIError struct {
	status  int
	code    int
	message string
}

// newError returns an error with these in it.
func newError(status, code int, message string) *APIError { return &APIError{status, code, message} }

// Error implements error.
func (e *APIError) Error() string { return e.message }

// badRequest returns an error of status 400.
func badRequest(code int, message string) *APIError {
	return &APIError{http.StatusBadRequest, code, message}
}

// Errors of requests, with the codes and messages of docs/chevereto-api.md#errors.
var (
	errNoText  = badRequest(130, "Empty source")
	errCutOff  = badRequest(601, "File was partially uploaded (UPLOAD_ERR_PARTIAL)")
	errSelfURL = badRequest(400, "Unsupported self host URL upload")
	errAddress = badRequest(400, "Unsupported non-public IP address for upload")
	errFetch   = badRequest(400, "Unable to fetch the URL")

	errInternal        = &APIError{http.StatusInternalServerError, 500, "Internal server error"}
	errNotFound        = &APIError{http.StatusNotFound, 404, "Not found"}
	errGone            = &APIError{http.StatusGone, 410, "This file has expired"}
	errContentEncoding = &APIError{http.StatusUnsupportedMediaType, 415, "Bodies with a Content-Encoding are not taken"}
	errCrossOrigin     = &APIError{http.StatusForbidden, 403, "The request came from another site"}
)

// errorTable says how the sentinels of the packages below are answered.
var errorTable = []struct {
	sentinel error
	answer   *APIError
}{
	{media.ErrNoKey, badRequest(100, "No key provided")},
	{media.ErrInvalidKey, badRequest(100, "Invalid API key.")},
	{media.ErrEmpty, badRequest(610, "Can't get target upload source info")},
	{media.ErrNotMedia, badRequest(610, "Can't get target upload source info")},
	{media.ErrUnsupported, badRequest(613, "Unavailable image format")},
	{media.ErrNoVideo, badRequest(100, "Invalid video file provided: it has no video track")},
	{media.ErrDamagedVideo, badRequest(400, "Invalid video: the file is damaged")},
	{media.ErrDamaged, badRequest(400, "Invalid image: the file is damaged")},
	{media.ErrVideoTooLarge, badRequest(400, "Video dimensions are too large")},
	{media.ErrTooManyPixels, badRequest(400, "Image dimensions are too large")},
	{media.ErrDuplicate, badRequest(101, "Duplicated upload")},
	{media.ErrWidthTooLarge, badRequest(610, "Target width is greater than the original image width")},
	{media.ErrGeometry, badRequest(1, "Invalid image geometry")},
	{media.ErrExpiration, badRequest(400, "Invalid expiration: use an ISO 8601 duration such as PT5M or P3D, or a number of seconds")},
	{media.ErrNoTitle, badRequest(400, "A title is needed")},
	{media.ErrLongDescription, badRequest(400, "The description is too long"+limitMark+present.FormatBytes(media.MaxDescription))},
	{media.ErrManyTags, badRequest(400, fmt.Sprint("Too many tags", limitMark, media.MaxTags))},
	{media.ErrAlbum, badRequest(400, "Invalid album_id: there is no such album of yours")},
	{media.ErrAlbumTitle, badRequest(400, "Invalid album_id: several albums of yours have this title, send the ID")},
	{media.ErrCategory, badRequest(400, "Invalid category_id: there is no such category")},
	{media.ErrBanned, badRequest(400, "This file is not allowed here")},
	{auth.ErrTooManyKeys, badRequest(400, "You have too many keys: revoke some")},
	{media.ErrBusy, &APIError{http.StatusServiceUnavailable, 503, "The server is busy, try again soon"}},
	{media.ErrFull, &APIError{http.StatusInsufficientStorage, 507, "No space left on storage"}},

	{form.ErrBase64, badRequest(120, "Invalid base64 string")},
	{form.ErrEmptyBase64, errNoText},
	{form.ErrTooManyFields, badRequest(400, "Too many form fields")},
	{form.ErrFieldTooLarge, badRequest(400, "A form field is too large")},
	{form.ErrNameTooLong, badRequest(400, "The name of a form field is too long")},
	{form.ErrHeaderTooLarge, badRequest(400, "The header of a form part is too large")},
	{form.ErrMalformed, badRequest(400, "Malformed request body")},

	{fetch.ErrSelf, errSelfURL},
	{fetch.ErrAddress, errAddress},
	{fetch.ErrPort, badRequest(400, "Unsupported port for URL upload")},
	{fetch.ErrURL, badRequest(400, "URL using bad/illegal format or missing URL")},
	{fetch.ErrRedirects, badRequest(400, "The URL redirects too often")},
	{fetch.ErrStatus, badRequest(610, "Can't get target upload source info")},
	{fetch.ErrEncoding, badRequest(400, "The URL answers in a content coding that is not known here")},
	{fetch.ErrTimeout, badRequest(400, "The URL took too long to answer")},
	{fetch.ErrFetch, errFetch},

	{io.ErrUnexpectedEOF, errCutOff},
	{os.ErrDeadlineExceeded, errCutOff}, // of a body that does not go on
	{media.ErrForbidden, &APIError{http.StatusForbidden, 403, "Not allowed"}},
	{media.ErrGone, errGone},
	{echo.ErrNotFound, errNotFound},
}

// toAPIError turns any error into what may be said of it; what it does not know
// is ours, and nothing of it is told.
func (s *Server) toAPIError(err error) *APIError {
	var known *APIError
	if errors.As(err, &known) {
		return known
	}
	var size *media.SizeError
	if errors.As(err, &size) {
		return badRequest(400, "File too big"+limitMark+present.FormatBytes(size.Limit))
	}
	var long *media.DurationError
	if errors.As(err, &long) {
		return badRequest(400, "The clip is too long"+limitMark+present.Clock(long.Limit))
	}
	var body *http.MaxBytesError
	if errors.Is(err, media.ErrTooLarge) || errors.As(err, &body) {
		return badRequest(400, "File too big"+limitMark+present.FormatBytes(s.Library.Policy().MaxFile))
	}
	var quota *media.QuotaError
	if errors.As(err, &quota) {
		return s.toAPIError(s.quotaError(quota))
	}
	if errors.Is(err, media.ErrDisabled) {
		_, format, _ := strings.Cut(err.Error(), ": ")
		return badRequest(614, fmt.Sprintf("Disabled image format (%s)", format))
	}
	for _, row := range errorTable {
		if errors.Is(err, row.sentinel) {
			return row.answer
		}
	}
	if missing(err) {
		return errNotFound
	}
	var http *echo.HTTPError
	if errors.As(err, &http) && http.Code < 500 {
		return &APIError{http.Code, http.Code, fmt.Sprint(http.Message)}
	}
	return errInternal
}

// answerError is the one place where errors become answers: in the look of the
// surface that was asked.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	var quota *media.QuotaError
	if errors.As(err, &quota) {
		err = s.quotaError(quota)
	}
	answer := s.toAPIError(err)
	s.logRefusal(c, answer, err)
	askBack(c, answer, err)
	if err := s.surface(c).AnswerError(c, err, answer); err != nil {
		s.logger(c).Debug("answer an error", "error", err)
	}
}
