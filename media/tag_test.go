package media_test

import (
	"strings"
	"testing"

	"postern/media"
)

func TestValidTag(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"sea", "a&b", "C++", "é", "e\u0301", "日本", "می\u200cخواهم", "👩\u200d🚀", "❤\ufe0f", "🎉", "00", strings.Repeat("ж", 32)} {
		if !media.ValidTag(tag) {
			t.Errorf("%+q is refused", tag)
		}
	}
	for _, tag := range []string{
		"", "0", " ", "!?", "a,b", "a/b", "#a", strings.Repeat("t", 33), "\u202e", "a\u202eb", "\u200b", "sea\u200b", "\u00ad", "\u2060", "\ufeff",
		"\u3164", "\u115f", "\u2800", "\u200d", "\ufe0f", "\u0301", "\x00", "a\x7f", "\U000e0041", "\ue000",
	} {
		if media.ValidTag(tag) {
			t.Errorf("%+q is a tag", tag)
		}
	}
}
