package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// comparesVisibility finds code that compares a moderation status, or the
// visibility of an album, or looks at who is kept from what.
var comparesVisibility = regexp.MustCompile(`[!=]= ?(media\.)?(Moderation(Approved|Pending|NSFW|Rejected)|Public|Hidden|Private)\b` +
	`|case (media\.)?(Moderation(Approved|Pending|NSFW|Rejected)|Public|Hidden|Private)\b` +
	`|\.(ModerationStatus|Visibility|Moderation) ?[!=]=|\.AccessKey\) ?[!=]=|\.(NSFW|PostNSFW|ModeratorNSFW) (&&|\|\|)` +
	`|moderation (=|<>|IN)|visibility (=|<>|IN)|status (<>|IN) |status = ['?(]`)

// mayCompare are the homes of the rule: Go, and fragments of SQL. The other
// lines parse a word, or say what marks an item.
var mayCompare = map[string][]string{
	"media/visibility.go":              nil,
	"records/visibility/visibility.go": nil,
	"records/community/album.go":       {"status = 'approved'"}, // the cover that everyone may see
	"records/items/item.go":            {"CASE WHEN moderation = 'approved' THEN '' ELSE moderation END"},
	"records/items/count.go":           {"q.NoAlbum || q.Ending ||"}, // that an owner asks for
	"records/items/list.go":            {`restrict(l.Visibility != "", visibility.OfItem+" = ?", l.Visibility)`, "visibility = CASE WHEN ` + visibility.OfItem + ` = ?11 THEN visibility ELSE ?11 END"},
	"records/items/moderation.go": { // what waits, and verdicts
		"moderation = 'pending'", "SET moderation = ?", "AND moderation <> 'rejected' AND ` + visibility.Present",
	},
	"records/items/oversight.go": {`restrict(q.Status != "", "status = ?", q.Status)`}, // that an admin asks for
	"records/community/post.go":  {"AND status IN (texts_of(statuses))", "visibility = coalesce(?, visibility)"},
	"records/items/selection.go": {"SET moderation = ?", "if change.Visibility == nil {", "AND moderation = ?4"},
	"records/accounts/user.go":   {"default_visibility = ?"},
	"media/verdict.go":           {"case ModerationApproved, ModerationPending, ModerationNSFW, ModerationRejected:"},
	"command/admin/moderate.go":  {"case it.Moderation() == verdict:"},

	"media/metadata/jpeg.go":    {"s.mode == Private"}, // another thing of the name
	"handlers/imgpile/posts.go": {"change.Visibility != nil"},

	// What an owner asks for, or said before.
	"handlers/web/gallery_filter.go": {`q.Visibility == "" && !q.Ending`, `if f.Visibility != "" {`},
	"handlers/web/undo.go":           {`name == "album" && it.AlbumID == 0 && it.Visibility == media.Public`},

	// Verdicts and visibilities of elsewhere are read as ours.
	"media/moderation/moderation.go": {"verdict != media.ModerationPending", "v.Verdict == media.ModerationPending"},
	"importer/exports.go":            {"a.Visibility == media.Public || a.Visibility == media.Private", `a.Description != "" || a.NSFW || len(a.Tags) > 0`},
	"importer/movein/chevereto.go":   {"p.Visibility == media.Public"},
	"archive/line.go":                {`case l.Moderation != ""`},
}

// TestVisibilityHasOneHome holds that nothing else decides who sees what.
func TestVisibilityHasOneHome(t *testing.T) {
	for _, root := range []string{"media", "records", "sqlite", "postgres", "handlers", "importer", "archive", "command", "server", "setup", "doctor", "."} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && root == "." && path != "." {
				if d != nil && d.IsDir() {
					return fs.SkipDir
				}
				return err
			}
			if path == filepath.Join("media", "mediatest") { // tests of the rule in every database
				return fs.SkipDir
			}
			if !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				return findComparisons(t, filepath.ToSlash(path))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func findComparisons(t *testing.T, path string) error {
	allowed, home := mayCompare[path]
	if home && allowed == nil {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
lines:
	for line := range strings.Lines(string(text)) {
		if !comparesVisibility.MatchString(line) || strings.HasPrefix(strings.TrimSpace(line), "//") {
			continue
		}
		for _, known := range allowed {
			if strings.Contains(line, known) {
				continue lines
			}
		}
		t.Errorf("%s decides who sees what: %s", path, strings.TrimSpace(line))
	}
	return nil
}
