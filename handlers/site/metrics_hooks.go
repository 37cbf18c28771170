package site

import (
	"errors"
	"net/http"
	"os"
	"time"

	"postern/media"
	"postern/media/library"
)

// MetricsHooks are called for metrics. Its functions are quick and safe for concurrent
// use; any of them may be nil.
type MetricsHooks struct {
	// Upload gets each upload's outcome, and of those that were stored the
	// extension and the bytes as sent.
	Upload func(outcome, extension string, bytes int64)
	// Request gets each request: its method and route, without parameters, its
	// status, the bytes of the answer, and how long it took.
	Request func(route string, status int, bytes int64, took time.Duration)
	// SignInFailed is told of each try to sign in with a wrong key.
	SignInFailed func()
	// Limit gets the name of each limit that turned a request away.
	Limit func(name string)
}

// ObserveUpload counts an upload, and the limit that refused it if one did.
func (s *Server) ObserveUpload(added library.Added, err error) {
	if err != nil {
		s.observeLimit(err)
	}
	if s.MetricsHooks.Upload == nil {
		return
	}
	it := added.Item
	switch {
	case err != nil:
		s.MetricsHooks.Upload(outcomeOf(s.ToAPIError(err).Status), "", 0)
	case added.Reused:
		s.MetricsHooks.Upload("reused", it.Original.Extension(), it.SourceSize)
	default:
		s.MetricsHooks.Upload("stored", it.Original.Extension(), it.SourceSize)
	}
}

// outcomeOf names what an error's status means for an upload.
func outcomeOf(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "limited"
	case http.StatusServiceUnavailable:
		return "busy"
	case http.StatusInsufficientStorage:
		return "full"
	case http.StatusInternalServerError:
		return "failed"
	}
	return "refused"
}

// limitNames are the names of the limits behind errors.
var limitNames = []struct {
	sentinel error
	name     string
}{
	{ErrNoSlot, "uploads"},
	{media.ErrBusy, "queue"},
	{media.ErrFull, "disk"},
	{media.ErrTooLarge, "bytes"},
	{media.ErrTooManyPixels, "pixels"},
	{media.ErrTooLong, "duration"},
	{media.ErrBanned, "ban"},
	{os.ErrDeadlineExceeded, "body time"},
}

// observeLimit counts the limit behind an error, if there is one.
func (s *Server) observeLimit(err error) {
	if s.MetricsHooks.Limit == nil {
		return
	}
	var wait *waitError
	var quota *media.QuotaError
	var body *http.MaxBytesError
	switch {
	case errors.As(err, &wait):
		s.MetricsHooks.Limit("rate of " + wait.limit)
		return
	case errors.As(err, &quota):
		s.MetricsHooks.Limit("quota of " + quota.Of)
		return
	case errors.As(err, &body):
		s.MetricsHooks.Limit("body")
		return
	}
	for _, row := range limitNames {
		if errors.Is(err, row.sentinel) {
			s.MetricsHooks.Limit(row.name)
			return
		}
	}
}
