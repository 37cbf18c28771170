package mediatest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
)

var quotaClauses = []contract{
	{"usage follows items, their files and their owner", usageFollows},
	{"a quota is used up to the last byte and no further", quotaOfBytes},
	{"of many who insert at once no more get in than may", quotaAtOnce},
	{"a day's uploads count also when they are deleted", dailyCountsDeleted},
	{"guests are counted by their address", dailyOfGuests},
	{"a refused item leaves nothing", refusedLeavesNothing},
	{"banned bytes are refused as sent and as stored", bannedIsRefused},
	{"SHA-256 is asked for only when it bans something", sha256OnlyWhenUsed},
}

func usage(t *testing.T, db Records, user int64, uploader string) media.Usage {
	t.Helper()
	u, err := db.Usage(t.Context(), user, uploader, noon)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func owned(id string, user int64) media.Item {
	it := picture(id)
	it.UserID = user
	return it
}

func usageFollows(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	wantEqual(t, "usage at first", usage(t, db, ann.ID, ""), media.Usage{})
	items := insert(t, db, owned("aaaaaaa", ann.ID), owned("bbbbbbb", ann.ID), owned("ccccccc", bob.ID), picture("ddddddd"))
	wantEqual(t, "usage of two items", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1980, Items: 2})

	smaller := items[0].Thumb
	smaller.Size = 40
	if err := db.UpdateFile(t.Context(), items[0].Number, media.RoleThumb, smaller); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "usage with a smaller thumb", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1930, Items: 2})

	beginDelete(t, db, "aaaaaaa")
	wantEqual(t, "usage while one is being deleted", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1930, Items: 2})
	if err := db.FinishDelete(t.Context(), items[0].Number); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "usage afterwards", usage(t, db, ann.ID, ""), media.Usage{Bytes: 990, Items: 1})
	wantEqual(t, "usage of another", usage(t, db, bob.ID, ""), media.Usage{Bytes: 990, Items: 1})
}

func wantQuota(t *testing.T, got error, want media.QuotaError) {
	t.Helper()
	var quota *media.QuotaError
	if !errors.As(got, &quota) || *quota != want || !errors.Is(got, media.ErrQuota) {
		t.Errorf("error %v, want %+v", got, want)
	}
}

func quotaOfBytes(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	terms := media.UploadLimits{Quota: media.Quota{Bytes: 2 * 990}, CountedAt: noon}
	for _, id := range []string{"aaaaaaa", "bbbbbbb"} {
		it := owned(id, ann.ID)
		if err := db.InsertItem(t.Context(), &it, terms); err != nil {
			t.Fatalf("within the quota: %v", err)
		}
	}
	third := owned("ccccccc", ann.ID)
	wantQuota(t, db.InsertItem(t.Context(), &third, terms), media.QuotaError{Of: media.QuotaBytes, Limit: 1980})
	wantEqual(t, "usage", usage(t, db, ann.ID, ""), media.Usage{Bytes: 1980, Items: 2, Daily: 2})
}

func quotaAtOnce(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	terms := media.UploadLimits{Quota: media.Quota{Items: 7}, CountedAt: noon}
	var got atomic.Int32
	var racers sync.WaitGroup
	for i := range 40 {
		racers.Go(func() {
			it := owned("item"+string(rune('A'+i/8))+string(rune('a'+i%8))+"x", ann.ID)
			err := db.InsertItem(context.Background(), &it, terms)
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
	wantEqual(t, "usage", usage(t, db, ann.ID, ""), media.Usage{Bytes: 7 * 990, Items: 7, Daily: 7})
}

func dailyCountsDeleted(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	terms := media.UploadLimits{Quota: media.Quota{Daily: 1}, CountedAt: noon}
	it := owned("aaaaaaa", ann.ID)
	if err := db.InsertItem(t.Context(), &it, terms); err != nil {
		t.Fatal(err)
	}
	beginDelete(t, db, it.ID)
	if err := db.FinishDelete(t.Context(), it.Number); err != nil {
		t.Fatal(err)
	}
	second := owned("bbbbbbb", ann.ID)
	wantQuota(t, db.InsertItem(t.Context(), &second, terms), media.QuotaError{Of: media.QuotaDaily, Limit: 1})

	terms.CountedAt = noon.Add(12 * time.Hour)
	if err := db.InsertItem(t.Context(), &second, terms); err != nil {
		t.Errorf("at midnight: %v", err)
	}
}

func dailyOfGuests(t *testing.T, db Records) {
	terms := media.UploadLimits{Quota: media.Quota{Daily: 1}, CountedAt: noon}
	first, second, other := picture("aaaaaaa"), picture("bbbbbbb"), picture("ccccccc")
	first.AddressHash, second.AddressHash, other.AddressHash = "here", "here", "there"
	if err := db.InsertItem(t.Context(), &first, terms); err != nil {
		t.Fatal(err)
	}
	wantQuota(t, db.InsertItem(t.Context(), &second, terms), media.QuotaError{Of: media.QuotaDaily, Limit: 1})
	if err := db.InsertItem(t.Context(), &other, terms); err != nil {
		t.Errorf("from another address: %v", err)
	}
	wantEqual(t, "usage", usage(t, db, 0, "here"), media.Usage{Daily: 1})
}

func refusedLeavesNothing(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	insert(t, db, owned("aaaaaaa", ann.ID))
	terms := media.UploadLimits{Quota: media.Quota{Daily: 5}, CountedAt: noon}
	taken := owned("bbbbbbb", ann.ID)
	taken.Original.Key = "images/aaaaaaa.jpg"
	wantError(t, "a taken key", db.InsertItem(t.Context(), &taken, terms), media.ErrKeyTaken)
	wantEqual(t, "usage", usage(t, db, ann.ID, ""), media.Usage{Bytes: 990, Items: 1})
}

const (
	bannedMD5    = "0123456789abcdef0123456789abcdef"
	bannedSHA256 = bannedMD5 + bannedMD5
)

func bannedIsRefused(t *testing.T, db Records) {
	if err := db.InsertBan(t.Context(), media.Ban{Digest: bannedMD5, Reason: "spam", CreatedAt: noon}); err != nil {
		t.Fatal(err)
	}
	sent, stored, other := picture("aaaaaaa"), picture("bbbbbbb"), picture("ccccccc")
	sent.SourceMD5, stored.MD5 = bannedMD5, bannedMD5
	wantError(t, "as sent", db.InsertItem(t.Context(), &sent, media.UploadLimits{}), media.ErrBanned)
	wantError(t, "as stored", db.InsertItem(t.Context(), &stored, media.UploadLimits{}), media.ErrBanned)
	insert(t, db, other)

	bans, err := db.Bans(t.Context())
	wantError(t, "Bans", err, nil)
	wantEqual(t, "bans", bans, []media.Ban{{Digest: bannedMD5, Reason: "spam", CreatedAt: noon}})
	wantError(t, "DeleteBan", db.DeleteBan(t.Context(), bannedMD5), nil)
	wantMissing(t, "DeleteBan again", db.DeleteBan(t.Context(), bannedMD5))
	insert(t, db, sent)
}

func sha256OnlyWhenUsed(t *testing.T, db Records) {
	asked := 0
	sum := func() (string, error) { asked++; return bannedSHA256, nil }
	_, err := db.Banned(t.Context(), "other", sum)
	wantMissing(t, "Banned by nothing", err)
	if asked != 0 {
		t.Error("SHA-256 was asked for without a ban by it")
	}
	if err := db.InsertBan(t.Context(), media.Ban{Digest: bannedSHA256, CreatedAt: noon}); err != nil {
		t.Fatal(err)
	}
	ban, err := db.Banned(t.Context(), "other", sum)
	if err != nil || ban.Digest != bannedSHA256 || asked != 1 {
		t.Errorf("Banned by SHA-256: %+v, %v, asked %d times", ban, err, asked)
	}
}
