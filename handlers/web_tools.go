package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// keyPlaceholder stands for the user's key in what is made for other programs,
// until static/tools.js puts a typed one there.
const keyPlaceholder = "YOUR_KEY"

// toolsPage is what the template for other programs shows.
type toolsPage struct {
	Key                     string // what stands for the key: the placeholder, or a new key
	New                     bool   // the key has just been made
	Imgpile                 bool   // the server speaks that API, too
	ShareX, PicGo           string // files, in JSON
	Curl, Flameshot, Folder string // lines for a shell
}

// viewTools shows how other programs are set up for this server.
func (s *webServer) viewTools(c echo.Context) error { return s.renderTools(c, keyPlaceholder) }

// createdName is what keys made by createKey are called in the list of keys.
const createdName = "made on /tools"

// createKey makes a key of who has signed in, and shows it once, filled in. It is
// in this answer alone, which no cache may keep.
func (s *webServer) createKey(c echo.Context) error {
	site.NoStore(c)
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	key, err := s.Keyring.AddKey(c.Request().Context(), caller, createdName)
	if err != nil {
		return err
	}
	return s.renderTools(c, key)
}

// redirectToTools is for who comes back to where a key was made.
func (s *webServer) redirectToTools(c echo.Context) error {
	return s.Redirect(c, http.StatusSeeOther, "/tools")
}

func (s *webServer) renderTools(c echo.Context, key string) error {
	endpoint := s.SiteURL(c) + "/api/1/upload"
	header := ` -H "X-API-Key: ` + key + `" `
	p := toolsPage{
		Key: key, New: key != keyPlaceholder, Imgpile: s.imgpile != nil, ShareX: s.shareXConfig(c, key), PicGo: picgoConfig(endpoint, key),
		Curl:      "curl -F source=@image.jpg -F format=txt" + header + endpoint,
		Flameshot: "flameshot gui -r | curl -F source=@- -F format=txt" + header + endpoint,
		Folder:    "for file in *.jpg; do curl -F \"source=@$file\" -F format=txt" + header + endpoint + "; echo; done",
	}
	return s.render(c, http.StatusOK, "tools", s.Catalog(c).Say("tools.title"), p)
}

// shareXConfig is a custom uploader of ShareX
// (https://getsharex.com/docs/custom-uploader). The version is the oldest one
// that knows this syntax.
func (s *webServer) shareXConfig(c echo.Context, key string) string {
	return site.Indented(site.Object{
		{"Version", "14.0.0"},
		{"Name", s.SiteName},
		{"DestinationType", "ImageUploader, FileUploader"},
		{"RequestMethod", http.MethodPost},
		{"RequestURL", s.SiteURL(c) + "/api/1/upload"},
		{"Headers", site.Object{{"X-API-Key", key}}},
		{"Body", "MultipartFormData"},
		{"FileFormName", "source"},
		{"URL", "{json:image.url}"},
		{"ThumbnailURL", "{json:image.thumb.url}"},
		{"DeletionURL", "{json:image.delete_url}"},
		{"ErrorMessage", "{json:error.message}"},
	})
}

// picgoConfig is a configuration of PicGo that uses its plugin web-uploader,
// whose header is JSON in a text.
func picgoConfig(endpoint, key string) string {
	const plugin = "web-uploader"
	uploader := site.Object{
		{"url", endpoint},
		{"paramName", "source"},
		{"jsonPath", "image.url"},
		{"customHeader", `{"X-API-Key": "` + key + `"}`},
		{"customBody", ""},
	}
	return site.Indented(site.Object{{"picBed", site.Object{{"current", plugin}, {"uploader", plugin}, {plugin, uploader}}}})
}

// serveShareX offers the custom uploader as a file, for who will put the key
// in by hand.
func (s *webServer) serveShareX(c echo.Context) error {
	return serveShareXConfig(c, "postern", s.shareXConfig(c, keyPlaceholder))
}

// serveShareXConfig offers a custom uploader as a file.
func serveShareXConfig(c echo.Context, name, text string) error {
	site.NoStore(c) // the address may be that of one visitor
	c.Response().Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.sxcu"`, name))
	return c.Blob(http.StatusOK, "application/json", []byte(text))
}

// serveImgpileShareX is serveShareX for the imgpile surface.
func (s *webServer) serveImgpileShareX(c echo.Context) error {
	return serveShareXConfig(c, "postern-imgpile", s.imgpile.ShareX(c, keyPlaceholder))
}
