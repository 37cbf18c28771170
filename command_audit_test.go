package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestCommandsThatChangeThingsAreInTheAuditLog(t *testing.T) {
	dir := t.TempDir()
	done := func(args ...string) string {
		t.Helper()
		got := cli(t, dir, args...)
		if got.status != 0 {
			t.Fatalf("%v: status %d, %s", args, got.status, got.stderr)
		}
		return got.stdout
	}
	done("user", "add", "ann", "--admin")
	done("user", "add", "bob")
	done("user", "list")
	done("user", "role", "bob", "moderator")
	key := strings.TrimSpace(done("key", "add", "--user", "bob", "--scope", "read"))
	done("key", "add", "--user", "bob", "--value", "a-secret-of-bob")
	link := strings.TrimSpace(done("user", "invite", "--uses", "3"))
	if got := cli(t, dir, "user", "rename", "nobody", "x"); got.status == 0 {
		t.Error("nobody was renamed")
	}
	done("user", "disable", "bob", "--hide-files")
	if list := done("user", "list"); !strings.Contains(list, "disabled, files hidden") {
		t.Errorf("the list of users:\n%s", list)
	}
	var invited []struct {
		ID, Uses int64
		Role     string
	}
	invitations := func() int {
		t.Helper()
		if err := json.Unmarshal([]byte(done("user", "invitations", "--json")), &invited); err != nil {
			t.Fatal(err)
		}
		return len(invited)
	}
	if n := invitations(); n != 1 || invited[0].ID != 1 || invited[0].Uses != 3 || invited[0].Role != "user" {
		t.Errorf("invitations: %+v", invited)
	}
	done("user", "uninvite", "1")
	if n := invitations(); n != 0 {
		t.Errorf("an ended invitation is listed: %+v", invited)
	}
	done("category", "add", "Sea")
	text := done("audit", "--json")
	var rows []struct {
		At                          time.Time
		By, Action, Subject, Detail string
		Shell                       bool
	}
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		if !r.Shell || r.By != "shell" || r.At.IsZero() {
			t.Errorf("entry %+v", r)
		}
		got = append(got, strings.Join(strings.Fields(r.Action+" "+r.Subject+" "+r.Detail), " "))
	}
	want := []string{
		"category.add Sea", "user.uninvite 1", "user.disable bob --hide-files", "user.invite --uses 3", "key.add bob", "key.add bob --scope read",
		"user.role bob moderator", "user.add bob", "user.add ann --admin",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, secret := range []string{"a-secret-of-bob", key, link[strings.LastIndex(link, "/")+1:]} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has the secret %s", secret)
		}
	}
	if table := done("audit", "--on", "bob", "--kind", "user", "--limit", "1"); strings.Count(table, "\n") != 2 || !strings.Contains(table, "user.disable") {
		t.Errorf("the latest entry on bob: %s", table)
	}
}

func TestItemsAlbumsAndCategoriesOfAUser(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"user", "add", "ann"}, {"user", "add", "bob"}, {"category", "add", "Sea"}, {"album", "add", "--user", "ann", "Summer"}} {
		if got := cli(t, dir, args...); got.status != 0 {
			t.Fatalf("%v: %s", args, got.stderr)
		}
	}
	for list, want := range map[string]int{
		"album list --json": 1, "album list --user ann --json": 1, "album list --user bob --json": 0, "category list --json": 1,
		"category list --user ann --json": 0, "item list --json": 0, "item list --user bob --json": 0, "key list --user bob --json": 0,
	} {
		var rows []map[string]any
		got := cli(t, dir, strings.Fields(list)...)
		if err := json.Unmarshal([]byte(got.stdout), &rows); err != nil || len(rows) != want {
			t.Errorf("%s: %v, got %d rows, want %d: %s", list, err, len(rows), want, got.stderr)
		}
	}
	for _, args := range []string{"item show none", "item delete none", "item expire none", "item list --user nobody"} {
		if got := cli(t, dir, strings.Fields(args)...); got.status == 0 || !strings.Contains(got.stderr, "there is no") {
			t.Errorf("%s: status %d, %s", args, got.status, got.stderr)
		}
	}
}

// TestItemsAreFoundAndChangedByCommand finds an item by all that a list asks for, and gives it
// away, lets it end and deletes it.
func TestItemsAreFoundAndChangedByCommand(t *testing.T) {
	dir, files := newData(t, "ann", "bob"), t.TempDir()
	write(t, files, "sea.jpg", photo(t, 1))
	if got := cli(t, dir, "import", "folder", files, "--user", "ann"); got.status != 0 {
		t.Fatal(got)
	}
	list := func(args ...string) (ids []string) {
		t.Helper()
		var rows []struct{ ID string }
		got := cli(t, dir, append([]string{"item", "list", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(got.stdout), &rows); err != nil {
			t.Fatalf("%v: %v, %+v", args, err, got)
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return ids
	}
	id := strings.Join(list(), " ")
	for args, want := range map[string]string{
		"--user ann": id, "--user bob": "", "--type image/jpeg": id, "--type IMAGE/JPEG": id, "--type image/png": "", "--since 2001-01-01": id, "--since 2999-01-01": "",
		"--address " + strings.Repeat("0", 32): "",
	} {
		if got := strings.Join(list(strings.Fields(args)...), " "); got != want {
			t.Errorf("%s: got %q, want %q", args, got, want)
		}
	}
	for _, step := range []struct{ args, says string }{
		{"item show " + id, "user      ann\n"}, {"item move " + id + " bob", ""}, {"item show " + id, "user      bob\n"},
		{"item expire " + id + " --after P7D", ""}, {"item delete " + id, ""}, {"item list", "ID  USER"},
	} {
		if got := cli(t, dir, strings.Fields(step.args)...); got.status != 0 || !strings.Contains(got.stdout, step.says) {
			t.Errorf("%s: %+v, want %q", step.args, got, step.says)
		}
	}
	if got := list(); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	for args, want := range map[string]string{"item list --since soon": "no day", "item list --type bogus": "no type", "item list --address xx": "no digest", "audit --limit -5": "1 or more", "item move " + id + " bob": "there is no item", "item move x nobody": "there is no item"} {
		if got := cli(t, dir, strings.Fields(args)...); got.status == 0 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v, want %q", args, got, want)
		}
	}
}

// TestStats counts what was imported, of one who waits for nothing.
func TestStats(t *testing.T) {
	dir, files := newData(t, "ann", "bob"), t.TempDir()
	write(t, files, "sea.jpg", photo(t, 1))
	if got := cli(t, dir, "import", "folder", files, "--user", "ann"); got.status != 0 {
		t.Fatal(got)
	}
	var s struct {
		Images, Videos, Bytes, Users int64
		PendingItems                 int64  `json:"pending_items"`
		DiskSize                     *int64 `json:"disk_size"`
		Days                         []struct{ Day string }
	}
	if got := cli(t, dir, "stats", "--days", "30", "--json"); json.Unmarshal([]byte(got.stdout), &s) != nil {
		t.Fatal(got)
	}
	if s.Images != 1 || s.Videos != 0 || s.Bytes == 0 || s.Users != 2 || s.PendingItems != 0 || len(s.Days) != 30 || s.DiskSize == nil {
		t.Errorf("%+v", s)
	}
	if s.Days[0].Day <= s.Days[1].Day {
		t.Errorf("the days begin with %s", s.Days[0].Day)
	}
	got := cli(t, dir, "stats")
	if !strings.Contains(got.stdout, "images         1\n") || strings.Count(got.stdout, "\n") != 9+2+7 {
		t.Errorf("%s", got.stdout)
	}
}

// TestAPasswordComesFromStandardInput sets one as a script does, and one that is too short.
func TestAPasswordComesFromStandardInput(t *testing.T) {
	dir := newData(t, "ann")
	if got := cliAnswering(t, dir, "correct horse\n", "user", "password", "ann", "--password-file", "-"); got.status != 0 || got.stdout != "" {
		t.Errorf("%+v", got)
	}
	if got := cliAnswering(t, dir, "short\n", "user", "add", "bob", "--password-file", "-"); got.status == 0 || !strings.Contains(got.stderr, "--password-file: ") {
		t.Errorf("%+v", got)
	}
}
