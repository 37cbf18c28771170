package apps

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// parameters are those of the upload endpoint that the page explains, besides source.
var parameters = []string{
	"key", "title", "description", "tags", "album_id", "category_id", "width", "expiration", "nsfw", "format", "use_file_date",
}

// DescribeAPI is middleware for the root of an API: browsers get the page about the
// APIs, other clients the answer of next.
func (s *Server) DescribeAPI(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if strings.Contains(c.Request().Header.Get("Accept"), "text/html") && c.Request().URL.RawQuery == "" {
			return s.viewAPI(c)
		}
		return next(c)
	}
}

// viewAPI shows the documentation of both APIs.
func (s *Server) viewAPI(c echo.Context) error {
	var second any
	if s.imgpile != nil {
		var err error
		if second, err = s.imgpile.Documentation(); err != nil {
			return err
		}
	}
	return s.Render(c, http.StatusOK, "api", s.Catalog(c).T("api.title"), map[string]any{
		"Formats": s.DefaultMedia, "MaxFile": present.FormatBytes(s.Library.Policy().MaxFile), "URLs": s.Fetcher != nil,
		"Parameters": parameters, "Answer": s.sampleAnswer(c), "Fault": site.Indented(s.chevereto.ErrorBody(s.ToAPIError(media.ErrInvalidKey))),
		"Imgpile": second, "CDN": s.UploadHost(c),
	})
}

// sampleAnswer returns the answer to the upload of a small image.
func (s *Server) sampleAnswer(c echo.Context) string {
	file := func(name string, width, height int, size int64) media.File {
		return media.File{Key: "images/2026/01/31/" + name, MIME: "image/jpeg", Size: size, Width: width, Height: height}
	}
	it := media.Item{
		ID: "Ab3dE5f", Kind: media.KindImage, Title: "The sea", OriginalName: "sea.jpg", Tags: []string{"sea"},
		Width: 640, Height: 480, MD5: strings.Repeat("0", 32), SourceMD5: strings.Repeat("0", 32),
		CreatedAt: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Original:  file("sea.jpg", 640, 480, 51_234), Thumb: file("sea.th.jpg", 320, 240, 9_876),
	}
	return site.Indented(s.chevereto.Answer(s.View(c, it)))
}
