package handlers

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

// catalog holds the words of all pages in one language. It is immutable.
type catalog struct {
	Language string // BCP 47
	tag      language.Tag
	messages map[string]message
}

// message is a text, or one for each plural form of its argument n, by the
// names that CLDR has for them; "other" is always there.
type message map[string]string

// UnmarshalJSON takes a string for a message without plural forms.
func (m *message) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var text string
		*m = message{}
		err := json.Unmarshal(b, &text)
		(*m)["other"] = text
		return err
	}
	return json.Unmarshal(b, (*map[string]string)(m))
}

// MarshalJSON is the inverse, for scripts.
func (m message) MarshalJSON() ([]byte, error) {
	if len(m) == 1 {
		return json.Marshal(m["other"])
	}
	return json.Marshal(map[string]string(m))
}

// catalogs are all languages of the site, English first, and what chooses
// among them.
type catalogs struct {
	all     []*catalog
	matcher language.Matcher
}

const fallbackMessages = "en"

// parseCatalogs reads words/LANGUAGE.json.
func parseCatalogs(fsys fs.FS) (catalogs, error) {
	names, err := fs.Glob(fsys, "words/*.json")
	if err != nil {
		return catalogs{}, err
	}
	var l catalogs
	for _, name := range names {
		words, err := parseCatalog(fsys, name)
		if err != nil {
			return catalogs{}, fmt.Errorf("parse %s: %w", name, err)
		}
		l.all = append(l.all, words)
	}
	slices.SortStableFunc(l.all, func(a, b *catalog) int {
		return bit(b.Language == fallbackMessages) - bit(a.Language == fallbackMessages)
	})
	if len(l.all) == 0 || l.all[0].Language != fallbackMessages {
		return catalogs{}, fmt.Errorf("parse words: no %s.json", fallbackMessages)
	}
	var tags []language.Tag
	for _, words := range l.all {
		tags = append(tags, words.tag)
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

func parseCatalog(fsys fs.FS, name string) (*catalog, error) {
	words := &catalog{Language: strings.TrimSuffix(path.Base(name), ".json")}
	var err error
	if words.tag, err = language.Parse(words.Language); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return words, json.Unmarshal(text, &words.messages)
}

// The cookies that keep what a visitor has chosen.
const (
	languageCookie = "language"
	schemeCookie   = "scheme"
)

// catalog chooses the words for a request: the visitor's choice, else what the
// browser asks for, else English.
func (s *Server) catalog(c echo.Context) *catalog {
	asked := []string{c.Request().Header.Get("Accept-Language")}
	if cookie, err := c.Cookie(languageCookie); err == nil {
		asked = slices.Insert(asked, 0, cookie.Value)
	}
	_, i := language.MatchStrings(s.catalogs.matcher, asked...)
	return s.catalogs.all[i]
}

// Say returns the message under key with its placeholders, such as {name},
// filled from args: name, value, name, value, and so on. The value of n, an
// integer, chooses the plural form. A key that is not there is returned itself.
func (l *catalog) Say(key string, args ...any) string {
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

func (l *catalog) pluralForm(n any) string {
	count := 0
	_, _ = fmt.Sscan(fmt.Sprint(n), &count)
	count = max(count, -count) // a score may be below zero
	return pluralForms[plural.Cardinal.MatchPlural(l.tag, count, 0, 0, 0, 0)]
}

// Has reports whether there is a message under key.
func (l *catalog) Has(key string) bool {
	_, ok := l.messages[key]
	return ok
}

// limitMark is how the API says limits.
const limitMark = " - max "

// errorText says what the API says in English, where there are words for it: for
// all of it, or for what stands before a limit, or before a value in
// parentheses or backticks. static/words.js does the same.
func (l *catalog) errorText(english string) string {
	if key := "fault:" + english; l.Has(key) {
		return l.Say(key)
	}
	if what, limit, ok := strings.Cut(english, limitMark); ok {
		if key := "fault:" + what + limitMark + "{limit}"; l.Has(key) {
			return l.Say(key, "limit", limit)
		}
	}
	if key := "fault:" + faultValue.ReplaceAllString(english, ""); l.Has(key) {
		return l.Say(key)
	}
	return english
}

// faultValue is a value at the end of what the API says.
var faultValue = regexp.MustCompile("( \\([^()]*\\)| `[^`]*`)$")

var backticks = regexp.MustCompile("`([^`]*)`")

// Rich is Say for messages that hold pieces of code between backticks; the
// text is escaped.
func (l *catalog) Rich(key string, args ...any) template.HTML {
	text := template.HTMLEscapeString(l.Say(key, args...))
	return template.HTML(backticks.ReplaceAllString(text, "<code>$1</code>"))
}

// scriptMessages are the messages that scripts say, by what their keys begin with.
var scriptMessages = []string{"js.", "fault:"}

// forScripts are the messages that scripts say, by their keys.
func (l *catalog) forScripts() map[string]message {
	words := make(map[string]message)
	for key, m := range l.messages {
		for _, prefix := range scriptMessages {
			if strings.HasPrefix(key, prefix) {
				words[key] = m
			}
		}
	}
	return words
}
