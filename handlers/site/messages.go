package site

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Catalog holds the messages of all pages in one language. It is immutable.
type Catalog struct {
	Language string // BCP 47
	tag      language.Tag
	messages map[string]Message
}

// Message is a text, or one for each plural form of its argument n by CLDR's names for
// them. "other" is always there.
type Message map[string]string

// UnmarshalJSON implements json.Unmarshaler. It takes a string for a message
// without plural forms.
func (m *Message) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var text string
		*m = Message{}
		err := json.Unmarshal(b, &text)
		(*m)["other"] = text
		return err
	}
	return json.Unmarshal(b, (*map[string]string)(m))
}

// MarshalJSON implements json.Marshaler. It is the inverse.
func (m Message) MarshalJSON() ([]byte, error) {
	if len(m) == 1 {
		return json.Marshal(m["other"])
	}
	return json.Marshal(map[string]string(m))
}

// Catalogs has the catalogs of all languages, English first, and chooses among them.
type Catalogs struct {
	All     []*Catalog
	matcher language.Matcher
}

const fallbackMessages = "en"

// parseCatalogs reads messages/LANGUAGE.json.
func parseCatalogs(fsys fs.FS) (Catalogs, error) {
	names, err := fs.Glob(fsys, "messages/*.json")
	if err != nil {
		return Catalogs{}, err
	}
	var l Catalogs
	for _, name := range names {
		catalog, err := parseCatalog(fsys, name)
		if err != nil {
			return Catalogs{}, fmt.Errorf("parse %s: %w", name, err)
		}
		l.All = append(l.All, catalog)
	}
	slices.SortStableFunc(l.All, func(a, b *Catalog) int {
		return Bit(b.Language == fallbackMessages) - Bit(a.Language == fallbackMessages)
	})
	if len(l.All) == 0 || l.All[0].Language != fallbackMessages {
		return Catalogs{}, fmt.Errorf("parse messages: no %s.json", fallbackMessages)
	}
	var tags []language.Tag
	for _, catalog := range l.All {
		tags = append(tags, catalog.tag)
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

func parseCatalog(fsys fs.FS, name string) (*Catalog, error) {
	catalog := &Catalog{Language: strings.TrimSuffix(path.Base(name), ".json")}
	var err error
	if catalog.tag, err = language.Parse(catalog.Language); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return catalog, json.Unmarshal(text, &catalog.messages)
}

// The cookies with a visitor's preferences.
const (
	LanguageCookie = "language"
	SchemeCookie   = "scheme"
	ViewCookie     = "view" // of the gallery
)

// Catalog returns the messages for a request: in the language that the visitor chose,
// else in the one that the browser asks for, else in English.
func (s *Server) Catalog(c echo.Context) *Catalog {
	asked := []string{c.Request().Header.Get("Accept-Language")}
	if cookie, err := c.Cookie(LanguageCookie); err == nil {
		asked = slices.Insert(asked, 0, cookie.Value)
	}
	_, i := language.MatchStrings(s.Catalogs.matcher, asked...)
	return s.Catalogs.All[i]
}

// T returns the message under key with its placeholders, such as {name},
// filled from args: name, value, name, value, and so on. The value of n, an
// integer, chooses the plural form. A key that is not there is returned itself.
func (l *Catalog) T(key string, args ...any) string {
	m, ok := l.messages[key]
	if !ok {
		return key
	}
	form := "other"
	var pairs []string
	for i := 0; i+1 < len(args); i += 2 {
		value := fmt.Sprint(args[i+1])
		if args[i] == "n" && len(m) > 1 {
			form = l.pluralForm(args[i+1])
		}
		pairs = append(pairs, "{"+fmt.Sprint(args[i])+"}", value)
	}
	text, ok := m[form]
	if !ok {
		text = m["other"]
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

var pluralForms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

func (l *Catalog) pluralForm(n any) string {
	count := 0
	_, _ = fmt.Sscan(fmt.Sprint(n), &count)
	count = max(count, -count) // a score may be below zero
	return pluralForms[plural.Cardinal.MatchPlural(l.tag, count, 0, 0, 0, 0)]
}

// Has reports whether there is a message under key.
func (l *Catalog) Has(key string) bool {
	_, ok := l.messages[key]
	return ok
}

// limitMark is what the APIs put before a limit.
const limitMark = " - max "

// ErrorText translates an error of the APIs, which is in English, if there is a message
// for it: for all of it, or for the part before a limit or before a value in
// parentheses or backticks. static/messages.js does the same.
func (l *Catalog) ErrorText(english string) string {
	if key := "fault:" + english; l.Has(key) {
		return l.T(key)
	}
	if what, limit, ok := strings.Cut(english, limitMark); ok {
		if key := "fault:" + what + limitMark + "{limit}"; l.Has(key) {
			return l.T(key, "limit", limit)
		}
	}
	if key := "fault:" + faultValue.ReplaceAllString(english, ""); l.Has(key) {
		return l.T(key)
	}
	return english
}

// faultValue is a value at the end of an error.
var faultValue = regexp.MustCompile("( \\([^()]*\\)| `[^`]*`)$")

var backticks = regexp.MustCompile("`([^`]*)`")

// Rich is T for messages with code between backticks. The rest is escaped.
func (l *Catalog) Rich(key string, args ...any) template.HTML {
	text := template.HTMLEscapeString(l.T(key, args...))
	return template.HTML(backticks.ReplaceAllString(text, "<code>$1</code>"))
}

// scriptMessages are the prefixes of the keys whose messages scripts show.
var scriptMessages = []string{"js.", "fault:"}

// ForScripts returns the messages that scripts show, by their keys.
func (l *Catalog) ForScripts() map[string]Message {
	messages := make(map[string]Message)
	for key, m := range l.messages {
		for _, prefix := range scriptMessages {
			if strings.HasPrefix(key, prefix) {
				messages[key] = m
			}
		}
	}
	return messages
}
