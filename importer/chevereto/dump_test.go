package chevereto_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"postern/importer/chevereto"
	"postern/importer/chevereto/cheveretotest"
)

// everything reads all of an installation, a line a record.
func everything(t *testing.T, in *chevereto.Installation) []string {
	t.Helper()
	ctx := context.Background()
	lines := []string{fmt.Sprintf("%s %q %+v next %d %d", in.Version, in.Installed, in.Settings, in.NextNumber("images"), in.NextNumber("albums"))}
	note := func(v any) error { lines = append(lines, fmt.Sprintf("%T %+v", v, v)); return nil }
	err := errors.Join(
		in.Users(ctx, func(v chevereto.User) error { return note(v) }),
		in.Passwords(ctx, func(v chevereto.Password) error { return note(v) }),
		in.Keys(ctx, func(v chevereto.Key) error { return note(v) }),
		in.Albums(ctx, func(v chevereto.Album) error { return note(v) }),
		in.Categories(ctx, func(v chevereto.Category) error { return note(v) }),
		in.Tags(ctx, func(v chevereto.Tag) error { return note(v) }),
		in.Taggings(ctx, func(v chevereto.Tagging) error { return note(v) }),
		in.Images(ctx, func(v chevereto.Image) error { return note(v) }),
		in.DeleteHashes(ctx, func(v chevereto.DeleteHash) error { return note(v) }),
		in.Likes(ctx, func(v chevereto.Like) error { return note(v) }),
		in.Follows(ctx, func(v chevereto.Follow) error { return note(v) }),
		in.Deletions(ctx, func(v chevereto.Deletion) error { return note(v) }),
		in.Redirects(ctx, func(v chevereto.Redirect) error { return note(v) }),
		in.Storages(ctx, func(v chevereto.Storage) error { return note(v) }),
		in.IPBans(ctx, func(v chevereto.IPBan) error { return note(v) }),
	)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

var versions = map[string]chevereto.Version{"3": chevereto.Version3, "4.0": chevereto.Version40, "4.2": chevereto.Version42, "upgraded": chevereto.Version42}

func TestDumpsOfAllShapesSayTheSame(t *testing.T) {
	for version, family := range versions {
		t.Run(version, func(t *testing.T) {
			site := cheveretotest.New(version)
			var first []string
			for _, shape := range cheveretotest.Shapes {
				dump := site.Dump(shape)
				for _, zipped := range []bool{false, true} {
					if zipped {
						var b bytes.Buffer
						w := gzip.NewWriter(&b)
						w.Write(dump)
						w.Close()
						dump = b.Bytes()
					}
					in := open(t, writeDump(t, dump), chevereto.Options{})
					if in.Version != family {
						t.Errorf("%s: version %s, want %s", shape, in.Version, family)
					}
					lines := everything(t, in)
					if first == nil {
						first = lines
						rows := 1
						for _, name := range []string{"users", "login_passwords", "api_keys", "albums", "categories", "tags", "tags_files", "images", "images_hash", "likes", "follows", "deletions", "redirects", "storages", "ip_bans"} {
							if table := site.Table(name); table != nil {
								rows += len(table.Rows)
							}
						}
						if site.Table("logins") != nil {
							rows += 5
						}
						if len(lines) != rows {
							t.Fatalf("%d records, want %d:\n%s", len(lines), rows, join(lines))
						}
					}
					for i := range min(len(lines), len(first)) {
						if lines[i] != first[i] {
							t.Fatalf("%s, zipped %t:\n got %s\nwant %s", shape, zipped, lines[i], first[i])
						}
					}
					if len(lines) != len(first) {
						t.Errorf("%s, zipped %t: %d records, want %d", shape, zipped, len(lines), len(first))
					}
				}
			}
		})
	}
}

func TestRecordsKeepWhatTheySay(t *testing.T) {
	in := open(t, writeDump(t, cheveretotest.New("upgraded").Dump(cheveretotest.MariaDB)), chevereto.Options{})
	if s := in.Settings; s.Salt != cheveretotest.Salt || s.Padding != cheveretotest.Padding || s.RouteImage != "bild" || s.RootRoute != "user" || s.GuestKey != cheveretotest.GuestKey {
		t.Errorf("settings %+v: variables must win over old copies", s)
	}
	if n := in.NextNumber("images"); n != 40 {
		t.Errorf("next image is %d, want 40", n)
	}
	images := make(map[int64]chevereto.Image)
	err := in.Images(context.Background(), func(m chevereto.Image) error { images[m.Number] = m; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[int64]string{
		1:  "2024/11/20/photo1.jpg 2024/11/20/photo1.th.jpg 2024/11/20/photo1.md.jpg true",
		2:  "2024/11/21/photo1.jpg 2024/11/21/photo1.th.jpg 2024/11/21/photo1.md.jpg true",
		3:  "2024/05/01/Twin.png 2024/05/01/Twin.th.png 2024/05/01/Twin.md.png true",
		5:  "old/a.jpg.jpg old/a.jpg.th.jpg old/a.jpg.md.jpg true",
		6:  "-1.png -1.th.png -1.md.png true",
		21: "   false",
		22: "   false",
	} {
		m := images[number]
		files, ok := m.Files()
		if got := fmt.Sprint(files.Original, " ", files.Thumb, " ", files.Medium, " ", ok); got != want {
			t.Errorf("files of image %d: %s, want %s", number, got, want)
		}
	}
	if m := images[7]; m.Description != "Zeile\nmit <script>" {
		t.Errorf("description %q", m.Description)
	}
	if m := images[12]; m.Approved || !images[1].Approved {
		t.Errorf("image 12 is approved, or image 1 is not")
	}
	if m := images[21]; len(m.Faults) == 0 || !m.CreatedAt.IsZero() {
		t.Errorf("an impossible date: %v, faults %q", m.CreatedAt, m.Faults)
	}
	if m := images[1]; len(m.Faults) != 0 {
		t.Errorf("faults of a plain image: %q", m.Faults)
	}
}

func TestPrefixIsFoundOrNamed(t *testing.T) {
	one, two := cheveretotest.New("4.2"), cheveretotest.New("3")
	both := append(one.Dump(cheveretotest.MariaDB), two.Dump(cheveretotest.OneLine)...)
	d, err := chevereto.OpenDump(context.Background(), writeDump(t, both))
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]string{"": "several installations", "chv_": "", "my_site_": "", "other_": `no tables of Chevereto begin with "other_"`} {
		in, err := chevereto.Open(context.Background(), d, chevereto.Options{Prefix: prefix})
		if want == "" && (err != nil || in.Prefix != prefix) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("prefix %q: %v, want %q", prefix, err, want)
		}
	}
}

func TestDumpsThatAreNone(t *testing.T) {
	whole := cheveretotest.New("4.2").Dump(cheveretotest.MariaDB)
	cut := whole[:bytes.Index(whole, []byte("photo1"))+3]
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(whole)
	w.Close()
	for _, tt := range []struct {
		name string
		dump []byte
		want string
	}{
		{"an empty file", nil, "not a dump"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n;;;"), "not a dump"},
		{"one that was cut off", cut, "cut off"},
		{"a gzipped one that was cut off", zipped.Bytes()[:zipped.Len()/2], "cut off"},
		{"a value that is none", []byte("CREATE TABLE a (b int);\nINSERT INTO a VALUES (1 2);"), ""},
		{"another program's tables", []byte("CREATE TABLE `wp_settings` (`a` int);"), "no tables of Chevereto"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := chevereto.OpenDump(context.Background(), writeDump(t, tt.dump))
			if err == nil {
				_, err = chevereto.Open(context.Background(), d, chevereto.Options{})
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestOddValues(t *testing.T) {
	dump := "CREATE TABLE `x` (`a` text, b text, `c` text);\n" +
		"INSERT IGNORE INTO `db`.`x` VALUES (x'4142', b'101', N'n'), (TRUE, -5, 1.5e3), ('it''s', \"a\"\"b\", 'back\\%slash\\q'),\n" +
		"(/* none */ NULL, DEFAULT, now()), ('few', 'values') ON DUPLICATE KEY UPDATE a = ';(';\n" +
		"INSERT INTO x (c, a) VALUES ('third', 'first');"
	d, err := chevereto.OpenDump(context.Background(), writeDump(t, []byte(dump)))
	if err != nil {
		t.Fatal(err)
	}
	tables, err := d.Tables(context.Background())
	if err != nil || len(tables) != 1 || !slices.Equal(tables[0].Columns, []string{"a", "b", "c"}) {
		t.Fatalf("tables %v, %v", tables, err)
	}
	var got []string
	err = d.Rows(context.Background(), tables[0], func(r chevereto.Row) error {
		got = append(got, fmt.Sprintf("%s|%s|%s|%d", r.String("a"), r.String("b"), r.String("c"), len(r.Problems())))
		return nil
	})
	want := []string{"AB|5|n|0", "1|-5|1.5e3|0", `it's|a"b|back\%slashq|0`, "|||1", "|||1", "first||third|0"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("rows %q, %v, want %q", got, err, want)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	dump := "CREATE TABLE x (a text, b text);\nINSERT INTO x VALUES ('" + strings.Repeat("long", 1<<20) + "', 'after');"
	d, err := chevereto.OpenDump(context.Background(), writeDump(t, []byte(dump)))
	if err != nil {
		t.Fatal(err)
	}
	tables, _ := d.Tables(context.Background())
	err = d.Rows(context.Background(), tables[0], func(r chevereto.Row) error {
		if n := len(r.String("a")); n != 1<<20 || r.String("b") != "after" || len(r.Problems()) == 0 {
			t.Errorf("%d bytes, then %q, problems %q", n, r.String("b"), r.Problems())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRowsEndWithTheirCaller(t *testing.T) {
	d, err := chevereto.OpenDump(context.Background(), writeDump(t, cheveretotest.New("4.2").Dump(cheveretotest.MariaDB)))
	if err != nil {
		t.Fatal(err)
	}
	in, err := chevereto.Open(context.Background(), d, chevereto.Options{})
	if err != nil {
		t.Fatal(err)
	}
	enough, seen := errors.New("enough"), 0
	err = in.Images(context.Background(), func(chevereto.Image) error { seen++; return enough })
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("%v after %d rows, want the caller's own error after one", err, seen)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := in.Images(ctx, func(chevereto.Image) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func FuzzDump(f *testing.F) {
	for version := range versions {
		f.Add(cheveretotest.New(version).Dump(cheveretotest.OneLine)[:700])
	}
	f.Add([]byte("INSERT INTO `a` (`b`) VALUES (_binary 'x'),(0x41);DELIMITER ;;\nCREATE TABLE a (b int) AUTO_INCREMENT=7;;"))
	f.Fuzz(func(t *testing.T, dump []byte) {
		d, err := chevereto.OpenDump(context.Background(), writeDump(t, dump))
		if err != nil {
			return
		}
		tables, _ := d.Tables(context.Background())
		for _, table := range tables {
			d.Rows(context.Background(), table, func(r chevereto.Row) error {
				for _, c := range table.Columns {
					if s := r.String(c); len(s) > 4<<20 {
						t.Errorf("a value of %d bytes", len(s))
					}
					r.Int(c)
					r.Time(c)
				}
				return nil
			})
		}
	})
}
