package archive

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
)

// Gallery collects the items for the pages of a plain gallery. The pages need no server
// and no scripts.
type Gallery struct {
	Title  string
	albums map[string]*page
}

// Thumbs is the folder of the thumbs of a gallery.
const Thumbs = "thumbs"

type page struct {
	Title string
	Name  string // of its file
	Items []picture
}

type picture struct{ File, Thumb, Title, Description string }

// Add adds an item. thumb names its thumb, a file of the export, or is "".
func (g *Gallery) Add(l Line, thumb string) {
	if g.albums == nil {
		g.albums = make(map[string]*page)
	}
	key, title := "", ""
	if l.Album != nil {
		key, title = l.User+"/"+l.Album.ID, l.Album.Title
	}
	if g.albums[key] == nil {
		g.albums[key] = &page{Title: title}
	}
	shown := cmp.Or(l.Title, l.OriginalName)
	g.albums[key].Items = append(g.albums[key].Items, picture{address(l.File), address(thumb), shown, l.Description})
}

// address is a relative URL of a file.
func address(file string) string {
	parts := strings.Split(file, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	if file == "" {
		return ""
	}
	return "./" + strings.Join(parts, "/")
}

// Write writes the pages: index.html, and one for each album.
func (g *Gallery) Write(w *Writer) error {
	var albums []*page
	for key, p := range g.albums {
		if key != "" {
			albums = append(albums, p)
		}
	}
	slices.SortFunc(albums, func(a, b *page) int {
		return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.Items[0].File, b.Items[0].File))
	})
	for i, p := range albums {
		p.Name = fmt.Sprintf("album-%d.html", i+1)
		if err := g.page(w, p.Name, p, nil); err != nil {
			return err
		}
	}
	rest := g.albums[""]
	if rest == nil {
		rest = new(page)
	}
	return g.page(w, "index.html", rest, albums)
}

func (g *Gallery) page(w *Writer, name string, p *page, albums []*page) error {
	var text bytes.Buffer
	err := galleryPage.Execute(&text, map[string]any{
		"Site": g.Title, "Title": cmp.Or(p.Title, g.Title), "Items": p.Items, "Albums": albums, "Back": albums == nil && name != "index.html",
	})
	if err != nil {
		return err
	}
	return w.AddFile(name, &text)
}

var galleryPage = template.Must(template.New("gallery").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
ul { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); list-style: none; padding: 0 }
img, .none { aspect-ratio: 1; background: #8882; display: block; object-fit: cover; width: 100% }
p { margin: .25rem 0; overflow-wrap: anywhere }
</style>
<h1>{{.Title}}</h1>
{{if .Back}}<p><a href="./index.html">{{.Site}}</a></p>{{end}}
{{if .Albums}}<ul>{{range .Albums}}
<li><a href="./{{.Name}}">{{with index .Items 0}}{{if .Thumb}}<img src="{{.Thumb}}" alt="" loading="lazy">{{else}}<span class="none"></span>{{end}}{{end}}
{{.Title}}</a> ({{len .Items}}){{end}}
</ul>{{end}}
<ul>{{range .Items}}
<li><a href="{{.File}}">{{if .Thumb}}<img src="{{.Thumb}}" alt="{{.Title}}" loading="lazy">{{else}}<span class="none"></span>{{end}}</a>
<p>{{.Title}}</p>{{if .Description}}<p>{{.Description}}</p>{{end}}{{end}}
</ul>
</html>
`))
