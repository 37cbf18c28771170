package present

import (
	"html"
	"strings"

	"postern/media"
)

// Link is a way to share an item: a URL, or markup to paste. The message "link." and
// Kind is its name.
type Link struct{ Kind, Text string }

// LinkKinds are the kinds of links, in the order of pages.
var LinkKinds = []string{"direct", "page", "thumb", "markdown", "html", "bbcode", "bbcode-medium", "bbcode-thumb"}

// Links returns all ways to share an item. Markup shows a video, a HEIC and whatever
// browsers do not show as an image by its frame. static/links.js makes the same links
// from the answer to an upload.
func (v Item) Links() []Link {
	page, direct, thumb := v.Base+v.PathViewer(), v.URL(v.Original), v.URL(v.Thumb)
	shown := direct
	alt := markdownText.Replace(v.DisplayTitle())
	markdown := "![" + alt + "](" + direct + ")"
	bbcode := "[img]" + direct + "[/img]"
	if v.Frame.Exists() {
		shown = v.URL(v.Frame)
		markdown = "[![" + alt + "](" + shown + ")](" + page + ")"
		bbcode = linkedPicture(page, shown)
	}
	markup := `<a href="` + page + `"><img src="` + shown + `" alt="` + html.EscapeString(v.DisplayTitle()) + `"></a>`
	if v.Kind == media.KindVideo {
		markup = `<video src="` + direct + `" poster="` + shown + `" controls></video>`
	}
	medium := shown
	if v.Medium.Exists() {
		medium = v.URL(v.Medium)
	}
	return []Link{
		{"direct", direct}, {"page", page}, {"thumb", thumb}, {"markdown", markdown}, {"html", markup},
		{"bbcode", bbcode}, {"bbcode-medium", linkedPicture(page, medium)}, {"bbcode-thumb", linkedPicture(page, thumb)},
	}
}

func linkedPicture(page, picture string) string {
	return "[url=" + page + "][img]" + picture + "[/img][/url]"
}

// markdownText keeps a title from ending the brackets that it stands in.
var markdownText = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, "\n", " ")
