package client

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"text/template"
)

// Formats are the ways to write an Answer, in the order of help.
var Formats = []string{"url", "page", "thumb", "delete", "markdown", "html", "bbcode", "json"}

// Writer writes answers, one on each line, or by a template.
type Writer struct {
	w      io.Writer
	format string
	tmpl   *template.Template
}

// NewWriter returns a writer of one of Formats, or of a template of text/template
// if text is not empty. A template has the fields of Image, .Source, and .All for the
// whole answer of the server.
func NewWriter(w io.Writer, format, text string) (*Writer, error) {
	if text != "" {
		tmpl, err := template.New("template").Option("missingkey=zero").Parse(text)
		return &Writer{w: w, tmpl: tmpl}, err
	}
	if !slices.Contains(Formats, format) {
		return nil, fmt.Errorf("%q is no format: use one of %s", format, strings.Join(Formats, ", "))
	}
	return &Writer{w: w, format: format}, nil
}

// data is what a template has.
type data struct {
	Image
	Source string
	All    map[string]any
}

// line is one answer, or failure, in JSON.
type line struct {
	Source string          `json:"source"`
	Image  json.RawMessage `json:"image,omitempty"`
	Error  *failure        `json:"error,omitempty"`
}

type failure struct {
	Message string `json:"message"`
	Status  int    `json:"status,omitempty"`
	Code    int    `json:"code,omitempty"`
}

// Write writes an answer.
func (o *Writer) Write(a Answer) error {
	if o.tmpl != nil {
		d := data{Image: a.Image, Source: a.Source}
		if err := json.Unmarshal(a.Raw, &d.All); err != nil {
			return err
		}
		if err := o.tmpl.Execute(o.w, d); err != nil {
			return err
		}
		_, err := fmt.Fprintln(o.w)
		return err
	}
	if o.format == "json" {
		return json.NewEncoder(o.w).Encode(line{Source: a.Source, Image: a.Raw})
	}
	_, err := fmt.Fprintln(o.w, a.Image.link(o.format))
	return err
}

// Fail writes a failure where the format has a place for it.
func (o *Writer) Fail(src Source, cause error) error {
	if o.tmpl != nil || o.format != "json" {
		return nil
	}
	f := &failure{Message: cause.Error()}
	if refusal, ok := AsRefusal(cause); ok {
		f.Message, f.Status, f.Code = refusal.Message, refusal.Status, refusal.Code
	}
	return json.NewEncoder(o.w).Encode(line{Source: src.String(), Error: f})
}

// link is the image in a format but JSON. What browsers do not show as an image, such
// as a video, stands in markup as its frame.
func (i Image) link(format string) string {
	title := i.Title
	if title == "" {
		title = i.Name
	}
	alt := markdownText.Replace(title)
	shown := i.URL
	if i.Frame.URL != "" {
		shown = i.Frame.URL
	}
	linked := shown != i.URL && i.Viewer != ""
	switch format {
	case "page":
		return i.Viewer
	case "thumb":
		return i.Thumb.URL
	case "delete":
		return i.DeleteURL
	case "markdown":
		if linked {
			return "[![" + alt + "](" + shown + ")](" + i.Viewer + ")"
		}
		return "![" + alt + "](" + shown + ")"
	case "html":
		if i.Type == "video" {
			return `<video src="` + html.EscapeString(i.URL) + `" poster="` + html.EscapeString(shown) + `" controls></video>`
		}
		image := `<img src="` + html.EscapeString(shown) + `" alt="` + html.EscapeString(title) + `">`
		if i.Viewer == "" {
			return image
		}
		return `<a href="` + html.EscapeString(i.Viewer) + `">` + image + `</a>`
	case "bbcode":
		if linked {
			return "[url=" + i.Viewer + "][img]" + shown + "[/img][/url]"
		}
		return "[img]" + shown + "[/img]"
	}
	return i.URL
}

// markdownText keeps a title from ending the brackets that it stands in.
var markdownText = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, "\n", " ")
