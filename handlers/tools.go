package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"
)

// keyPlaceholder stands for the user's key in what is made for other programs.
// The server knows no key to put there; static/tools.js does, once it is typed.
const keyPlaceholder = "YOUR_KEY"

// toolsPage is what the template for other programs shows.
type toolsPage struct {
	Key                     string // the placeholder
	ShareX, PicGo           string // files, in JSON
	Curl, Flameshot, Folder string // lines for a shell
}

// viewTools shows how other programs are set up for this server.
func (s *server) viewTools(c echo.Context) error {
	endpoint := s.baseURL(c) + "/api/1/upload"
	header := ` -H "X-API-Key: ` + keyPlaceholder + `" `
	p := toolsPage{
		Key: keyPlaceholder, ShareX: s.sharexUploader(c), PicGo: picgoConfig(endpoint),
		Curl:      "curl -F source=@picture.jpg -F format=txt" + header + endpoint,
		Flameshot: "flameshot gui -r | curl -F source=@- -F format=txt" + header + endpoint,
		Folder:    "for file in *.jpg; do curl -F \"source=@$file\" -F format=txt" + header + endpoint + "; echo; done",
	}
	return s.render(c, http.StatusOK, "tools", s.lexicon(c).Say("tools.title"), p)
}

// sharexUploader is a custom uploader of ShareX
// (https://getsharex.com/docs/custom-uploader). The version is the oldest one
// that knows this syntax.
func (s *server) sharexUploader(c echo.Context) string {
	return indented(object{
		{"Version", "14.0.0"},
		{"Name", s.SiteName},
		{"DestinationType", "ImageUploader, FileUploader"},
		{"RequestMethod", http.MethodPost},
		{"RequestURL", s.baseURL(c) + "/api/1/upload"},
		{"Headers", object{{"X-API-Key", keyPlaceholder}}},
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
func picgoConfig(endpoint string) string {
	const plugin = "web-uploader"
	uploader := object{
		{"url", endpoint},
		{"paramName", "source"},
		{"jsonPath", "image.url"},
		{"customHeader", `{"X-API-Key": "` + keyPlaceholder + `"}`},
		{"customBody", ""},
	}
	return indented(object{{"picBed", object{{"current", plugin}, {"uploader", plugin}, {plugin, uploader}}}})
}

func indented(o object) string {
	text, err := o.MarshalJSON()
	var b bytes.Buffer
	if err == nil {
		err = json.Indent(&b, text, "", "  ")
	}
	if err != nil {
		panic(err) // of texts alone
	}
	return b.String()
}

// serveShareX offers the custom uploader as a file, for who will put the key
// in by hand.
func (s *server) serveShareX(c echo.Context) error {
	noStore(c) // the address may be that of one visitor
	c.Response().Header().Set("Content-Disposition", `attachment; filename="postern.sxcu"`)
	return c.Blob(http.StatusOK, "application/json", []byte(s.sharexUploader(c)))
}
