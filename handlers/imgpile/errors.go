package imgpile

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

// invalid is an error that lists what is wrong with the fields of a request.
type invalid struct {
	fields   []string // in the order of the first error of each
	messages map[string][]string
}

func (v *invalid) Error() string { return "invalid fields " + strings.Join(v.fields, ", ") }

// Unwrap returns the error without its fields, as the log has it.
func (v *invalid) Unwrap() error {
	return site.NewError(http.StatusUnprocessableEntity, 422, v.message())
}

// add notes an error of a field.
func (v *invalid) add(field, message string) {
	if v.messages == nil {
		v.messages = make(map[string][]string)
	}
	if v.messages[field] == nil {
		v.fields = append(v.fields, field)
	}
	v.messages[field] = append(v.messages[field], message)
}

// orNil returns v, nil if no field is wrong.
func (v *invalid) orNil() error {
	if len(v.fields) == 0 {
		return nil
	}
	return v
}

func invalidField(field, message string) error {
	var v invalid
	v.add(field, message)
	return &v
}

// answer returns the body of the answer: the message, and the errors by field.
func (v *invalid) answer() site.Object {
	errors := site.Object{}
	for _, field := range v.fields {
		errors = append(errors, site.Member{field, v.messages[field]})
	}
	return site.Object{{"message", v.message()}, {"errors", errors}}
}

// message returns the first error, and how many more there are.
func (v *invalid) message() string {
	more := -1
	for _, field := range v.fields {
		more += len(v.messages[field])
	}
	message := v.messages[v.fields[0]][0]
	switch {
	case more == 1:
		message += " (and 1 more error)"
	case more > 1:
		message += fmt.Sprintf(" (and %d more errors)", more)
	}
	return message
}

// errorTable has the answers to errors where they differ from the common ones.
var errorTable = []struct {
	sentinel error
	status   int
	message  string
}{
	{media.ErrNoKey, http.StatusUnauthorized, "Unauthenticated."},
	{media.ErrInvalidKey, http.StatusUnauthorized, "Unauthenticated."},
	{media.ErrForbidden, http.StatusForbidden, "This action is unauthorized."},
	{site.ErrNotFound, http.StatusNotFound, "Not found."},
	{echo.ErrNotFound, http.StatusNotFound, "Not found."},
	{site.ErrInternal, http.StatusInternalServerError, "Server Error"},
}

// uploadErrors are errors that answers attribute to the field of the file.
var uploadErrors = []error{
	media.ErrTooLarge, media.ErrTooManyPixels, media.ErrTooLong, media.ErrEmpty, media.ErrNotMedia, media.ErrUnsupported,
	media.ErrDisabled, media.ErrDamaged, media.ErrNoVideo, media.ErrDuplicate,
}

func (s *Server) answerError(c echo.Context, err error, known *site.APIError) error {
	site.NoStore(c)
	var v *invalid
	if errors.As(err, &v) {
		return site.WriteJSON(c, http.StatusUnprocessableEntity, v.answer())
	}
	for _, fault := range uploadErrors {
		if errors.Is(err, fault) {
			v = new(invalid)
			v.add("file", s.fileError(err, known))
			return site.WriteJSON(c, http.StatusUnprocessableEntity, v.answer())
		}
	}
	if errors.Is(err, media.ErrBanned) {
		return site.WriteJSON(c, http.StatusUnavailableForLegalReasons, site.Object{{"error", "This file is not allowed."}})
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		known = site.NewError(http.StatusRequestEntityTooLarge, 413, fmt.Sprintf("The request body must not be greater than %d kilobytes.", large.Limit/1000))
	}
	status, message := known.Status, known.Message
	if status == http.StatusTooManyRequests {
		message = "Too Many Attempts."
	}
	for _, row := range errorTable {
		if errors.Is(err, row.sentinel) || known == row.sentinel { //nolint:errorlint // it is the error itself, and may be nil
			status, message = row.status, row.message
			break
		}
	}
	return site.WriteJSON(c, status, site.Object{{"message", message}})
}

// fileError returns the message for an uploaded file, in the words of Laravel where
// it has any.
func (s *Server) fileError(err error, known *site.APIError) string {
	var size *media.SizeError
	switch {
	case errors.As(err, &size):
		return fmt.Sprintf("The file field must not be greater than %d kilobytes.", size.Limit/1000)
	case errors.Is(err, media.ErrNotMedia), errors.Is(err, media.ErrUnsupported), errors.Is(err, media.ErrDisabled):
		return "The file field must be a file of type: " + strings.ReplaceAll(strings.ToLower(s.DefaultMedia), " ", ", ") + "."
	}
	return known.Message
}
