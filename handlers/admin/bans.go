package admin

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/media"
)

// bansPage is the data of the template.
type bansPage struct {
	frame
	Files     []media.Ban
	Addresses []media.AddressBan
	What      string // that is to be banned
}

// viewBans lists what and who is kept out.
func (s *Server) viewBans(c echo.Context) error {
	return s.renderBans(c, http.StatusOK, bansPage{frame: s.frame(c, "bans"), What: cut(c.QueryParam("add"))})
}

func (s *Server) renderBans(c echo.Context, status int, p bansPage) (err error) {
	ctx := c.Request().Context()
	if p.Files, err = s.Records.Bans(ctx); err != nil {
		return err
	}
	if p.Addresses, err = s.Records.BannedAddresses(ctx, s.Library.Now()); err != nil {
		return err
	}
	return s.render(c, status, "bans", p)
}

// changeBans adds a ban of a file, an address, a network or a guest, or takes one back.
func (s *Server) changeBans(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	what, reason := strings.TrimSpace(c.FormValue("what")), cut(c.FormValue("reason"))
	var err error
	switch c.FormValue("do") {
	case "add":
		err = s.ban(c, what, reason, c.FormValue("expires"))
	case "remove":
		ctx := s.audited(c, "ban.remove", what, "")
		if _, isFile := media.ParseDigest(what); isFile {
			err = s.Records.DeleteBan(ctx, what)
		} else {
			err = s.Records.AdmitAddress(ctx, what)
		}
	default:
		return malformed()
	}
	if err != nil {
		return s.Refuse(c, err, func(status int, text string) error {
			f := s.frame(c, "bans")
			f.Error = text
			return s.renderBans(c, status, bansPage{frame: f, What: what})
		})
	}
	s.ForgetBans()
	return s.Redirect(c, http.StatusSeeOther, pages.BackOr(c, "/admin/bans?saved=1"))
}

func (s *Server) ban(c echo.Context, what, reason, life string) error {
	now := s.Library.Now().UTC()
	if digest, isFile := media.ParseDigest(what); isFile {
		return s.Records.InsertBan(s.audited(c, "ban.add", digest, reason), media.Ban{Digest: digest, Reason: reason, CreatedAt: now})
	}
	ban := media.AddressBan{Reason: reason}
	var err error
	if ban.Address, err = media.ParseBannedAddress(what); err != nil {
		return err
	}
	if life != "" {
		period, err := media.ParsePeriod(life)
		if err != nil || period.IsZero() {
			return media.ErrExpiration
		}
		ban.ExpiresAt = period.After(now)
	}
	return s.Records.ShutOutAddress(s.audited(c, "ban.add", ban.Address, strings.TrimSpace(reason+" "+life)), ban)
}

// categoriesPage is the data of the template.
type categoriesPage struct {
	frame
	Categories []media.Category
	Name       string // that was tried
}

// viewCategories lists the categories.
func (s *Server) viewCategories(c echo.Context) error {
	return s.renderCategories(c, http.StatusOK, categoriesPage{frame: s.frame(c, "categories")})
}

func (s *Server) renderCategories(c echo.Context, status int, p categoriesPage) (err error) {
	if p.Categories, err = s.Records.Categories(c.Request().Context()); err != nil {
		return err
	}
	return s.render(c, status, "categories", p)
}

// changeCategories adds, renames or deletes a category.
func (s *Server) changeCategories(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	name, nameErr := media.CategoryName(c.FormValue("name"))
	id, idErr := strconv.ParseInt(c.FormValue("category"), 10, 64)
	ctx := s.audited(c, "category."+c.FormValue("do"), name, c.FormValue("category"))
	var err error
	switch do := c.FormValue("do"); {
	case do == "add" && nameErr != nil, do == "rename" && nameErr != nil:
		err = media.ErrNoTitle
	case do == "add":
		err = s.Records.InsertCategory(ctx, &media.Category{Name: name})
	case idErr != nil:
		return malformed()
	case do == "rename":
		err = s.Records.RenameCategory(ctx, id, name)
	case do == "delete":
		err = s.Records.DeleteCategory(ctx, id)
	default:
		return malformed()
	}
	if err != nil {
		return s.Refuse(c, err, func(status int, text string) error {
			f := s.frame(c, "categories")
			f.Error = text
			return s.renderCategories(c, status, categoriesPage{frame: f, Name: name})
		})
	}
	return s.Redirect(c, http.StatusSeeOther, "/admin/categories?saved=1")
}
