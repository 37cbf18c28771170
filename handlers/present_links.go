package handlers

import (
	"html"
	"strings"

	"postern/media"
)

// link is one way to hand on an item: a URL, or a piece of markup to paste.
// Kind names it in the words of pages, under "link.".
type link struct{ Kind, Text string }

// linkKinds are the kinds of links, in the order of pages.
var linkKinds = []string{"direct", "page", "thumb", "markdown", "html", "bbcode", "bbcode-medium", "bbcode-thumb"}

// links are all ways to hand on an item, as pages offer them. What browsers do
// not show as a picture, such as a clip or a HEIC, stands in markup as its frame.
// static/links.js makes the same of the answer to an upload.
func (v itemView) links() []link {
	page, direct, thumb := v.base+v.pathViewer(), v.url(v.Original), v.url(v.Thumb)
	shown := direct
	alt := markdownText.Replace(v.DisplayTitle())
	markdown := "![" + alt + "](" + direct + ")"
	bbcode := "[img]" + direct + "[/img]"
	if v.Frame.Exists() {
		shown = v.url(v.Frame)
		markdown = "[![" + alt + "](" + shown + ")](" + page + ")"
		bbcode = linkedPicture(page, shown)
	}
	markup := `<a href="` + page + `"><img src="` + shown + `" alt="` + html.EscapeString(v.DisplayTitle()) + `"></a>`
	if v.Kind == media.KindVideo {
		markup = `<video src="` + direct + `" poster="` + shown + `" controls></video>`
	}
	medium := shown
	if v.Medium.Exists() {
		medium = v.url(v.Medium)
	}
	return []link{
		{"direct", direct}, {"page", page}, {"thumb", thumb}, {"markdown", markdown}, {"html", markup},
		{"bbcode", bbcode}, {"bbcode-medium", linkedPicture(page, medium)}, {"bbcode-thumb", linkedPicture(page, thumb)},
	}
}

func linkedPicture(page, picture string) string {
	return "[url=" + page + "][img]" + picture + "[/img][/url]"
}

// markdownText keeps a title from ending the brackets that it stands in.
var markdownText = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, "\n", " ")
