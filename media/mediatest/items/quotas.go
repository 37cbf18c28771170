package items

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var quotaClauses = []contract.Clause{
	{Name: "usage follows items, their files and their owner", Run: usageFollows},
	{Name: "a quota is used up to the last byte and no further", Run: quotaOfBytes},
	{Name: "of many who insert at once no more get in than may", Run: quotaAtOnce},
	{Name: "a day's uploads count also when they are deleted", Run: dailyCountsDeleted},
	{Name: "guests are counted by their address", Run: dailyOfGuests},
	{Name: "a refused item leaves nothing", Run: refusedLeavesNothing},
	{Name: "banned bytes are refused as sent and as stored", Run: bannedIsRefused},
	{Name: "SHA-256 is asked for only when it bans something", Run: sha256OnlyWhenUsed},
}

func usage(t *testing.T, db contract.Records, user int64, uploader string) media.Usage {
	t.Helper()
	u, err := db.Usage(t.Context(), user, uploader, contract.Noon)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func usageFollows(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	contract.WantEqual(t, "usage at first", usage(t, db, ann.ID, ""), media.Usage{})
	items := contract.Insert(t, db, contract.Owned("aaaaaaa", ann.ID), contract.Owned("bbbbbbb", ann.ID), contract.Owned("ccccccc", bob.ID), contract.Picture("ddddddd"))
	contract.WantEqual(t, "usage of two items", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1980, Items: 2})

	smaller := items[0].Thumb
	smaller.Size = 40
	if err := db.UpdateFile(t.Context(), items[0].Number, media.RoleThumb, smaller); err != nil {
		t.Fatal(err)
	}
	contract.WantEqual(t, "usage with a smaller thumb", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1930, Items: 2})

	contract.BeginDelete(t, db, "aaaaaaa")
	contract.WantEqual(t, "usage while one is being deleted", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1930, Items: 2})
	if err := db.FinishDelete(t.Context(), items[0].Number); err != nil {
		t.Fatal(err)
	}
	contract.WantEqual(t, "usage afterwards", usage(t, db, ann.ID, ""), media.Usage{Bytes: 990, Items: 1})
	contract.WantEqual(t, "usage of another", usage(t, db, bob.ID, ""), media.Usage{Bytes: 990, Items: 1})
}

func wantQuota(t *testing.T, got error, want media.QuotaError) {
	t.Helper()
	var quota *media.QuotaError
	if !errors.As(got, &quota) || *quota != want || !errors.Is(got, media.ErrQuota) {
		t.Errorf("error %v, want %+v", got, want)
	}
}

func quotaOfBytes(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	limits := media.UploadLimits{Quota: media.Quota{Bytes: 2 * 990}, CountedAt: contract.Noon}
	for _, id := range []string{"aaaaaaa", "bbbbbbb"} {
		it := contract.Owned(id, ann.ID)
		if err := db.InsertItem(t.Context(), &it, limits); err != nil {
			t.Fatalf("within the quota: %v", err)
		}
	}
	third := contract.Owned("ccccccc", ann.ID)
	wantQuota(t, db.InsertItem(t.Context(), &third, limits), media.QuotaError{Of: media.QuotaBytes, Limit: 1980})
	contract.WantEqual(t, "usage", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1980, Items: 2, Daily: 2})
}

func quotaAtOnce(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	limits := media.UploadLimits{Quota: media.Quota{Items: 7}, CountedAt: contract.Noon}
	var got atomic.Int32
	var racers sync.WaitGroup
	for i := range 40 {
		racers.Go(func() {
			it := contract.Owned("item"+string(rune('A'+i/8))+string(rune('a'+i%8))+"x", ann.ID)
			err := db.InsertItem(context.Background(), &it, limits)
			switch {
			case err == nil:
				got.Add(1)
			case !errors.Is(err, media.ErrQuota):
				t.Errorf("InsertItem: %v", err)
			}
		})
	}
	racers.Wait()
	if got.Load() != 7 {
		t.Errorf("%d got in, want 7", got.Load())
	}
	contract.WantEqual(t, "usage", usage(t, db, ann.ID, ""), media.Usage{Bytes: 7 * 990, Items: 7, Daily: 7})
}

func dailyCountsDeleted(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	limits := media.UploadLimits{Quota: media.Quota{Daily: 1}, CountedAt: contract.Noon}
	it := contract.Owned("aaaaaaa", ann.ID)
	if err := db.InsertItem(t.Context(), &it, limits); err != nil {
		t.Fatal(err)
	}
	contract.BeginDelete(t, db, it.ID)
	if err := db.FinishDelete(t.Context(), it.Number); err != nil {
		t.Fatal(err)
	}
	second := contract.Owned("bbbbbbb", ann.ID)
	wantQuota(t, db.InsertItem(t.Context(), &second, limits), media.QuotaError{Of: media.QuotaDaily, Limit: 1})

	limits.CountedAt = contract.Noon.Add(12 * time.Hour)
	if err := db.InsertItem(t.Context(), &second, limits); err != nil {
		t.Errorf("at midnight: %v", err)
	}
}

func dailyOfGuests(t *testing.T, db contract.Records) {
	limits := media.UploadLimits{Quota: media.Quota{Daily: 1}, CountedAt: contract.Noon}
	first, second, other := contract.Picture("aaaaaaa"), contract.Picture("bbbbbbb"), contract.Picture("ccccccc")
	first.AddressHash, second.AddressHash, other.AddressHash = "here", "here", "there"
	if err := db.InsertItem(t.Context(), &first, limits); err != nil {
		t.Fatal(err)
	}
	wantQuota(t, db.InsertItem(t.Context(), &second, limits), media.QuotaError{Of: media.QuotaDaily, Limit: 1})
	if err := db.InsertItem(t.Context(), &other, limits); err != nil {
		t.Errorf("from another address: %v", err)
	}
	contract.WantEqual(t, "usage", usage(t, db, 0, "here"), media.Usage{Daily: 1})
}

func refusedLeavesNothing(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	contract.Insert(t, db, contract.Owned("aaaaaaa", ann.ID))
	limits := media.UploadLimits{Quota: media.Quota{Daily: 5}, CountedAt: contract.Noon}
	taken := contract.Owned("bbbbbbb", ann.ID)
	taken.Original.Key = "images/aaaaaaa.jpg"
	contract.WantError(t, "a taken key", db.InsertItem(t.Context(), &taken, limits), media.ErrKeyTaken)
	contract.WantEqual(t, "usage", usage(t, db, ann.ID, ""), media.Usage{Bytes: 990, Items: 1})
}

const (
	bannedMD5    = "0123456789abcdef0123456789abcdef"
	bannedSHA256 = bannedMD5 + bannedMD5
)

func bannedIsRefused(t *testing.T, db contract.Records) {
	if err := db.InsertBan(t.Context(), media.Ban{Digest: bannedMD5, Reason: "spam", CreatedAt: contract.Noon}); err != nil {
		t.Fatal(err)
	}
	sent, stored, other := contract.Picture("aaaaaaa"), contract.Picture("bbbbbbb"), contract.Picture("ccccccc")
	sent.SourceMD5, stored.MD5 = bannedMD5, bannedMD5
	contract.WantError(t, "as sent", db.InsertItem(t.Context(), &sent, media.UploadLimits{}), media.ErrBanned)
	contract.WantError(t, "as stored", db.InsertItem(t.Context(), &stored, media.UploadLimits{}), media.ErrBanned)
	contract.Insert(t, db, other)

	bans, err := db.Bans(t.Context())
	contract.WantError(t, "Bans", err, nil)
	contract.WantEqual(t, "bans", bans, []media.Ban{{Digest: bannedMD5, Reason: "spam", CreatedAt: contract.Noon}})
	contract.WantError(t, "DeleteBan", db.DeleteBan(t.Context(), bannedMD5), nil)
	contract.WantMissing(t, "DeleteBan again", db.DeleteBan(t.Context(), bannedMD5))
	contract.Insert(t, db, sent)
}

func sha256OnlyWhenUsed(t *testing.T, db contract.Records) {
	asked := 0
	sum := func() (string, error) { asked++; return bannedSHA256, nil }
	_, err := db.Banned(t.Context(), "other", sum)
	contract.WantMissing(t, "Banned by nothing", err)
	if asked != 0 {
		t.Error("SHA-256 was asked for without a ban by it")
	}
	if err := db.InsertBan(t.Context(), media.Ban{Digest: bannedSHA256, CreatedAt: contract.Noon}); err != nil {
		t.Fatal(err)
	}
	ban, err := db.Banned(t.Context(), "other", sum)
	if err != nil || ban.Digest != bannedSHA256 || asked != 1 {
		t.Errorf("Banned by SHA-256: %+v, %v, asked %d times", ban, err, asked)
	}
}
