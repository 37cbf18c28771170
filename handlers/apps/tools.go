package apps

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
	"postern/media/auth"
)

// keyPlaceholder stands for the key in configurations of other apps until
// static/tools.js replaces it by the key that the visitor types.
const keyPlaceholder = "YOUR_KEY"

// toolsPage is the data of the template that sets up other apps.
type toolsPage struct {
	Key                     string // the placeholder, or a new key
	New                     bool   // the key was just created
	Imgpile                 bool   // the site has that API
	ShareX, PicGo           string // files, in JSON
	Curl, Flameshot, Folder string // lines for a shell
}

// viewTools shows how to set up other apps for this server.
func (s *Server) viewTools(c echo.Context) error { return s.renderTools(c, keyPlaceholder) }

// createdName is the name of keys that createKey creates in the list of keys.
const createdName = "made on /tools"

// createKey creates a key for the visitor, which can upload and nothing else, and shows it once, filled in. Only this
// answer has it, and no cache may keep that.
func (s *Server) createKey(c echo.Context) error {
	site.NoStore(c)
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	key, err := s.Keyring.AddKey(c.Request().Context(), caller, auth.NewKeyOf{Label: createdName, Scope: media.ScopeUpload})
	if err != nil {
		return err
	}
	return s.renderTools(c, key)
}

func (s *Server) renderTools(c echo.Context, key string) error {
	endpoint := s.SiteURL(c) + "/api/1/upload"
	header := ` -H "X-API-Key: ` + key + `" `
	p := toolsPage{
		Key: key, New: key != keyPlaceholder, Imgpile: s.imgpile != nil, ShareX: s.shareXConfig(c, key), PicGo: picgoConfig(endpoint, key),
		Curl:      "curl -F source=@image.jpg -F format=txt" + header + endpoint,
		Flameshot: "flameshot gui -r | curl -F source=@- -F format=txt" + header + endpoint,
		Folder:    "for file in *.jpg; do curl -F \"source=@$file\" -F format=txt" + header + endpoint + "; echo; done",
	}
	return s.Render(c, http.StatusOK, "tools", s.Catalog(c).T("tools.title"), p)
}

// shareXConfig returns a custom uploader of ShareX
// (https://getsharex.com/docs/custom-uploader). The version is the oldest one
// that knows this syntax.
func (s *Server) shareXConfig(c echo.Context, key string) string {
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

// picgoConfig returns a configuration of PicGo for its plugin web-uploader, whose
// header is JSON in a string.
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

// serveShareX serves the custom uploader with a placeholder for the key.
func (s *Server) serveShareX(c echo.Context) error {
	return serveShareXConfig(c, "postern", s.shareXConfig(c, keyPlaceholder))
}

// serveShareXConfig serves a custom uploader as a file to save.
func serveShareXConfig(c echo.Context, name, text string) error {
	site.NoStore(c) // the URL of the site in it may be that of one visitor
	c.Response().Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.sxcu"`, name))
	return c.Blob(http.StatusOK, "application/json", []byte(text))
}

// serveImgpileShareX is serveShareX for the imgpile surface.
func (s *Server) serveImgpileShareX(c echo.Context) error {
	return serveShareXConfig(c, "postern-imgpile", s.imgpile.ShareX(c, keyPlaceholder))
}

// serveKeyShareX serves a custom uploader of ShareX with the key of a form in it.
func (s *Server) serveKeyShareX(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	key := c.FormValue("key")
	if len(key) > 200 || strings.TrimFunc(key, isKeyRune) != "" {
		return site.BadRequest(400, "Malformed request body")
	}
	if s.imgpile != nil && c.FormValue("api") == "imgpile" {
		return serveShareXConfig(c, "postern-imgpile", s.imgpile.ShareX(c, key))
	}
	return serveShareXConfig(c, "postern", s.shareXConfig(c, key))
}

func isKeyRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}
