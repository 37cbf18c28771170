package galleries

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var dayClauses = []contract.Clause{
	{Name: "lists of many days have every page and their whole length", Run: listsOfManyDays},
}

// listsOfManyDays has one item a day, some of which have ended.
func listsOfManyDays(t *testing.T, db contract.Records) {
	const days = 130
	ann := contract.InsertUser(t, db, "ann")
	var newestFirst []media.Item
	for i := days - 1; i >= 0; i-- {
		it := contract.Owned(fmt.Sprintf("%07d", i), ann.ID)
		it.Tags, it.Visibility = []string{"cat"}, media.Public
		it.CreatedAt = contract.Noon.AddDate(0, 0, -i)
		if i%7 == 3 {
			it.ExpiresAt = contract.Noon
		}
		contract.WantError(t, "InsertItem", db.InsertItem(t.Context(), &it, media.UploadLimits{}), nil)
		newestFirst = append([]media.Item{it}, newestFirst...)
	}
	midnight := contract.Noon.Truncate(24 * time.Hour)
	for _, q := range []media.ListQuery{
		{}, {UserID: ann.ID}, {Tag: "cat"}, {UserID: ann.ID, Tag: "cat"}, {Until: newestFirst[5].Number}, {Until: newestFirst[70].Number},
		{Since: midnight.AddDate(0, 0, -100)}, {Since: midnight.AddDate(0, 0, -100).Add(18 * time.Hour)},
	} {
		var want []string
		for _, it := range newestFirst {
			if it.ExpiresAt.IsZero() && (q.Until == 0 || it.Number <= q.Until) && !it.CreatedAt.Before(q.Since) {
				want = append(want, it.ID)
			}
		}
		q.Now, q.Limit = contract.Noon, 10
		for q.Offset = range len(want) + 2 {
			list, err := db.ListItems(t.Context(), q)
			if err != nil {
				t.Fatalf("%+v: %v", q, err)
			}
			page := want[min(q.Offset, len(want)):min(q.Offset+q.Limit, len(want))]
			if got := contract.IDs(list.Some); list.Total != len(want) || !slices.Equal(got, page) {
				t.Fatalf("%+v: got %v of %d, want %v of %d", q, got, list.Total, page, len(want))
			}
		}
	}
}
