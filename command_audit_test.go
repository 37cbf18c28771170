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
	done("user", "disable", "bob")
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
		"category.add Sea", "user.disable bob", "user.invite --uses 3", "key.add bob", "key.add bob --scope read",
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
