package chevereto

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// videos are the extensions of videos, whose derived files are JPEGs.
var videos = []string{"mp4", "webm", "mov"}

// Video reports whether the image is a video.
func (m *Image) Video() bool { return slices.Contains(videos, strings.ToLower(m.Extension)) }

// Folder returns the folder of an image's files below the folder of files, "."
// for that one itself. It reports whether the folder is known: of an image without
// a date it is not, nor of one whose path leads elsewhere.
func (m *Image) Folder() (string, bool) {
	switch m.Mode {
	case ModeDirect:
		return ".", true
	case ModeOld:
		return "old", true
	case ModeDateFolder:
		return m.LocalDate.Format("2006/01/02"), !m.LocalDate.IsZero()
	case ModePath:
		return m.Path, m.Path != ""
	}
	return "", false
}

// below returns the path of a folder of the old machine from the folder of files
// on; "" for one that is not below that.
func below(root, folder string) string {
	_, rest, ok := strings.Cut(path.Clean("/"+folder)+"/", "/"+root+"/")
	if rest = path.Clean(rest); !ok || !fs.ValidPath(rest) {
		return ""
	}
	return rest
}

// Files are the paths of an image's files below the folder of files. Paths of
// files that the record does not have are there too: a record may be wrong.
type Files struct{ Original, Thumb, Medium, Frame string }

// Files returns the paths of the image's files, and whether the folder is known
// and the name can be one of a file in it.
func (m *Image) Files() (Files, bool) {
	folder, ok := m.Folder()
	if !ok || m.Name == "" || m.Extension == "" || strings.ContainsAny(m.Name+m.Extension, "/\\\x00") {
		return Files{}, false
	}
	base, derived := path.Join(folder, m.Name), m.Extension
	if m.Video() {
		derived = "jpeg"
	}
	return Files{
		Original: base + "." + m.Extension,
		Thumb:    base + ".th." + derived,
		Medium:   base + ".md." + derived,
		Frame:    base + ".fr.jpeg",
	}, true
}
