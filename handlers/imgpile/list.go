package imgpile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

const (
	defaultLimit = 10
	maxLimit     = 250
)

// pager is the page of a list that a request asks for.
type pager struct {
	page, limit int
	query       url.Values // of links to other pages, without the page
}

// newPager reads the parameters with these names.
func newPager(c echo.Context, page, limit string) pager {
	q := c.QueryParams()
	p := pager{page: 1, limit: defaultLimit, query: url.Values{}}
	if n, err := strconv.Atoi(q.Get(page)); err == nil && n > 0 {
		p.page = min(n, 1<<31/maxLimit)
	}
	if n, err := strconv.Atoi(q.Get(limit)); err == nil && n > 0 {
		p.limit = min(n, maxLimit)
	}
	for key, values := range q {
		if key != page && len(values) > 0 {
			p.query.Set(key, values[0])
		}
	}
	return p
}

func (p pager) offset() int { return (p.page - 1) * p.limit }

// answerPage answers with a page of a list, its links and counts.
func (s *Server) answerPage(c echo.Context, p pager, data []site.Object, total int) error {
	last := max(1, (total+p.limit-1)/p.limit)
	link := func(page int) string {
		q := url.Values{}
		for key, values := range p.query {
			q[key] = values
		}
		q.Set("page", strconv.Itoa(page))
		return s.SiteURL(c) + c.Request().URL.EscapedPath() + "?" + q.Encode()
	}
	var prev, next, from, to any
	if p.page > 1 {
		prev = link(min(p.page-1, last))
	}
	if p.page < last {
		next = link(p.page + 1)
	}
	if len(data) > 0 {
		from, to = p.offset()+1, p.offset()+len(data)
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusOK, site.Object{
		{"data", orEmpty(data)},
		{"links", site.Object{{"first", link(1)}, {"last", link(last)}, {"prev", prev}, {"next", next}}},
		{"meta", site.Object{
			{"current_page", p.page}, {"from", from}, {"to", to}, {"per_page", p.limit}, {"total", total}, {"last_page", last},
		}},
	})
}

// periods are the values of the parameter period, in days.
var periods = map[string]int{"day": 1, "week": 7, "month": 30, "year": 365}

// queryText returns a parameter of the query, trimmed.
func queryText(c echo.Context, name string) string {
	return strings.TrimFunc(c.QueryParam(name), isBlank)
}

// listQuery reads the filters of a list. The error wraps fs.ErrNotExist if there is
// no such user.
func (s *Server) listQuery(c echo.Context, p pager) (media.ListQuery, error) {
	q := media.ListQuery{
		Tag: queryText(c, "tag"), NSFW: queryText(c, "nsfw") == "1", Offset: p.offset(), Limit: p.limit,
	}
	if days, ok := periods[queryText(c, "period")]; ok {
		q.Since = s.Library.Now().AddDate(0, 0, -days)
	}
	if until, err := strconv.ParseInt(c.QueryParam("until"), 10, 64); err == nil && until > 0 {
		q.Until = until
	}
	if name := queryText(c, "username"); name != "" {
		u, err := s.Community.UserNamed(c.Request().Context(), name)
		if err != nil {
			return q, err
		}
		q.UserID = u.ID
	}
	return q, nil
}

// answerList answers with the page of a list that a request asks for.
type answerList func(c echo.Context, p pager, q media.ListQuery) error

// list answers with a list of everyone's. It is empty if it is to be that of a user who
// does not exist.
func (s *Server) list(answer answerList) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := newPager(c, "page", "limit")
		q, err := s.listQuery(c, p)
		if errors.Is(err, fs.ErrNotExist) {
			return s.answerPage(c, p, nil, 0)
		}
		if err != nil {
			return err
		}
		return answer(c, p, q)
	}
}

// listOfUser answers with a list of what belongs to the user in the path.
func (s *Server) listOfUser(answer answerList) echo.HandlerFunc {
	return func(c echo.Context) error {
		u, err := s.pathUser(c)
		if err != nil {
			return err
		}
		p := newPager(c, "page", "limit")
		q, err := s.listQuery(c, p)
		if err != nil {
			return err
		}
		q.UserID = u.ID
		return answer(c, p, q)
	}
}

// lister reads a part of a list.
type lister[T any] func(q media.ListQuery) (media.List[T], error)

// paginate reads a page. The links that it adds to p carry the newest number and the
// seed of a random order, so that a client that follows them sees each entry once
// while others are added.
func paginate[T any](c echo.Context, p *pager, q media.ListQuery, newest int64, read lister[T]) (media.List[T], error) {
	q.Until = paginateUntil(q.Until, newest)
	p.query.Set("until", strconv.FormatInt(q.Until, 10))
	if queryText(c, "sort") != "random" {
		return read(q)
	}
	seed, err := strconv.ParseUint(c.QueryParam("seed"), 10, 64)
	if err != nil {
		seed = rand.Uint64() >> 1
	}
	p.query.Set("seed", strconv.FormatUint(seed, 10))
	return readShuffled(q, seed, read)
}

// maxPaginated is how many new records the pages of one walk leave out. To leave out
// more would cost too much.
const maxPaginated = 10_000

// paginateUntil returns the last number of a walk. until is the one that its links
// carry, 0 at the start.
func paginateUntil(until, newest int64) int64 {
	if until == 0 {
		return newest
	}
	return max(until, newest-maxPaginated)
}

// readShuffled reads a page of a random order. The order is a permutation of ranks,
// so nothing has to be sorted.
func readShuffled[T any](q media.ListQuery, seed uint64, read lister[T]) (list media.List[T], err error) {
	count := q
	count.Ranks = []int{}
	whole, err := read(count)
	if err != nil {
		return list, err
	}
	q.Ranks = []int{}
	for i := q.Offset; i < min(q.Offset+q.Limit, whole.Total); i++ {
		q.Ranks = append(q.Ranks, permute(i, whole.Total, seed))
	}
	return read(q)
}

// permute maps the numbers from 0 to n-1 one to one onto themselves: a Feistel
// network of four rounds over the next power of four, walked until it falls
// below n.
func permute(i, n int, seed uint64) int {
	half := 1
	for 1<<(2*half) < n {
		half++
	}
	mask := uint64(1)<<half - 1
	for x := uint64(i); ; {
		left, right := x>>half, x&mask
		for round := range uint64(4) {
			left, right = right, left^mix(right, seed+round)&mask
		}
		if x = left<<half | right; x < uint64(n) {
			return int(x)
		}
	}
}

// mix is the finaliser of SplitMix64.
func mix(x, key uint64) uint64 {
	x += key * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
