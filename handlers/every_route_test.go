package handlers_test

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postern/config"
	"postern/handlers"
	"postern/media"
)

// condition is what a subject is at a time: a state, or in the trash.
type condition struct {
	state
	trashed bool
}

func (c condition) String() string {
	if c.trashed {
		return "in the trash"
	}
	return c.state.String()
}

// live reports whether the item is neither in the trash nor expired.
func (c condition) live() bool { return !c.trashed && !c.expired }

// route is a row of the table: who may do what a route does.
type route struct {
	may  right
	body string // of a form, or JSON where it begins with a brace
	is   means
}

// means is what a route is for: how it turns away, and whether it changes anything.
type means int

const (
	page   means = iota // shows a page or a file
	action              // changes something, by a form of a page
	api                 // shows JSON
	change              // changes something, by JSON
)

// right tells whether a caller may, in a condition of the subject.
type right func(u *subject, c condition, w viewer) bool

func everyone(*subject, condition, viewer) bool     { return true }
func users(_ *subject, _ condition, w viewer) bool  { return w.key != "" }
func owner(u *subject, _ condition, w viewer) bool  { return w.key == u.bobKey }
func others(u *subject, _ condition, w viewer) bool { return w.key != "" && w.key != u.bobKey }
func moderators(u *subject, _ condition, w viewer) bool {
	return w.key == u.key || w.sees && !w.owns
}

// deciders are moderators, where the owner keeps nothing from others, and admins.
func deciders(u *subject, c condition, w viewer) bool {
	return moderators(u, c, w) && (w.key == u.key || c.item == "" || c.item == "hidden")
}
func nobody(*subject, condition, viewer) bool { return false }
func both(a, b right) right {
	return func(u *subject, c condition, w viewer) bool { return a(u, c, w) && b(u, c, w) }
}
func admins(u *subject, _ condition, w viewer) bool { return w.key == u.key }
func live(_ *subject, c condition, _ viewer) bool   { return c.live() }

// kept items are not in the trash: an expired one is there until it is removed.
func kept(_ *subject, c condition, _ viewer) bool    { return !c.trashed }
func trashed(_ *subject, c condition, _ viewer) bool { return c.trashed }
func owns(_ *subject, _ condition, w viewer) bool    { return w.owns }

// itemSeers may see the item by its own link, objectSeers as an object of the API, postSeers
// its post by its slug. A post of no item is approved.
func itemSeers(u *subject, c condition, w viewer) bool {
	return !c.trashed && u.policy.item(c.state, w) == http.StatusOK
}

func objectSeers(u *subject, c condition, w viewer) bool {
	return !c.trashed && u.policy.object(c.state, w, false) == http.StatusOK
}

func postSeers(u *subject, c condition, w viewer) bool {
	return u.policy.post(c.post(), w, false) == http.StatusOK
}

// post is the state that decides of the post.
func (c condition) post() state {
	s := c.state
	s.expired = s.expired || c.trashed
	return s
}

// tagSeers find the item in the list of its tag.
func tagSeers(u *subject, c condition, w viewer) bool {
	return c.live() && (c.listed(true) || w.key == u.bobKey)
}

// commentSeers may see the comment by its number: numbers can be counted.
func commentSeers(u *subject, c condition, w viewer) bool {
	return w.owns || c.live() && c.postListed(true)
}

// everyRoute has a row for each route, ANY for those that take every method.
var everyRoute = map[string]route{
	"GET /":                           {may: everyone},
	"GET /api-v1":                     {may: everyone},
	"GET /tools":                      {may: everyone},
	"GET /tools/postern.sxcu":         {may: everyone},
	"GET /tools/postern-imgpile.sxcu": {may: everyone},
	"GET /tools/key":                  {may: everyone},
	"POST /tools/key":                 {users, "", action},
	"GET /manifest.webmanifest":       {may: everyone},
	"POST /upload":                    {nobody, "", action}, // without a file
	"GET /upload":                     {may: everyone},
	"GET /preferences":                {may: everyone},
	"POST /preferences":               {everyone, "language=en", action},
	"GET /sign-in":                    {may: everyone},
	"POST /sign-in":                   {nobody, "key=wrong", action},
	"GET /sign-out":                   {may: everyone},
	"POST /sign-out":                  {everyone, "", action},
	"GET /invitation/:token":          {may: nobody}, // with a wrong token
	"POST /invitation/:token":         {nobody, "name=x&password=correct+horse", action},
	"GET /register":                   {may: everyone},
	"POST /register":                  {nobody, "", action}, // without a name
	"GET /account":                    {may: users},
	"POST /account":                   {users, "display_name=x", action},
	"GET /account/password":           {may: everyone},
	"POST /account/password":          {users, "password=correct+horse", action},
	"GET /account/sessions/end":       {may: everyone},
	"POST /account/sessions/end":      {users, "", action},
	"GET /account/avatar":             {may: everyone},
	"POST /account/avatar":            {nobody, "", action}, // without a file
	"GET /account/avatar/remove":      {may: everyone},
	"POST /account/avatar/remove":     {users, "", action},
	"GET /account/export":             {may: everyone},
	"POST /account/export":            {users, "", action},
	"GET /account/delete":             {may: everyone},
	"POST /account/delete":            {nobody, "", action}, // without a word of confirmation
	"GET /gallery":                    {may: users},
	"GET /gallery/bin":                {may: users},
	"GET /items":                      {may: everyone},
	"POST /items":                     {both(owns, live), "do=sensitive&sure=1&nsfw=1&id=ITEM", action},
	"GET /items/links":                {may: everyone},
	"POST /items/links":               {itemSeers, "id=ITEM", action},
	"GET /items/download":             {may: everyone},
	"POST /items/download":            {itemSeers, "id=ITEM", action},
	"GET /items/:item/edit":           {both(owns, live), "", page},
	"POST /items/:item/edit":          {both(owns, live), "title=x&expiration=keep", action},
	"GET /items/:item/open":           {may: everyone},
	"POST /items/:item/open":          {nobody, "password=wrong", action},
	"GET /items/:item/discard":        {may: everyone},
	"POST /items/:item/discard":       {both(owns, live), "", action},
	"GET /items/:item/restore":        {may: everyone},
	"POST /items/:item/restore":       {both(owner, trashed), "", action},
	"GET /items/:item/purge":          {may: everyone},
	"POST /items/:item/purge":         {both(owner, trashed), "", action},
	"GET /albums":                     {may: users},
	"POST /albums":                    {users, "title=x", action},
	"GET /album/:slug":                {may: postSeers},
	"GET /a/:slug":                    {may: postSeers},
	"GET /tags":                       {may: users},
	"POST /tags":                      {users, "tag=x&to=y", action},
	"GET /tag/*":                      {may: tagSeers},
	"GET /category/*":                 {may: nobody}, // there is none
	"GET /album/:slug/open":           {may: everyone},
	"POST /album/:slug/open":          {nobody, "password=wrong", action},
	"GET /album/:slug/edit":           {may: everyone},
	"POST /album/:slug/edit":          {owns, "title=x", action},
	"GET /album/:slug/delete":         {may: everyone},
	"POST /album/:slug/delete":        {owns, "", action},
	"GET /album/:slug/add":            {may: owner},
	"GET /album/:slug/order":          {may: owns},
	"POST /album/:slug/order":         {owns, "id=ITEM", action},
	"GET /keys":                       {may: users},
	"POST /keys":                      {users, "name=x", action},
	"GET /keys/:id/revoke":            {may: everyone},
	"POST /keys/:id/revoke":           {owner, "", action},
	"GET /keys/sxcu":                  {may: everyone},
	"POST /keys/sxcu":                 {users, "key=x", action},
	"GET /moderation":                 {may: moderators},
	"POST /moderation":                {moderators, "user=bob&until=0", action}, // what was uploaded before 1970
	"GET /moderation/:item":           {may: everyone},
	"POST /moderation/:item":          {both(deciders, kept), "verdict=nsfw", action},
	"GET /report/:item":               {may: itemSeers},
	"POST /report/:item":              {itemSeers, "reason=spam", action}, // the limit is off
	"GET /oembed":                     {may: itemSeers},
	"GET /images/*":                   {may: itemSeers},
	"GET /static/*":                   {may: everyone},
	"GET /words/:language":            {may: everyone},
	"GET /favicon.ico":                {may: everyone},
	"GET /robots.txt":                 {may: everyone},
	"GET /healthz":                    {may: everyone},
	"GET /readyz":                     {may: everyone},
	"GET /:route/:item":               {may: itemSeers},
	"GET /:route/:item/":              {may: itemSeers},
	"GET /:route/:item/embed":         {may: itemSeers},
	"ANY /:route/:item/delete/:token": {may: nobody}, // with a wrong token
	"GET /u/:user":                    {may: everyone},
	"GET /u/:user/follow":             {may: everyone},
	"POST /u/:user/follow":            {users, "follow=1", action}, // of oneself: nothing happens
	"GET /admin":                      {may: admins},
	"GET /admin/users":                {may: admins},
	"POST /admin/users":               {admins, "name=of+a+form&role=user", action},
	"GET /admin/invitations":          {may: admins},
	"POST /admin/invitations":         {admins, "uses=1&expires=P1D", action},
	"GET /admin/users/:user":          {may: admins},
	"POST /admin/users/:user":         {admins, "do=quota&max_items=5", action},
	"GET /admin/items":                {may: admins},
	"GET /admin/bans":                 {may: admins},
	"POST /admin/bans":                {admins, "do=add&what=192.0.2.1", action},
	"GET /admin/categories":           {may: admins},
	"POST /admin/categories":          {nobody, "do=rename&category=1&name=x", action}, // there is none
	"GET /admin/log":                  {may: admins},
	"GET /admin/settings":             {may: admins},

	"GET /p/:slug":                          {may: postSeers},
	"GET /p/:slug/*":                        {may: everyone},
	"POST /p/:slug/*":                       {everyone, "", action}, // leads on
	"GET /album/:slug/vote":                 {may: everyone},
	"POST /album/:slug/vote":                {both(users, postSeers), "vote=1", action},
	"GET /album/:slug/comments":             {may: everyone},
	"POST /album/:slug/comments":            {both(users, postSeers), "content=x", action},
	"GET /album/:slug/comments/:id/vote":    {may: everyone},
	"POST /album/:slug/comments/:id/vote":   {both(users, postSeers), "vote=1", action},
	"GET /album/:slug/comments/:id/delete":  {may: everyone},
	"POST /album/:slug/comments/:id/delete": {owns, "", action},

	// Uploads in parts are for who began them: see TestRefusedParts.
	"ANY /files":                         {may: nobody, is: api},
	"ANY /files/":                        {may: nobody, is: api},
	"ANY /files/:upload":                 {may: nobody, is: api},
	"ANY /api":                           {may: everyone, is: api},
	"GET /api/":                          {may: everyone, is: api},
	"ANY /api/*":                         {may: nobody, is: api},
	"ANY /1/upload":                      {may: nobody, is: api},
	"ANY /1/upload/":                     {may: nobody, is: api},
	"ANY /api/v1":                        {may: nobody, is: api},
	"ANY /api/v1/*":                      {may: nobody, is: api},
	"GET /api/openapi.json":              {may: everyone, is: api},
	"OPTIONS /api/openapi.json":          {may: everyone, is: api},
	"GET /f/:name":                       {may: itemSeers},
	"GET /api/v1/media":                  {may: everyone, is: api},
	"POST /api/v1/media":                 {nobody, "{}", change}, // without a file
	"GET /api/v1/media/:item":            {may: objectSeers, is: api},
	"PATCH /api/v1/media/:item":          {both(owner, live), `{"title": "x"}`, change},
	"DELETE /api/v1/media/:item":         {both(owner, live), "", change},
	"GET /api/v1/posts":                  {may: everyone, is: api},
	"POST /api/v1/posts":                 {nobody, `{"media_ids": ["ITEM"]}`, change}, // it is in a post
	"GET /api/v1/posts/:post":            {may: postSeers, is: api},
	"PATCH /api/v1/posts/:post":          {owner, `{"title": "x"}`, change},
	"DELETE /api/v1/posts/:post":         {owner, "", change},
	"POST /api/v1/posts/:post/upvote":    {both(users, postSeers), "", change},
	"POST /api/v1/posts/:post/downvote":  {both(users, postSeers), "", change},
	"GET /api/v1/posts/:post/comments":   {may: postSeers, is: api},
	"POST /api/v1/posts/:post/comments":  {both(users, postSeers), `{"content": "x"}`, change},
	"DELETE /api/v1/comments/:id":        {owns, "", change},
	"POST /api/v1/comments/:id/upvote":   {both(users, commentSeers), "", change},
	"POST /api/v1/comments/:id/downvote": {both(users, commentSeers), "", change},
	"GET /api/v1/users/:user/posts":      {may: everyone, is: api},
	"GET /api/v1/users/:user/media":      {may: everyone, is: api},
	"GET /api/v1/users/:user/comments":   {may: everyone, is: api},
	"GET /api/v1/users/:user/followers":  {may: everyone, is: api},
	"GET /api/v1/users/:user/following":  {may: everyone, is: api},
	"POST /api/v1/users/:user/follow":    {others, "", change},
	"DELETE /api/v1/users/:user/follow":  {users, "", change},
}

// conditions are those of the subject.
var conditions = []condition{
	{state: state{visibility: "public", moderation: media.ModerationApproved}},
	{state: state{visibility: "hidden", moderation: media.ModerationApproved}},
	{state: state{visibility: "private", moderation: media.ModerationApproved}},
	{state: state{visibility: "public", moderation: media.ModerationNSFW}},
	{state: state{visibility: "public", moderation: media.ModerationPending}},
	{state: state{visibility: "public", moderation: media.ModerationRejected}},
	{state: state{visibility: "public", moderation: media.ModerationApproved, expired: true}},
	{state: state{visibility: "public", moderation: media.ModerationApproved}, trashed: true},
	{state: state{visibility: "public", moderation: media.ModerationApproved, item: "private"}},
	{state: state{visibility: "public", moderation: media.ModerationApproved, item: "locked"}},
	{state: state{visibility: "public", moderation: media.ModerationPending, item: "in a locked album"}},
	{state: state{visibility: "public", moderation: media.ModerationApproved, item: "withheld"}},
}

// TestEveryRouteHasARow fails for a route that no row tells of, and for a row of none.
func TestEveryRouteHasARow(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration, new(parts).takeParts(t))
	unused := maps.Clone(everyRoute)
	for _, name := range s.routes() {
		if _, ok := everyRoute[name]; !ok {
			t.Errorf("no row tells who may %s", name)
		}
		delete(unused, name)
		// Who returns to the path of a form finds a page.
		if path, ok := strings.CutPrefix(name, "POST "); ok && everyRoute[name].is == action {
			if _, ok := everyRoute["GET "+path]; !ok {
				t.Errorf("%s has no page", name)
			}
		}
	}
	for name := range unused {
		t.Errorf("there is no route %s", name)
	}
}

// routes are the names of the site's routes as the table has them.
func (s *site) routes() []string {
	s.t.Helper()
	all, err := handlers.Routes(s.options)
	if err != nil {
		s.t.Fatal(err)
	}
	methods := make(map[string][]string)
	for _, r := range all {
		path := r.Path
		for _, word := range []string{"image", "video", "clip"} {
			if rest, ok := strings.CutPrefix(path, "/"+word+"/:item"); ok {
				path = "/:route/:item" + rest
			}
		}
		methods[path] = append(methods[path], r.Method)
	}
	var names []string
	for path, known := range methods {
		if len(known) > 8 && strings.HasPrefix(path, "/api/v1/") && path != "/api/v1/*" {
			// One handler has all methods, and tells which ones it knows.
			a := s.do("TRACE", strings.NewReplacer(":id", "1", ":", "").Replace(path), nil)
			if a.StatusCode != http.StatusMethodNotAllowed {
				s.t.Errorf("TRACE %s: got %d, want 405", path, a.StatusCode)
			}
			known = slices.DeleteFunc(strings.Split(a.Header.Get("Allow"), ", "), func(m string) bool { return m == http.MethodOptions })
		} else if len(known) > 8 {
			known = []string{"ANY"}
		}
		for _, method := range known {
			if method != http.MethodHead {
				names = append(names, method+" "+path)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestEveryRouteIsForWhomItIs asks as everyone for every route, in every condition of what it
// names. Who may not is turned away, changes nothing, and is told nothing.
func TestEveryRouteIsForWhomItIs(t *testing.T) {
	t.Parallel()
	for _, c := range conditions {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			u := newSubject(t, policy{hidePending: true})
			_, stranger := u.addUser("carol", false)
			_, moderator := u.addModerator("dave")
			u.cookies = make(map[string]string)
			u.open()
			u.forget()
			u.renew(c)
			for _, name := range slices.Sorted(maps.Keys(everyRoute)) {
				for _, w := range []viewer{
					{"a guest", "", nil, false, false}, {"a stranger", stranger, nil, false, false}, {"a moderator", moderator, nil, true, false},
					{"an admin", u.key, nil, true, true}, {"the owner", u.bobKey, nil, true, true},
				} {
					u.try(name, c, w)
				}
			}
		})
	}
}

// marker is in the words of the subject, and nowhere else.
const marker = "BERGSEE"

// renew makes the subject anew, in a condition.
func (u *subject) renew(c condition) {
	u.t.Helper()
	m := u.mustPile(u.bobKey, 40)
	slug := m["slug"].(string)
	u.v1("PATCH", "/media/"+slug, u.bobKey, `{"title": "`+marker+`", "tags": ["bergblick"]}`)
	_, v := u.v1("POST", "/posts", u.bobKey, fmt.Sprintf(`{"media_ids": [%d], "title": "%s"}`, numberOf(m["id"]), marker))
	u.post = dig(v, "post", "slug").(string)
	_, v = u.v1("POST", "/posts/"+u.post+"/comments", u.bobKey, `{"content": "`+marker+`"}`)
	u.comment = numberOf(dig(v, "comment", "id"))
	var err error
	if u.it, err = u.lib.Item(u.t.Context(), media.Viewer{Caller: media.Caller{User: u.bob}}, slug); err != nil {
		u.t.Fatal(err)
	}
	u.it.Tags = []string{"bergblick"}
	u.become(c.state)
	if c.trashed {
		if _, err := u.lib.Trash.Move(u.t.Context(), media.Caller{User: u.bob}, slug); err != nil {
			u.t.Fatal(err)
		}
	}
	a := u.signIn(u.bobKey).post("/keys", "name", "of a phone")
	if a.StatusCode >= 400 {
		u.t.Fatalf("a key: %d", a.StatusCode)
	}
}

// try asks for a route as a caller.
func (u *subject) try(name string, c condition, w viewer) {
	u.t.Helper()
	row := everyRoute[name]
	method, path, _ := strings.Cut(name, " ")
	methods := []string{method}
	switch method {
	case "ANY":
		methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	case "GET":
		methods = append(methods, "HEAD")
	}
	if name == "POST /sign-out" {
		defer clear(u.cookies)
	}
	before := u.rows()
	for _, method := range methods {
		a := u.ask(method, path, row, w)
		may := row.may(u, c, w)
		away := a.StatusCode >= 400 || strings.HasPrefix(a.Header.Get("Location"), "/sign-in") && row.is < api
		switch {
		case a.StatusCode >= 500 && a.StatusCode != http.StatusNotImplemented:
			u.t.Errorf("%v: %s gets %d from %s", c, w.name, a.StatusCode, name)
		case strings.HasPrefix(name, "ANY"): // methods that are not known are turned away
		case may && away:
			u.t.Errorf("%v: %s gets %d from %s %s, and may have it: %.200s", c, w.name, a.StatusCode, method, name, a.body)
		case !may && !away:
			u.t.Errorf("%v: %s gets %d from %s %s, and may not have it: %.200s", c, w.name, a.StatusCode, method, name, a.body)
		}
		u.tells(name, c, w, a)
		after := u.rows()
		if before == after {
			continue
		}
		if !may || row.is == page || row.is == api {
			u.t.Errorf("%v: %s changes something by %s %s:\n%s", c, w.name, method, name, difference(before, after))
		}
		u.forget()
		u.renew(c)
		before = u.rows()
	}
}

// tells fails if an answer tells of what the caller may not know of.
func (u *subject) tells(name string, c condition, w viewer, a answer) {
	u.t.Helper()
	if w.sees {
		return
	}
	lists := map[string]bool{"GET /": true, "GET /api/v1/media": true, "GET /api/v1/posts": true, "GET /u/:user": true, "GET /gallery": true, "GET /gallery/bin": true, "GET /albums": true, "GET /tag/*": true, "GET /moderation": true}
	known := itemSeers(u, c, w) || postSeers(u, c, w)
	if lists[name] || strings.Contains(name, "/users/") {
		known = c.live() && c.listed(true)
		if strings.HasPrefix(name, "GET /gallery") || name == "GET /albums" || name == "GET /moderation" {
			known = false
		}
	}
	if text := a.body + a.Header.Get("Location"); !known && strings.Contains(text, marker) {
		u.t.Errorf("%v: %s is told by %s of what is not for them: %.300s", c, w.name, name, text)
	}
}

// ask sends a request as programs and browsers do, with the names of the subject in its path.
func (u *subject) ask(method, path string, row route, w viewer) answer {
	u.t.Helper()
	id := fmt.Sprint(u.comment)
	if strings.HasPrefix(path, "/keys/") {
		id = u.one("SELECT max(id) FROM api_keys WHERE user_id = (SELECT id FROM users WHERE name = 'bob')")
	}
	switch path {
	case "/oembed":
		path += "?url=" + u.URL + "/image/" + u.it.ID
	case "/images/*":
		path = "/" + u.it.Original.Key
	case "/f/:name":
		path = "/f/" + u.it.ID + ".jpg"
	case "/tag/*":
		path = "/tag/bergblick"
	case "/static/*":
		path = "/static/postern.css"
	}
	path = strings.NewReplacer(":route", "image", ":item", u.it.ID, ":slug", u.post, ":post", u.post, ":user", "bob", ":id", id,
		":token", "wrong", ":language", "en", "*", "none").Replace(path)
	headers := []string{"Accept", "text/html"}
	body := strings.NewReplacer(`"ITEM"`, fmt.Sprint(u.it.Number), "=ITEM", "="+u.it.ID).Replace(row.body)
	switch kind := "application/x-www-form-urlencoded"; {
	case strings.HasPrefix(body, "{"):
		headers = []string{"Content-Type", "application/json"}
	case method == "POST":
		headers = append(headers, "Content-Type", kind, "Sec-Fetch-Site", "same-origin")
	}
	if w.key != "" && row.is >= api {
		headers = append(headers, "Authorization", "Bearer "+w.key)
	} else if w.key != "" {
		headers = append(headers, "Cookie", u.session(w))
	}
	if method == "GET" || method == "HEAD" {
		return u.do(method, path, nil, headers...)
	}
	return u.do(method, path, strings.NewReader(body), headers...)
}

// session is the cookie of a caller.
func (u *subject) session(w viewer) string {
	if u.cookies[w.key] == "" {
		u.cookies[w.key] = u.signIn(w.key).cookie
	}
	return u.cookies[w.key]
}

// one returns the value of a query.
func (u *subject) one(query string) (value string) {
	u.t.Helper()
	if err := u.raw.QueryRow(query).Scan(&value); err != nil {
		u.t.Fatal(err)
	}
	return value
}

// open opens the database beside the site.
func (u *subject) open() {
	u.t.Helper()
	needSQLite(u.t)
	var err error
	if u.raw, err = sql.Open("sqlite", "file:"+filepath.Join(u.dir, "postern.db")+"?_pragma=busy_timeout(60000)"); err != nil {
		u.t.Fatal(err)
	}
	u.raw.SetMaxOpenConns(1)
	u.t.Cleanup(func() { u.raw.Close() })
}

// forget removes what bob has, for lists to have one subject at a time.
func (u *subject) forget() {
	u.t.Helper()
	for _, table := range []string{"comments", "items", "albums", "users WHERE name = 'of a form'"} {
		if _, err := u.raw.Exec("DELETE FROM " + table); err != nil {
			u.t.Fatal(err)
		}
	}
}

// rows are what people have made, less what tells of visits.
func (u *subject) rows() string {
	u.t.Helper()
	var all strings.Builder
	for _, query := range []string{
		"SELECT number, id, title, nsfw, moderation, expires_at, purge_at, album_id, user_id FROM items", "SELECT slug, title, visibility, user_id FROM albums",
		"SELECT id, content FROM comments", "SELECT * FROM album_votes", "SELECT * FROM comment_votes", "SELECT * FROM follows",
		"SELECT id, user_id, revoked_at FROM api_keys", "SELECT name FROM users",
	} {
		rows, err := u.raw.Query(query)
		if err != nil {
			u.t.Fatal(err)
		}
		for rows.Next() {
			columns, _ := rows.Columns()
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				u.t.Fatal(err)
			}
			all.WriteString(query[strings.Index(query, "FROM"):])
			for _, v := range values {
				fmt.Fprintf(&all, " %v", *v.(*any))
			}
			all.WriteString("\n")
		}
		if err := rows.Err(); err != nil {
			u.t.Fatal(err)
		}
		rows.Close()
	}
	return all.String()
}

// difference are the lines that only one of two texts has.
func difference(before, after string) string {
	var lines []string
	for _, pair := range [][2]string{{before, after}, {after, before}} {
		for line := range strings.Lines(pair[0]) {
			if !strings.Contains(pair[1], line) {
				lines = append(lines, line)
			}
		}
	}
	return strings.Join(lines, "")
}

// Routes of items are words that nothing else of the site begins with.
func TestWordsOfTheSiteAreNoRoutes(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration, new(parts).takeParts(t))
	taken := make(map[string]bool)
	for _, name := range s.routes() {
		_, path, _ := strings.Cut(name, " ")
		word, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if word != "" && !strings.ContainsAny(word, ":*") {
			taken[word] = true
		}
	}
	if got := slices.Sorted(maps.Keys(taken)); !slices.Equal(got, slices.Sorted(slices.Values(config.TakenRoutes))) {
		t.Errorf("the site's paths begin with %q", got)
	}
}
