package admin

import (
	"context"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/media"
	"postern/media/auth"
)

const userPageRows = 60

// usersPage is the data of the template.
type usersPage struct {
	frame
	Users       []userRow
	Waiting     []userRow // who have registered
	Query, Of   string
	Older       string
	Invitations []media.Invitation
	Name        string // that was tried
}

// userRow is a user in the list.
type userRow struct {
	media.UserOverview
	Role, Status string
	Used, Max    string // Max is "" for any
	Share, Most  int64  // of a meter; Most is 0 for none
}

func (s *Server) userRow(u media.UserOverview) userRow {
	quota := u.Quota.WithDefaults(s.Library.Policy().Quota)
	row := userRow{UserOverview: u, Role: roleOf(u.User), Status: "active", Used: present.FormatBytes(u.Bytes)}
	if !u.Active() {
		row.Status = string(u.State)
	}
	if quota.Bytes > 0 {
		row.Max, row.Share, row.Most = present.FormatBytes(quota.Bytes), min(u.Bytes, quota.Bytes), quota.Bytes
	}
	return row
}

func roleOf(u media.User) string {
	switch {
	case u.Admin:
		return "admin"
	case u.Moderator:
		return "moderator"
	}
	return "user"
}

// viewUsers lists users, the latest first.
func (s *Server) viewUsers(c echo.Context) error {
	return s.renderUsers(c, http.StatusOK, usersPage{frame: s.frame(c, "users")})
}

func (s *Server) renderUsers(c echo.Context, status int, p usersPage) error {
	ctx := c.Request().Context()
	q := media.UserSearch{Text: cut(c.QueryParam("q")), Limit: userPageRows + 1}
	q.Before, _ = strconv.ParseInt(c.QueryParam("before"), 10, 64)
	p.Query = q.Text
	for _, state := range []media.UserState{media.UserWaiting, media.UserDisabled} {
		if c.QueryParam("state") == string(state) {
			p.Of, q.State = string(state), &state
		}
	}
	users, err := s.Records.UserOverviews(ctx, q)
	if err != nil {
		return err
	}
	if len(users) > userPageRows {
		users = users[:userPageRows]
		p.Older = s.withQuery(c, "before", strconv.FormatInt(users[userPageRows-1].ID, 10))
	}
	for _, u := range users {
		p.Users = append(p.Users, s.userRow(u))
	}
	if p.Waiting, err = s.waiting(ctx, userPageRows); err != nil {
		return err
	}
	invitations, err := s.Records.Invitations(ctx)
	if err != nil {
		return err
	}
	for _, i := range invitations {
		if i.Open(s.Library.Now()) {
			p.Invitations = append(p.Invitations, i)
		}
	}
	return s.render(c, status, "users", p)
}

// waiting returns the latest users who wait for approval; none where nobody can register,
// so that this costs nothing there.
func (s *Server) waiting(ctx context.Context, limit int) (rows []userRow, err error) {
	if !s.Registration {
		return nil, nil
	}
	state := media.UserWaiting
	users, err := s.Records.UserOverviews(ctx, media.UserSearch{State: &state, Limit: limit})
	for _, u := range users {
		rows = append(rows, s.userRow(u))
	}
	return rows, err
}

// addUser makes a user, and a link with which the user chooses a password.
func (s *Server) addUser(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	p := usersPage{frame: s.frame(c, "users"), Name: strings.TrimSpace(c.FormValue("name"))}
	u := media.User{Name: p.Name, CreatedAt: s.Library.Now().UTC()}
	var known bool
	if u.Admin, u.Moderator, known = rights(c.FormValue("role")); !known {
		return malformed()
	}
	err := auth.CheckName(u.Name)
	if err == nil {
		err = s.Records.InsertUser(s.audited(c, "user.add", u.Name, roleOf(u)), &u)
	}
	if err == nil {
		p.Link, err = s.link(c, c.Request().Context(), media.Invitation{UserID: u.ID, Uses: 1}, "P7D")
	}
	if err != nil {
		return s.Refuse(c, err, func(status int, text string) error {
			p.Error = text
			return s.renderUsers(c, status, p)
		})
	}
	p.Name = ""
	return s.renderUsers(c, http.StatusOK, p)
}

// rights are those of a role.
func rights(role string) (admin, moderator, known bool) {
	return role == "admin", role == "moderator", role == "admin" || role == "moderator" || role == "user" || role == ""
}

// link records an invitation and returns the one URL that opens it.
func (s *Server) link(c echo.Context, ctx context.Context, i media.Invitation, life string) (string, error) {
	period, err := media.ParsePeriod(life)
	if err != nil || period.IsZero() {
		return "", media.ErrExpiration
	}
	now := s.Library.Now().UTC()
	token, i := auth.NewInvitation(i)
	i.CreatedAt, i.ExpiresAt = now, period.After(now)
	if err := s.Records.InsertInvitation(ctx, &i); err != nil {
		return "", err
	}
	return s.SiteURL(c) + "/invitation/" + token, nil
}

// maxUses bounds how many accounts one invitation makes.
const maxUses = 1000

// invite makes an invitation and shows its link once, or takes one back.
func (s *Server) invite(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	if text := c.FormValue("end"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return malformed()
		}
		if err := s.Records.DeleteInvitation(s.audited(c, "user.uninvite", "", text), id); err != nil {
			return err
		}
		return s.Redirect(c, http.StatusSeeOther, "/admin/users?saved=1")
	}
	var i media.Invitation
	var known bool
	i.Admin, i.Moderator, known = rights(c.FormValue("role"))
	uses, err := strconv.Atoi(c.FormValue("uses"))
	if err != nil || uses < 1 || uses > maxUses || !known {
		return malformed()
	}
	i.Uses = uses
	var limits string
	if i.Quota, limits, err = quotaOf(c); err != nil {
		return err
	}
	detail := "--uses " + strconv.Itoa(uses) + " " + c.FormValue("role")
	if i.Quota != (media.Quota{}) {
		detail += " " + limits
	}
	p := usersPage{frame: s.frame(c, "users")}
	if p.Link, err = s.link(c, s.audited(c, "user.invite", "", detail), i, c.FormValue("expires")); err != nil {
		return err
	}
	return s.renderUsers(c, http.StatusOK, p)
}

// userPage is the data of the template of one user.
type userPage struct {
	frame
	userRow
	Keys     []media.APIKey
	Holdings media.Holdings
	Entries  []logRow
	Own      bool // the admin's own
	Now      time.Time
	MaxMB    string // limits of the user's own, as the form takes them
	MaxItems string
	MaxDaily string
}

// Valid reports whether a key is neither revoked nor expired.
func (p userPage) Valid(k media.APIKey) bool { return k.Valid(p.Now) }

// viewUser shows one user.
func (s *Server) viewUser(c echo.Context) error {
	u, err := s.Records.UserNamed(c.Request().Context(), c.Param("user"))
	if err != nil {
		return err
	}
	return s.renderUser(c, http.StatusOK, u, s.frame(c, "users"))
}

func (s *Server) renderUser(c echo.Context, status int, u media.User, f frame) error {
	ctx := c.Request().Context()
	p := userPage{frame: f, Own: s.User(c).Owns(u.ID), Now: s.Library.Now()}
	found, err := s.Records.UserOverviews(ctx, media.UserSearch{Before: u.ID + 1, Limit: 1})
	if err != nil {
		return err
	}
	if len(found) == 0 || found[0].ID != u.ID {
		return fs.ErrNotExist // somebody else has just deleted it
	}
	p.userRow = s.userRow(found[0])
	if p.Keys, err = s.Records.KeysOf(ctx, u.ID); err != nil {
		return err
	}
	if p.Holdings, err = s.Records.Holdings(ctx, u.ID); err != nil {
		return err
	}
	p.MaxMB, p.MaxItems, p.MaxDaily = limitText(u.Quota.Bytes, megabyte), limitText(u.Quota.Items, 1), limitText(u.Quota.Daily, 1)
	return s.Render(c, status, "admin-user", u.Name, p)
}

const megabyte = 1_000_000

// limitText writes a limit as limitOf reads it.
func limitText(n, unit int64) string {
	switch {
	case n == 0:
		return ""
	case n < 0:
		return "-"
	}
	return strconv.FormatFloat(float64(n)/float64(unit), 'f', -1, 64)
}

// limitOf reads a limit of a user's own: "" for that of the settings, "-" for none.
func limitOf(text string, unit int64) (int64, error) {
	switch text = strings.TrimSpace(text); text {
	case "":
		return 0, nil
	case "-":
		return media.NoLimit, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	n *= float64(unit)
	if err != nil || !(n >= 1 && n <= 1<<62) || n != math.Round(n) {
		return 0, malformed()
	}
	return int64(n), nil
}

// quotaOf reads the limits of a form, and returns them as they were typed, too.
func quotaOf(c echo.Context) (q media.Quota, typed string, err error) {
	for _, limit := range []struct {
		field string
		unit  int64
		to    *int64
	}{{"max_mb", megabyte, &q.Bytes}, {"max_items", 1, &q.Items}, {"max_daily", 1, &q.Daily}} {
		if *limit.to, err = limitOf(c.FormValue(limit.field), limit.unit); err != nil {
			return q, "", err
		}
	}
	return q, strings.Join([]string{c.FormValue("max_mb"), c.FormValue("max_items"), c.FormValue("max_daily")}, " / "), nil
}

// changeUser does to a user what the form says.
func (s *Server) changeUser(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	u, err := s.Records.UserNamed(c.Request().Context(), c.Param("user"))
	if err != nil {
		return err
	}
	f := s.frame(c, "users")
	name, err := s.change(c, u, &f)
	if err != nil {
		return s.Refuse(c, err, func(status int, text string) error {
			f.Error = text
			return s.renderUser(c, status, u, f)
		})
	}
	if f.Link != "" {
		return s.renderUser(c, http.StatusOK, u, f)
	}
	to := "/admin/users"
	if name != "" {
		to += "/" + url.PathEscape(name)
	}
	return s.Redirect(c, http.StatusSeeOther, pages.BackOr(c, to+"?saved=1"))
}

// change carries out a change, and returns the name that the user has then: "" for a user
// who is gone.
func (s *Server) change(c echo.Context, u media.User, f *frame) (name string, err error) {
	do := c.FormValue("do")
	audit := func(detail string) context.Context { return s.audited(c, "user."+do, u.Name, detail) }
	switch do {
	case "rename":
		name = strings.TrimSpace(c.FormValue("name"))
		if err := auth.CheckName(name); err != nil {
			return "", err
		}
		return name, s.Records.UpdateUser(audit(name), u.ID, media.UserChange{Name: &name})
	case "role":
		admin, moderator, known := rights(c.FormValue("role"))
		if !known {
			return "", malformed()
		}
		return u.Name, s.Records.UpdateUser(audit(c.FormValue("role")), u.ID, media.UserChange{Admin: &admin, Moderator: &moderator})
	case "disable":
		hide, detail := c.FormValue("hide") != "", ""
		if hide {
			detail = "--hide-files"
		}
		return u.Name, media.DisableUser(audit(detail), s.Records, u.ID, hide)
	case "enable":
		return u.Name, media.EnableUser(audit(""), s.Records, u.ID)
	case "approve":
		return u.Name, s.Records.Approve(audit(""), u.ID)
	case "refuse":
		return "", s.Records.Refuse(audit(""), u.ID)
	case "quota":
		q, limits, err := quotaOf(c)
		if err != nil {
			return "", err
		}
		return u.Name, s.Records.SetQuota(audit(limits), u.ID, q)
	case "password":
		if u.State == media.UserWaiting {
			return "", malformed()
		}
		f.Link, err = s.link(c, audit(""), media.Invitation{UserID: u.ID, Uses: 1}, "P1D")
		return u.Name, err
	case "revoke":
		id, err := strconv.ParseInt(c.FormValue("key"), 10, 64)
		if err != nil {
			return "", malformed()
		}
		ctx := s.audited(c, "key.revoke", u.Name, c.FormValue("key"))
		return u.Name, s.Keyring.RevokeKey(ctx, media.Caller{User: u}, id)
	case "delete":
		if c.FormValue("name") != u.Name {
			return "", auth.ErrNotConfirmed
		}
		return "", media.DeleteUser(audit(""), s.Records, u.ID, s.Library.Policy().Undo, s.Library.Now())
	}
	return "", malformed()
}

// Active reports whether the user may sign in and upload.
func (r userRow) Active() bool { return r.State == media.UserActive }

// Waits reports whether the user waits for approval.
func (r userRow) Waits() bool { return r.State == media.UserWaiting }
