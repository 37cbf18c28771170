package media_test

import (
	"testing"
	"time"

	"postern/media"
)

// Links that outlive a decision are for what needs none.
func TestOnlyWhatEverybodyMayReadForGoodIsLasting(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	album := func(v media.Visibility) *media.Album { return &media.Album{ID: 1, Visibility: v} }
	tests := []struct {
		name  string
		item  media.Item
		album *media.Album
		want  bool
	}{
		{"an item", media.Item{}, nil, true},
		{"an adult one", media.Item{NSFW: true}, nil, true},
		{"one that ends in an hour", media.Item{ExpiresAt: now.Add(time.Hour)}, nil, false},
		{"one that has ended", media.Item{ExpiresAt: now}, nil, false},
		{"a pending one", media.Item{ModerationStatus: media.ModerationPending}, nil, false},
		{"a rejected one", media.Item{ModerationStatus: media.ModerationRejected}, nil, false},
		{"one in the trash", media.Item{PurgeAt: now.Add(time.Hour)}, nil, false},
		{"one of a public album", media.Item{}, album(media.Public), true},
		{"one of a hidden album", media.Item{}, album(media.Hidden), true},
		{"one of a private album", media.Item{}, album(media.Private), false},
	}
	for _, hide := range []bool{false, true} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				if got := (media.Rule{HidePending: hide, Now: now}).Lasting(&test.item, test.album); got != test.want {
					t.Errorf("%s: %t, want %t", test.name, got, test.want)
				}
			})
		}
	}
}
