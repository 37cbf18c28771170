package imgpile

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// ShareX returns the configuration of a custom uploader of ShareX, in JSON.
func (s *Server) ShareX(c echo.Context, key string) string {
	return site.Indented(site.Object{
		{"Version", "14.0.0"},
		{"Name", s.SiteName + " (imgpile)"},
		{"DestinationType", "ImageUploader, FileUploader"},
		{"RequestMethod", http.MethodPost},
		{"RequestURL", s.UploadHost(c) + basePath + "/media"},
		{"Headers", site.Object{{"Authorization", "Bearer " + key}}},
		{"Body", "MultipartFormData"},
		{"FileFormName", "file"},
		{"URL", "{json:media.urls.original}"},
		{"ThumbnailURL", "{json:media.urls.sm}"},
		{"ErrorMessage", "{json:message}{json:error}"},
	})
}
