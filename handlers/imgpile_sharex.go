package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// ShareX is a custom uploader of ShareX for the imgpile surface.
func (s *imgpileServer) ShareX(c echo.Context, key string) string {
	return site.Indented(site.Object{
		{"Version", "14.0.0"},
		{"Name", s.SiteName + " (imgpile)"},
		{"DestinationType", "ImageUploader, FileUploader"},
		{"RequestMethod", http.MethodPost},
		{"RequestURL", s.UploadHost(c) + imgpilePath + "/media"},
		{"Headers", site.Object{{"Authorization", "Bearer " + key}}},
		{"Body", "MultipartFormData"},
		{"FileFormName", "file"},
		{"URL", "{json:media.urls.original}"},
		{"ThumbnailURL", "{json:media.urls.sm}"},
		{"ErrorMessage", "{json:message}{json:error}"},
	})
}
