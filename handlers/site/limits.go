package site

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/ratelimit"
	"postern/handlers/share"
	"postern/media"
)

// Rates bound how often callers may do something, and how much at once.
type Rates struct {
	User     ratelimit.Limit // uploads with a user's keys
	Address  ratelimit.Limit // uploads from an address, whoever sends them
	Guest    ratelimit.Limit // uploads of guests from an address
	SignIn   ratelimit.Limit // tries to sign in from an address
	Account  ratelimit.Limit // wrong passwords for one name
	Search   ratelimit.Limit // searches of a user among the user's own items
	Report   ratelimit.Limit // reports from an address
	Register ratelimit.Limit // accounts that people make from an address
	Public   ratelimit.Limit // requests of guests from an address to the imgpile surface
	Token    ratelimit.Limit // requests with a user's tokens to it

	WrongKey int          // uploads of its address that a wrong key counts for
	Uploads  share.Limits // that are received at once
}

// maxBuckets bounds the callers that are remembered, for each of the limits:
// some 10 MB for all of them together.
const maxBuckets = 1 << 15

// Limits are the buckets behind Rates.
type Limits struct {
	User, Address, Guest, SignIn, Account, Search, Report, Register, Public, Token Rate
}

// Rate is one limit on how often, with a bucket for each caller.
type Rate struct {
	name string // in metrics
	*ratelimit.Set
}

func newRate(name string, l ratelimit.Limit) Rate { return Rate{name, ratelimit.New(l, maxBuckets)} }

// State is what outlives a server whose settings are changed: the next one goes on
// with it. It is safe for concurrent use.
type State struct {
	limits    Limits
	uploads   *share.Slots // that are received at once
	strangers strangers
	places    seen // from where users have signed in with passwords
	bans      addressBans
}

// NewState returns the state of a site that has served nobody yet.
func NewState(r Rates) *State { return &State{limits: newLimits(r), uploads: share.New(r.Uploads)} }

// SetRates changes the limits, for all that begins from now on.
func (s *State) SetRates(r Rates) {
	l := &s.limits
	for set, limit := range map[*Rate]ratelimit.Limit{
		&l.User: r.User, &l.Address: r.Address, &l.Guest: r.Guest, &l.SignIn: r.SignIn, &l.Account: r.Account, &l.Search: r.Search, &l.Report: r.Report, &l.Register: r.Register, &l.Public: r.Public, &l.Token: r.Token,
	} {
		set.SetLimit(limit)
	}
	s.uploads.SetLimits(r.Uploads)
}

// Share makes all rates those of several servers. It is called before the first use.
func (s *State) Share(shared ratelimit.Shared) {
	l := &s.limits
	for _, r := range []*Rate{&l.User, &l.Address, &l.Guest, &l.SignIn, &l.Account, &l.Search, &l.Report, &l.Register, &l.Public, &l.Token} {
		r.Set.Share(r.name+" ", shared)
	}
}

// Uploads returns the slots for concurrent uploads.
func (s *State) Uploads() *share.Slots { return s.uploads }

func newLimits(r Rates) Limits {
	return Limits{
		User: newRate("user", r.User), Address: newRate("address", r.Address),
		Guest: newRate("guest", r.Guest), SignIn: newRate("sign-in", r.SignIn), Account: newRate("account", r.Account), Search: newRate("search", r.Search), Report: newRate("report", r.Report), Register: newRate("register", r.Register),
		Public: newRate("public", r.Public), Token: newRate("token", r.Token),
	}
}

// ErrNoSlot reports that as many uploads run as may. It wraps media.ErrBusy.
var ErrNoSlot = fmt.Errorf("%w: no slot for another upload", media.ErrBusy)

// errTooOften is the answer of every rate limit.
var errTooOften = &APIError{http.StatusTooManyRequests, 429, "Too many requests, try again later"}

// waitError is an error with the time after which to try again.
type waitError struct {
	*APIError
	limit string // its name
	max   int64  // that it allows
	wait  time.Duration
}

func (e *waitError) Unwrap() error { return e.APIError }

// Allow takes a token from a caller's bucket, and writes what is left into the headers
// of the answer. If the bucket is empty, the error has the time to wait.
func (s *Server) Allow(c echo.Context, r Rate, name string) error {
	state := r.Allow(name, time.Now())
	TellLimit(c, int64(state.Limit), int64(state.Remaining))
	if state.Granted() {
		return nil
	}
	return &waitError{errTooOften, r.name, int64(state.Limit), state.Wait}
}

// Peek writes what is left in a caller's bucket into the headers of the answer, and
// takes nothing.
func (s *Server) Peek(c echo.Context, r Rate, name string) {
	state := r.Peek(name, time.Now())
	TellLimit(c, int64(state.Limit), int64(state.Remaining))
}

// TellLimit writes a limit into the headers of the answer, unless they have one that
// leaves less. A limit of 0 is none.
func TellLimit(c echo.Context, limit, remaining int64) {
	h := c.Response().Header()
	told, err := strconv.ParseInt(h.Get("X-RateLimit-Remaining"), 10, 64)
	if limit > 0 && (err != nil || remaining < told) {
		h.Set("X-RateLimit-Limit", strconv.FormatInt(limit, 10))
		h.Set("X-RateLimit-Remaining", strconv.FormatInt(remaining, 10))
	}
}

// Network returns the name under which the address of a request is limited.
func Network(c echo.Context) string { return ratelimit.Network(c.RealIP()) }

// LimitBy returns middleware that limits the rate of requests for a route. name returns
// the key of the bucket.
func (s *Server) LimitBy(r Rate, name func(echo.Context) string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := s.Allow(c, r, name(c)); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// UserKey is the name of signed-in visitors in LimitBy.
func (s *Server) UserKey(c echo.Context) string {
	return strconv.FormatInt(s.User(c).User.ID, 10)
}

// quotaError returns the answer for a used-up quota. That of a day has the time to
// wait.
func (s *Server) quotaError(q *media.QuotaError) error {
	switch q.Of {
	case media.QuotaBytes:
		return BadRequest(400, "Your storage quota is used up"+limitMark+present.FormatBytes(q.Limit))
	case media.QuotaItems:
		return BadRequest(400, "Your quota of files is used up"+limitMark+strconv.FormatInt(q.Limit, 10))
	}
	now := s.Library.Now().UTC()
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	fault := &APIError{http.StatusTooManyRequests, 429, "Your uploads of today are used up" + limitMark + strconv.FormatInt(q.Limit, 10)}
	return &waitError{fault, q.Of, q.Limit, midnight.Sub(now)}
}

// askBack sets the headers that say when to try again, for rates and a busy server.
func askBack(c echo.Context, answer *APIError, err error) {
	h := c.Response().Header()
	var w *waitError
	switch {
	case errors.As(err, &w):
		seconds := int(math.Ceil(w.wait.Seconds()))
		h.Set("Retry-After", strconv.Itoa(seconds))
		h.Set("X-RateLimit-Limit", strconv.FormatInt(w.max, 10))
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(w.wait).Unix()))
	case answer.Status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "2")
	}
}
