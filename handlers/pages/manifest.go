package pages

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// shareTarget describes the form that an installed page gets from the share sheet: that
// of the upload page. Browsers send it as a navigation of their own, with the user's
// cookies, "Sec-Fetch-Site: none" and "Origin: null". SameOrigin accepts it for the
// first header, which no page can make a browser send.
func (s *Server) shareTarget() site.Object {
	return site.Object{
		{"action", s.At("/upload")},
		{"method", http.MethodPost},
		{"enctype", echo.MIMEMultipartForm},
		{"params", site.Object{
			{"title", "title"},
			{"text", "description"},
			{"url", "source"},
			{"files", []site.Object{{{"name", "source"}, {"accept", []string{"image/*", "video/*"}}}}},
		}},
	}
}

// accentColor is the accent of the site and its icons: --accent of static/postern.css
// on a light background.
const accentColor = "#155e4d"

// serveManifest describes the site as an app to install, which then is a target of the
// share sheet (https://www.w3.org/TR/appmanifest/,
// https://w3c.github.io/web-share-target/).
func (s *Server) serveManifest(c echo.Context) error {
	catalog := s.Catalog(c)
	icon := func(name, sizes, kind, purpose string) site.Object {
		return site.Object{{"src", s.AssetURL(name)}, {"sizes", sizes}, {"type", kind}, {"purpose", purpose}}
	}
	text := site.Indented(site.Object{
		{"id", s.At("/")},
		{"name", s.SiteName},
		{"short_name", s.SiteName},
		{"description", catalog.T("upload.title")},
		{"lang", catalog.Language},
		{"start_url", s.At("/")},
		{"scope", s.At("/")},
		{"display", "standalone"},
		{"background_color", "#f5f4ef"},
		{"theme_color", accentColor},
		{"icons", []site.Object{
			icon("icon.svg", "any", "image/svg+xml", "any"),
			icon("icon-192.png", "192x192", "image/png", "any"),
			icon("icon-512.png", "512x512", "image/png", "any"),
			icon("icon-maskable.png", "512x512", "image/png", "maskable"),
		}},
		{"share_target", s.shareTarget()},
	})
	h := c.Response().Header()
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Cache-Control", "private, no-cache")
	return c.Blob(http.StatusOK, "application/manifest+json", []byte(text))
}
