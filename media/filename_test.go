package media

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// What Chevereto 4.2.0 made of these names. "#" stands for 32 random characters.
func TestStoredNameOriginal(t *testing.T) {
	tests := []struct{ client, mime, name, extension, title string }{
		{"simple.jpg", "image/jpeg", "simple", "jpg", "simple"},
		{"two  spaces - dash.jpg", "image/jpeg", "two-spaces---dash", "jpg", "two spaces dash"},
		{"ünïcödé.jpg", "image/jpeg", "unicode", "jpg", "ünïcödé"},
		{"Ünïcödé straße.jpg", "image/jpeg", "Unicode-strase", "jpg", "Ünïcödé straße"},
		{"ÆØÅ.jpg", "image/jpeg", "AOA", "jpg", "ÆØÅ"},
		{"ß œ ø.jpg", "image/jpeg", "s-o-o", "jpg", "ß œ ø"},
		{"ñandú 1.png", "image/png", "nandu-1", "png", "ñandú 1"},
		{"Łódź.jpg", "image/jpeg", "Lodz", "jpg", "Łódź"},
		{"Привет мир.jpg", "image/jpeg", "PRIVET-MIR", "jpg", "Привет мир"},
		{"Ελληνικά.jpg", "image/jpeg", "Ellinika", "jpg", "Ελληνικά"},
		{"日本.jpg", "image/jpeg", "#", "jpg", "日本"},
		{"العربية.jpg", "image/jpeg", "#", "jpg", "العربية"},
		{"한국어.jpg", "image/jpeg", "#", "jpg", "한국어"},
		{"emoji😀.jpg", "image/jpeg", "emoji", "jpg", "emoji😀"},
		{"dots.in.name.jpg", "image/jpeg", "dots.in.name", "jpg", "dots.in.name"},
		{"..jpg", "image/jpeg", "#", "jpg", "."},
		{"jpg", "image/jpeg", "jpg", "jpeg", "jpg"},
		{"../../etc/passwd.jpg", "image/jpeg", "passwd", "jpg", "passwd"},
		{`..\..\win.jpg`, "image/jpeg", "win", "jpg", "win"},
		{"/abs/path.jpg", "image/jpeg", "path", "jpg", "path"},
		{"perc%20ent.jpg", "image/jpeg", "perc20ent", "jpg", "perc%20ent"},
		{"tag<b>.jpg", "image/jpeg", "tagb", "jpg", "tag<b>"},
		{"name.th.jpg", "image/jpeg", "name", "jpg", "name.th"},
		{"name.md.jpg", "image/jpeg", "name", "jpg", "name.md"},
		{"name.fr.jpg", "image/jpeg", "name.fr", "jpg", "name.fr"},
		{"name.original.jpg", "image/jpeg", "name", "jpg", "name.original"},
		{"a.jpg.jpg", "image/jpeg", "a", "jpg", "a.jpg"},
		{"name.php.jpg", "image/jpeg", "name.php", "jpg", "name.php"},
		{"name.jpg.php", "image/jpeg", "name.jpg", "jpeg", "name.jpg"},
		{"name.htaccess", "image/jpeg", "name", "jpeg", "name"},
		{".htaccess", "image/jpeg", "#", "jpeg", ""},
		{"under_score-dash.jpg", "image/jpeg", "under_score-dash", "jpg", "under score dash"},
		{"---.jpg", "image/jpeg", "#", "jpg", " "},
		{"UPPER.jPeG", "image/jpeg", "UPPER", "jpeg", "UPPER"},
		{"UPPER.JPG", "image/jpeg", "UPPER", "jpg", "UPPER"},
		{"trailing. .jpg", "image/jpeg", "trailing.", "jpg", "trailing."},
		{"null\x00byte.jpg", "image/jpeg", "null", "jpeg", "null"},
		{"100%.jpg", "image/jpeg", "100", "jpg", "100%"},
		{"a+b=c.jpg", "image/jpeg", "abc", "jpg", "a+b=c"},
		{"a!@#$%^&*()b.jpg", "image/jpeg", "ab", "jpg", "a!@#$%^&*()b"},
		{"()[]{}.jpg", "image/jpeg", "#", "jpg", "()[]{}"},
		{"-lead.jpg", "image/jpeg", "lead", "jpg", " lead"},
		{"~tilde.jpg", "image/jpeg", "tilde", "jpg", "~tilde"},
		{"noext.", "image/jpeg", "noext", "jpeg", "noext"},
		{"name.png", "image/jpeg", "name", "jpeg", "name"},
		{"film.mp4", "video/mp4", "film", "mp4", "film"},
		{"é.jpg", "image/jpeg", "e", "jpg", "é"},
		{"é.jpg", "image/jpeg", "e", "jpg", "é"},
		{"!.hidden.jpg", "image/jpeg", "hidden", "jpg", "!.hidden"},
	}
	random := regexp.MustCompile(`^[0-9a-f]{32}$`)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := ClientFilename(test.client)
			extension := ExtensionFor(test.mime, client)
			if extension != test.extension {
				t.Errorf("%q: extension %q, want %q", test.client, extension, test.extension)
			}
			got := NamingOriginal.StoredName(client, extension, "", 0)
			if test.name == "#" && !random.MatchString(got) || test.name != "#" && got != test.name {
				t.Errorf("%q: stored name %q, want %q", test.client, got, test.name)
			}
			if got := TitleFromName(client); got != test.title {
				t.Errorf("%q: title %q, want %q", test.client, got, test.title)
			}
		})
	}
}

func TestLongNamesAreCut(t *testing.T) {
	long := strings.Repeat("x", 250) + ".jpg"
	tests := []struct {
		naming  Naming
		attempt int
		want    string
	}{
		{NamingOriginal, 0, `^x{200}$`},
		{NamingOriginal, 1, `^x{184}[0-9a-f]{16}$`},
		{NamingMixed, 0, `^x{184}[0-9a-f]{16}$`},
		{NamingRandom, 0, `^[0-9a-f]{32}$`},
		{NamingRandom, 1, `^[0-9a-f]{32}$`},
		{NamingID, 0, `^aB3dE9z$`},
		{NamingID, 1, `^aB3dE9z[0-9a-f]{16}$`},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			got := test.naming.StoredName(long, "jpg", "aB3dE9z", test.attempt)
			if !regexp.MustCompile(test.want).MatchString(got) {
				t.Errorf("%s, attempt %d: %q, want %s", test.naming, test.attempt, got, test.want)
			}
		})
	}
}

func TestTitlesKeepDates(t *testing.T) {
	for name, want := range map[string]string{
		"Screenshot 2026-11-21 at 14.01.png": "Screenshot 2026-11-21 at 14.01", "IMG_20261121_140102.jpg": "IMG 20261121_140102",
		"2026-11-21.jpg": "2026-11-21", "a-1-b_2.png": "a 1 b 2", "1--2.png": "1 2", "1 - 2.png": "1 2", "-1-.png": " 1 ",
	} {
		if got := TitleFromName(name); got != want {
			t.Errorf("TitleFromName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestTitlesAreCutToHundredCharacters(t *testing.T) {
	if got := TitleFromName(strings.Repeat("é", 120) + ".jpg"); utf8.RuneCountInString(got) != 100 {
		t.Errorf("title has %d characters, want 100", utf8.RuneCountInString(got))
	}
}

func TestNewIDIsSevenLettersAndDigits(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		id := NewID()
		if !ValidID(id) || !regexp.MustCompile(`^[0-9A-Za-z]{7}$`).MatchString(id) || seen[id] {
			t.Fatalf("NewID() = %q", id)
		}
		seen[id] = true
	}
}

func FuzzStoredName(f *testing.F) {
	for _, s := range []string{"photo.jpg", "../../x", ".htaccess", "a\x00b", "ünï", "日本.png", "!.x"} {
		f.Add(s)
	}
	safe := regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*$`)
	f.Fuzz(func(t *testing.T, s string) {
		name := NamingOriginal.StoredName(ClientFilename(s), "jpeg", "", 0)
		if !safe.MatchString(name) || len(name) > maxName {
			t.Errorf("%q is stored as %q", s, name)
		}
	})
}

func TestExtensionsFollowMIMETypes(t *testing.T) {
	for _, test := range []struct{ mime, like, want string }{
		{"image/jpeg", "a.jpg", "jpg"},
		{"image/jpeg", "a.JPEG", "jpeg"},
		{"image/jpeg", "a.png", "jpeg"},
		{"image/jpeg", "ajpg", "jpeg"},
		{"image/webp", "a.jpg", "webp"},
		{"image/heic", "a.heif", "heif"},
		{"image/heic", "", "heic"},
		{"video/quicktime", "a.mp4", "mov"},
		{"video/webm", "a.webp", "webm"},
	} {
		t.Run(test.mime+" like "+test.like, func(t *testing.T) {
			if got := ExtensionFor(test.mime, test.like); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
