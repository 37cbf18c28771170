package handlers_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"postern/media/fetch"
)

// readMessages reads a language from disk: a key's texts by plural form.
func readMessages(t *testing.T, name string) map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile("../templates/messages/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	all := make(map[string]map[string]string)
	for key, value := range raw {
		forms := map[string]string{}
		switch v := value.(type) {
		case string:
			forms["other"] = v
		case map[string]any:
			for form, text := range v {
				forms[form], _ = text.(string)
			}
		}
		all[key] = forms
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// placeholders are those of all forms of a message together: a form for one
// thing may do without the number.
func placeholders(forms map[string]string) []string {
	found := make(map[string]bool)
	for _, text := range forms {
		for _, p := range placeholder.FindAllString(text, -1) {
			found[p] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEveryLanguageHasEveryMessage(t *testing.T) {
	t.Parallel()
	names := []string{"de.json", "es.json", "fr.json", "ja.json", "zh.json"}
	english := readMessages(t, "en.json")
	for _, name := range names {
		other := readMessages(t, name)
		for key, forms := range english {
			if strings.TrimSpace(other[key]["other"]) == "" {
				t.Errorf("%s: nothing under %q", name, key)
			} else if got, want := placeholders(other[key]), placeholders(forms); !slices.Equal(got, want) {
				t.Errorf("%s: %q has the placeholders %v, want %v", name, key, got, want)
			}
			if got, want := strings.Count(other[key]["other"], "`"), strings.Count(forms["other"], "`"); got != want {
				t.Errorf("%s: %q has %d backticks, want %d", name, key, got, want)
			}
		}
		for key := range other {
			if english[key] == nil {
				t.Errorf("%s: %q is not in en.json", name, key)
			}
		}
	}
	if entries, err := os.ReadDir("../templates/messages"); err != nil || len(entries) != len(names)+1 {
		t.Errorf("%d languages are on disk, %v; this test knows %d", len(entries), err, len(names)+1)
	}
}

// usedKey finds the keys of messages in templates, handlers and scripts. A key that
// ends in a dot stands for all that begin with it.
var usedKey = regexp.MustCompile(`(?:\.T|\.Rich|\bt)\s*\(?(?:print )?["'` + "`" + `]([\w.:-]+)["'` + "`" + `$]`)

// keyLiteral finds strings that may be a key, or the beginning of one.
var keyLiteral = regexp.MustCompile(`"([a-z-]+\.[\w.-]*)"`)

// notSaid finds what no text of a language has: words that stand for another thing, other
// forms of address, plain marks where a language has its own, and plain spaces beside marks.
var notSaid = map[string]*regexp.Regexp{
	"en": regexp.MustCompile(`(?i)\b(pictures?|clips?|please|sorry|log ?in)\b|["']|\.\.\.|!`),
	"de": regexp.MustCompile(`\b(Sie|Ihre?[mnrs]?|Clips?|Verwalter)\b|["']|\.\.\.`),
	"es": regexp.MustCompile(`(?i)\b(usted|clips?)\b|["']|\.\.\.`),
	"fr": regexp.MustCompile(`(?i)\b(vignettes?|mots?-clés?|clips?)\b|["']|\.\.\.|[^\x{a0}]:( |$)|[^\x{202f}][;!?]( |$)|«[^\x{a0}]|[^\x{a0}]»`),
	"zh": regexp.MustCompile(`您|网址|\p{Han}[,;:?!]|[,;:?!]\p{Han}|\.\.\.`),
	"ja": regexp.MustCompile(`サインイン|寸法|(サーバ|フォルダ|ブラウザ|ユーザ)([^ー]|$)|[\p{Han}\p{Hiragana}\p{Katakana}][;:?!]|\.\.\.`),
}

func TestMessagesKeepTheRulesOfTheirLanguage(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile("`[^`]*`")
	for language, wrong := range notSaid {
		for key, forms := range readMessages(t, language+".json") {
			if key == "upload.tags.hint" { // the server parts tags at a plain comma
				continue
			}
			for _, text := range forms {
				if found := wrong.FindString(code.ReplaceAllString(text, "")); found != "" {
					t.Errorf("%s, %s: %q in %q", language, key, found, text)
				}
			}
		}
	}
}

func TestEveryKeyHasAMessage(t *testing.T) {
	t.Parallel()
	english := readMessages(t, "en.json")
	used := make(map[string]bool)
	packages := []string{"pages", "account", "admin", "apps", "community", "report", "web", "site", "present"} // that use messages
	for _, dir := range append([]string{"../templates", "../static"}, packages...) {
		for name, text := range texts(t, dir) {
			for _, m := range usedKey.FindAllStringSubmatch(text, -1) {
				key := m[1]
				used[key] = true
				if !covers(english, key) {
					t.Errorf("%s uses %q, which has no message", name, key)
				}
			}
		}
	}
	for _, dir := range packages {
		for _, text := range texts(t, dir) {
			for _, m := range keyLiteral.FindAllStringSubmatch(text, -1) {
				used[m[1]] = true
			}
		}
	}
	for key := range english {
		if !isUsed(used, key) {
			t.Errorf("nothing uses %q", key)
		}
	}
}

func covers(english map[string]map[string]string, key string) bool {
	if english[key] != nil {
		return true
	}
	for k := range english {
		if (strings.HasSuffix(key, ".") || strings.HasSuffix(key, ":")) && strings.HasPrefix(k, key) {
			return true
		}
	}
	return false
}

func isUsed(used map[string]bool, key string) bool {
	if used[key] || strings.HasPrefix(key, "status.") || strings.HasPrefix(key, "fault:") {
		return true // of errors, looked up by what they are
	}
	for u := range used {
		if strings.HasSuffix(u, ".") && strings.HasPrefix(key, u) {
			return true
		}
	}
	return false
}

// texts returns the files of a folder with texts or keys, without tests.
func texts(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	entries, err := fs.ReadDir(os.DirFS(dir), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if strings.HasSuffix(e.Name(), "_test.go") || ext != ".html" && ext != ".js" && ext != ".go" {
			continue
		}
		data, err := os.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(data)
	}
	return found
}

// TestTemplatesHaveNoTextOfTheirOwn looks for letters in templates outside
// of actions, of code, of names that are the same in every language
// (translate="no"), and of attributes that nobody reads.
func TestTemplatesHaveNoTextOfTheirOwn(t *testing.T) {
	t.Parallel()
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	for name, text := range texts(t, "../templates") {
		z := html.NewTokenizer(strings.NewReader(action.ReplaceAllString(text, "0")))
		code, names := 0, false
		for z.Next() != html.ErrorToken {
			token := z.Token()
			checkAttributes(t, name, token)
			if token.Type == html.StartTagToken {
				names = slices.Contains(token.Attr, html.Attribute{Key: "translate", Val: "no"})
			}
			switch {
			case token.Data == "code" || token.Data == "pre":
				code += map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[token.Type]
			case token.Type == html.TextToken && code == 0 && !names && hasLetters(token.Data):
				t.Errorf("%s: the text %q", name, strings.TrimSpace(token.Data))
			}
		}
	}
}

func checkAttributes(t *testing.T, name string, token html.Token) {
	t.Helper()
	for _, a := range token.Attr {
		switch a.Key {
		case "title", "alt", "placeholder", "aria-label", "aria-description", "data-copied":
			if hasLetters(a.Val) && a.Val != "URL" {
				t.Errorf("%s: %s=%q", name, a.Key, a.Val)
			}
		}
	}
}

func hasLetters(s string) bool { return regexp.MustCompile(`\p{L}`).MatchString(s) }

// TestScriptsHoldNoSentences looks for literals that read as words for people.
func TestScriptsHoldNoSentences(t *testing.T) {
	t.Parallel()
	comment := regexp.MustCompile(`(?m)^\s*//.*$|\s// .*$`)
	literal := regexp.MustCompile("'[^'\n]*'|\"[^\"\n]*\"|`[^`]*`")
	sentence := regexp.MustCompile(`^.(?:[A-Z]\w*|\w+ing|the|no) \w+`)
	for name, text := range texts(t, "../static") {
		for _, s := range literal.FindAllString(comment.ReplaceAllString(text, ""), -1) {
			if sentence.MatchString(s) {
				t.Errorf("%s: %s", name, s)
			}
		}
	}
}

func TestLanguageOfPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tests := []struct {
		name, accepts, cookie, want, title string
	}{
		{"a browser that asks for nothing", "", "", "en", "Share images and videos"},
		{"German of Austria", "de-AT,de;q=0.9,en;q=0.5", "", "de", "Bilder und Videos teilen"},
		{"the second choice", "pt-BR, fr;q=0.8, en;q=0.1", "", "fr", "Partager des images et des vidéos"},
		{"Chinese of China", "zh-CN", "", "zh", "分享图片和视频"},
		{"Japanese", "ja", "", "ja", "画像と動画を共有"},
		{"Spanish of Mexico", "es-MX", "", "es", "Comparte imágenes y vídeos"},
		{"none of them", "tlh", "", "en", "Share images and videos"},
		{"the choice of the visitor", "de", "language=es", "es", "Comparte imágenes y vídeos"},
		{"a choice that is none", "de", "language=%00../x", "de", "Bilder und Videos teilen"},
		{"nonsense", ";;q=,,=", "", "en", "Share images and videos"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.do("GET", "/", nil, "Accept-Language", test.accepts, "Cookie", test.cookie)
			if got := a.Header.Get("Content-Language"); got != test.want || !strings.Contains(a.body, `<html lang="`+test.want+`"`) {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
			if !strings.Contains(a.body, test.title) {
				t.Errorf("%s: the page does not say %q", test.name, test.title)
			}
			if a.Header.Get("Vary") != "Accept-Language, Cookie" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "private") {
				t.Errorf("%s: a cache may keep it for others: %v", test.name, a.Header)
			}
		})
	}
}

func TestPluralsAndPieces(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if a := s.do("GET", "/api-v1", nil); !strings.Contains(a.body, "<code>PT5M</code>") {
		t.Error("backticks do not become code")
	}
	a := s.do("GET", "/nothing", nil, "Accept-Language", "de")
	if a.StatusCode != http.StatusNotFound || !strings.Contains(a.body, "Diese Seite existiert nicht oder wurde entfernt.") {
		t.Errorf("an error page in German: %d %.3000s", a.StatusCode, a.body)
	}
	for path, want := range map[string]string{"/api/1/upload": "No key provided"} {
		if a := s.do("POST", path, nil, "Accept-Language", "de"); !strings.Contains(a.body, want) {
			t.Errorf("%s: the API does not stay English: %s", path, a.body)
		}
	}
}

// TestFaultsWithValues: errors with a limit or a value have messages, too.
func TestFaultsWithValues(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *settings) {
		s.Formats = []string{"jpeg", "gif"}
		s.Fetcher = fetch.New(fetch.Config{})
	})
	tests := []struct {
		name   string
		source part
		want   string
	}{
		{"a limit", part{"source", "a.jpg", string(input(t, "photo.jpg")) + strings.Repeat("x", 10_000_000)}, "Die Datei ist zu groß. Erlaubt sind höchstens 10 MB."},
		{"a format in parentheses", part{"source", "a.png", string(input(t, "one.png"))}, "Dateien dieses Typs sind auf diesem Server deaktiviert."},
		{"a scheme in backticks", part{"source", "", "ftp://example.org/a.jpg"}, "Die URL muss mit http:// oder https:// beginnen."},
		{"text that is no URL", part{"source", "", "example.org/a.jpg"}, "Gib eine gültige URL ein."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.submit([]part{{"key", "", s.key}, test.source}, "Accept-Language", "de")
			if a.StatusCode != http.StatusBadRequest || !strings.Contains(html.UnescapeString(a.body), test.want) {
				t.Errorf("%d, without %q:\n%s", a.StatusCode, test.want, a.body)
			}
		})
	}
}
