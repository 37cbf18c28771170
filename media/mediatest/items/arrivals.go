package items

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var arrivalClauses = []contract.Clause{
	{Name: "an arriving item is found by none, and holds its names and its quota", Run: arrivingIsHidden},
	{Name: "what has arrived is live, with its files and their objects", Run: arrived},
	{Name: "an item arrives once, and not when it was given up or abandoned", Run: arrivesOnce},
	{Name: "what is given up counts as an upload of its day, unless it is told not to", Run: givenUpCounts},
	{Name: "a renewed lease is not over, one that nobody renews is", Run: leases},
	{Name: "a ban, or a twin that was first, keeps an item from arriving", Run: arrivalRefused},
	{Name: "of twins that arrive at once one does", Run: twinsArrive},
	{Name: "of many who claim deleting items each gets others", Run: claims},
	{Name: "a record outlives the last put by the grace", Run: graceIsKept},
	{Name: "what is deleted while its files are put stays for the grace, too", Run: deletedWhilePut},
	{Name: "a deleted user's item arrives for nobody", Run: arrivalWithoutUser},
	{Name: "renditions are seen when they have arrived", Run: renditionsArrive},
	{Name: "an attempt at renditions that another has followed changes nothing", Run: staleAttempt},
	{Name: "files that nobody recorded as put are withdrawn", Run: withdrawn},
}

const (
	lease = 10 * time.Minute
	grace = 15 * time.Minute
)

// arriving is a picture in a remote store, with other objects than keys.
func arriving(id string) media.Item {
	it := contract.Picture(id)
	it.Original.Object, it.Thumb.Object = "images/first/"+id+".jpg", "images/first/"+id+".th.jpg"
	it.Original.SHA256 = fmt.Sprintf("%064x", 7)
	return it
}

func reserve(t *testing.T, db contract.Records, it media.Item) media.Item {
	t.Helper()
	if err := db.InsertItem(t.Context(), &it, media.UploadLimits{ArriveUntil: contract.Noon.Add(lease)}); err != nil {
		t.Fatalf("InsertItem %s: %v", it.ID, err)
	}
	return it
}

func arrive(t *testing.T, db contract.Records, it media.Item) {
	t.Helper()
	if err := db.Arrive(t.Context(), &it, media.UploadLimits{}); err != nil {
		t.Fatalf("Arrive %s: %v", it.ID, err)
	}
}

func wantClaimed(t *testing.T, db contract.Records, now time.Time, want ...string) []media.Item {
	t.Helper()
	items, err := db.ClaimDeleting(t.Context(), now, now.Add(time.Minute), 10)
	if err != nil {
		t.Fatalf("ClaimDeleting: %v", err)
	}
	contract.WantEqual(t, "claimed", contract.IDs(items), append([]string{}, want...))
	return items
}

func arrivingIsHidden(t *testing.T, db contract.Records) {
	u := contract.InsertUser(t, db, "owner")
	it := arriving("coming1")
	it.UserID, it.ExpiresAt = u.ID, contract.Noon
	it = reserve(t, db, it)

	_, err := db.Item(t.Context(), it.ID)
	contract.WantMissing(t, "Item", err)
	_, _, err = db.ItemAt(t.Context(), it.Original.Key)
	contract.WantMissing(t, "ItemAt", err)
	_, err = db.BeginDelete(t.Context(), it.ID)
	contract.WantMissing(t, "BeginDelete", err)
	_, err = db.MoveToTrash(t.Context(), it.ID, contract.Noon)
	contract.WantMissing(t, "MoveToTrash", err)
	contract.WantMissing(t, "AddView", db.AddView(t.Context(), it.Number, 1))
	if items, err := db.Items(t.Context(), media.ItemQuery{UserID: u.ID, Limit: 10}); err != nil || len(items) > 0 {
		t.Errorf("Items: %v, %v, want none", contract.IDs(items), err)
	}
	for what, list := range map[string]func() ([]media.Item, error){
		"Duplicates":    func() ([]media.Item, error) { return db.Duplicates(t.Context(), media.DuplicateQuery{MD5: it.MD5}) },
		"BeginExpire":   func() ([]media.Item, error) { return db.BeginExpire(t.Context(), contract.Noon, 10, nil) },
		"Deleting":      func() ([]media.Item, error) { return db.Deleting(t.Context(), 10) },
		"ClaimDeleting": func() ([]media.Item, error) { return db.ClaimDeleting(t.Context(), contract.Noon, contract.Noon, 10) },
	} {
		if items, err := list(); err != nil || len(items) > 0 {
			t.Errorf("%s: %v, %v, want none", what, contract.IDs(items), err)
		}
	}
	if given, err := db.IDGiven(t.Context(), it.ID); !given || err != nil {
		t.Errorf("IDGiven: %v, %v, want true", given, err)
	}
	other := arriving("another")
	other.Original.Key = it.Original.Key
	contract.WantError(t, "an arriving item's key", db.InsertItem(t.Context(), &other, media.UploadLimits{}), media.ErrKeyTaken)
	usage, err := db.Usage(t.Context(), u.ID, "", contract.Noon)
	if err != nil || usage.Items != 1 || usage.Bytes != 990 {
		t.Errorf("Usage: %+v, %v, want 1 item of 990 bytes", usage, err)
	}
}

func arrived(t *testing.T, db contract.Records) {
	it := arriving("coming1")
	it.Tags = []string{"b", "a"}
	it = reserve(t, db, it)
	arrive(t, db, it)
	contract.WantItem(t, db, it)
	if n, err := db.BeginAbandoned(t.Context(), contract.Noon.Add(time.Hour), 10); n != 0 || err != nil {
		t.Errorf("BeginAbandoned: %d, %v, want none", n, err)
	}
	// Nothing is being put any more: its record goes with its bytes.
	contract.BeginDelete(t, db, it.ID)
	wantClaimed(t, db, contract.Noon, it.ID)
	if err := db.FinishWithdrawal(t.Context(), contract.Noon, grace, it.Number); err != nil {
		t.Fatal(err)
	}
	wantClaimed(t, db, contract.Noon.Add(24*time.Hour))
}

func arrivesOnce(t *testing.T, db contract.Records) {
	it := reserve(t, db, arriving("coming1"))
	arrive(t, db, it)
	contract.WantMissing(t, "Arrive again", db.Arrive(t.Context(), &it, media.UploadLimits{}))
	if err := db.GiveUp(t.Context(), &it, time.Time{}, contract.Noon); err != nil {
		t.Errorf("GiveUp: %v", err)
	}
	contract.WantItem(t, db, it)

	given := reserve(t, db, arriving("coming2"))
	if err := db.GiveUp(t.Context(), &given, time.Time{}, contract.Noon); err != nil {
		t.Errorf("GiveUp: %v", err)
	}
	contract.WantMissing(t, "Arrive after GiveUp", db.Arrive(t.Context(), &given, media.UploadLimits{}))
	contract.WantMissing(t, "RenewArrival after GiveUp", db.RenewArrival(t.Context(), given.Number, contract.Noon))

	left := reserve(t, db, arriving("coming3"))
	if n, err := db.BeginAbandoned(t.Context(), contract.Noon.Add(lease+time.Second), 10); n != 1 || err != nil {
		t.Errorf("BeginAbandoned: %d, %v, want 1", n, err)
	}
	contract.WantMissing(t, "Arrive after BeginAbandoned", db.Arrive(t.Context(), &left, media.UploadLimits{}))
	wantClaimed(t, db, contract.Noon.Add(lease+time.Second), given.ID, left.ID)
}

func givenUpCounts(t *testing.T, db contract.Records) {
	u := contract.InsertUser(t, db, "owner")
	reserved := func(id string) *media.Item {
		it := arriving(id)
		it.UserID = u.ID
		if err := db.InsertItem(t.Context(), &it, media.UploadLimits{ArriveUntil: contract.Noon.Add(lease), CountedAt: contract.Noon}); err != nil {
			t.Fatal(err)
		}
		return &it
	}
	first, second, third := reserved("coming1"), reserved("coming2"), reserved("coming3")
	arrive(t, db, *third)
	for _, step := range []struct {
		what    string
		it      *media.Item
		counted time.Time
		left    int64
	}{
		{"one that counts", first, time.Time{}, 3},
		{"one that does not", second, contract.Noon, 2},
		{"the same again", second, contract.Noon, 2},
		{"one that has arrived", third, contract.Noon, 2},
	} {
		if err := db.GiveUp(t.Context(), step.it, step.counted, contract.Noon); err != nil {
			t.Fatal(err)
		}
		if usage, err := db.Usage(t.Context(), u.ID, "", contract.Noon); err != nil || usage.Daily != step.left {
			t.Errorf("%s: %d uploads of the day, %v, want %d", step.what, usage.Daily, err, step.left)
		}
	}
}

func leases(t *testing.T, db contract.Records) {
	it := reserve(t, db, arriving("coming1"))
	for _, test := range []struct {
		at   time.Duration
		want int
	}{{lease, 0}, {2 * lease, 0}, {2*lease + time.Second, 1}} {
		n, err := db.BeginAbandoned(t.Context(), contract.Noon.Add(test.at), 10)
		if n != test.want || err != nil {
			t.Errorf("BeginAbandoned after %v: %d, %v, want %d", test.at, n, err, test.want)
		}
		if test.at == lease {
			if err := db.RenewArrival(t.Context(), it.Number, contract.Noon.Add(2*lease)); err != nil {
				t.Errorf("RenewArrival: %v", err)
			}
		}
	}
	// Its files were reserved for as long.
	items := wantClaimed(t, db, contract.Noon.Add(3*lease), it.ID)
	contract.WantEqual(t, "claimed item", items[0].Objects(), it.Objects())
	if err := db.FinishWithdrawal(t.Context(), contract.Noon.Add(2*lease+grace), grace, it.Number); err != nil {
		t.Fatal(err)
	}
	wantClaimed(t, db, contract.Noon.Add(2*lease+grace+time.Second), it.ID)
}

func arrivalRefused(t *testing.T, db contract.Records) {
	twins := media.UploadLimits{Twins: media.DuplicateQuery{MD5: "same", Lasting: true}}
	first, second, banned := arriving("coming1"), arriving("coming2"), arriving("coming3")
	first.MD5, second.MD5 = "same", "same"
	banned.MD5 = fmt.Sprintf("%032x", 1)
	first, second, banned = reserve(t, db, first), reserve(t, db, second), reserve(t, db, banned)
	arrive(t, db, first)
	var twin *media.TwinError
	if err := db.Arrive(t.Context(), &second, twins); !errors.As(err, &twin) || len(twin.Twins) != 1 || twin.Twins[0].ID != first.ID {
		t.Errorf("Arrive of a twin: %v, want the first", err)
	}
	twins.Unlike = []int64{first.Number}
	if err := db.Arrive(t.Context(), &second, twins); err != nil {
		t.Errorf("Arrive beside one that differs: %v", err)
	}
	if err := db.InsertBan(t.Context(), media.Ban{Digest: banned.MD5, CreatedAt: contract.Noon}); err != nil {
		t.Fatal(err)
	}
	contract.WantError(t, "Arrive of banned bytes", db.Arrive(t.Context(), &banned, media.UploadLimits{}), media.ErrBanned)
	if err := db.RenewArrival(t.Context(), banned.Number, contract.Noon); err != nil {
		t.Errorf("RenewArrival of what was refused: %v", err)
	}
}

func twinsArrive(t *testing.T, db contract.Records) {
	var wins atomic.Int32
	var racers sync.WaitGroup
	for i := range 20 {
		it := arriving(fmt.Sprintf("twin%03d", i))
		it.MD5 = "same"
		it = reserve(t, db, it)
		racers.Go(func() {
			err := db.Arrive(t.Context(), &it, media.UploadLimits{Twins: media.DuplicateQuery{MD5: "same"}})
			switch {
			case err == nil:
				wins.Add(1)
			case !errors.Is(err, media.ErrDuplicate):
				t.Errorf("Arrive: %v, want ErrDuplicate", err)
			}
		})
	}
	racers.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d twins have arrived, want 1", wins.Load())
	}
}

func claims(t *testing.T, db contract.Records) {
	for i := range 40 {
		it := contract.Insert(t, db, contract.Picture(fmt.Sprintf("going%02d", i)))[0]
		contract.BeginDelete(t, db, it.ID)
	}
	var mu sync.Mutex
	seen := make(map[string]int)
	var racers sync.WaitGroup
	for range 8 {
		racers.Go(func() {
			for {
				items, err := db.ClaimDeleting(t.Context(), contract.Noon, contract.Noon.Add(time.Minute), 3)
				if err != nil {
					t.Errorf("ClaimDeleting: %v", err)
				}
				mu.Lock()
				for _, it := range items {
					seen[it.ID]++
				}
				mu.Unlock()
				if len(items) == 0 {
					return
				}
			}
		})
	}
	racers.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was claimed %d times, want once", id, n)
		}
	}
	// Those who skip what others hold may see none, while some are left.
	left, err := db.ClaimDeleting(t.Context(), contract.Noon, contract.Noon.Add(time.Minute), 100)
	if err != nil || len(seen)+len(left) != 40 {
		t.Errorf("%d were claimed, %d are left, %v, want 40 in all", len(seen), len(left), err)
	}
	again, err := db.ClaimDeleting(t.Context(), contract.Noon.Add(time.Minute), contract.Noon.Add(time.Hour), 100)
	if err != nil || len(again) != 40 {
		t.Errorf("claimed after a minute: %d, %v, want all 40", len(again), err)
	}
}

func graceIsKept(t *testing.T, db contract.Records) {
	it := reserve(t, db, arriving("coming1"))
	if err := db.GiveUp(t.Context(), &it, time.Time{}, contract.Noon); err != nil {
		t.Fatal(err)
	}
	wantClaimed(t, db, contract.Noon, it.ID)
	if err := db.FinishWithdrawal(t.Context(), contract.Noon, grace, it.Number); err != nil {
		t.Fatal(err)
	}
	final := contract.Noon.Add(lease + grace + time.Second)
	wantClaimed(t, db, final.Add(-time.Second))
	wantClaimed(t, db, final, it.ID)
	if err := db.FinishWithdrawal(t.Context(), final, grace, it.Number); err != nil {
		t.Fatal(err)
	}
	wantClaimed(t, db, final.Add(24*time.Hour))
	if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); !errors.Is(err, media.ErrIDTaken) {
		t.Errorf("its ID again: %v, want ErrIDTaken", err)
	}
}

func deletedWhilePut(t *testing.T, db contract.Records) {
	it := contract.Picture("making1")
	it.Unprocessed = true
	it = contract.Insert(t, db, it)[0]
	job := claimJob(t, db, contract.Noon)
	made := withRenditions(job.Item)
	if err := db.ReserveRenditions(t.Context(), &made, job.Attempts, contract.Noon.Add(lease)); err != nil {
		t.Fatal(err)
	}
	deleting := contract.BeginDelete(t, db, it.ID)
	contract.WantEqual(t, "objects of a deleting item", deleting.Objects(), made.Objects())
	contract.WantMissing(t, "RenewRenditions", db.RenewRenditions(t.Context(), it.Number, job.Attempts, contract.Noon.Add(2*lease)))
	contract.WantMissing(t, "ArriveRenditions", db.ArriveRenditions(t.Context(), &made, job.Attempts))
	if err := db.FinishWithdrawal(t.Context(), contract.Noon.Add(lease+grace), grace, it.Number); err != nil {
		t.Fatal(err)
	}
	wantClaimed(t, db, contract.Noon.Add(lease+grace+time.Second), it.ID)
}

func arrivalWithoutUser(t *testing.T, db contract.Records) {
	u := contract.InsertUser(t, db, "owner")
	it := arriving("coming1")
	it.UserID = u.ID
	it = reserve(t, db, it)
	if err := db.DeleteUser(t.Context(), u.ID, time.Time{}); err != nil {
		t.Fatalf("DeleteUser: %v", err)
	}
	contract.WantMissing(t, "Arrive", db.Arrive(t.Context(), &it, media.UploadLimits{}))
	wantClaimed(t, db, contract.Noon.Add(lease), it.ID)
}

func claimJob(t *testing.T, db contract.Records, now time.Time) media.RenditionJob {
	t.Helper()
	job, _, err := db.ClaimRenditionJob(t.Context(), now, now.Add(lease))
	if err != nil {
		t.Fatalf("ClaimRenditionJob: %v", err)
	}
	return job
}

func withRenditions(it media.Item) media.Item {
	for i, role := range media.RenditionRoles[:2] {
		key := "images/" + it.ID + "_" + string(role) + ".jpg"
		it.Renditions[i] = media.File{Key: key, Object: key + "/1", MIME: "image/jpeg", Size: 10, Width: 1, Height: 1}
	}
	return it
}

func renditionsArrive(t *testing.T, db contract.Records) {
	it := contract.Picture("making1")
	it.Unprocessed = true
	it = contract.Insert(t, db, it)[0]
	_, next, err := db.ClaimRenditionJob(t.Context(), contract.Noon.Add(-time.Minute), contract.Noon)
	contract.WantMissing(t, "ClaimRenditionJob before it is due", err)
	contract.WantEqual(t, "the next", next, contract.Noon)

	job := claimJob(t, db, contract.Noon)
	if job.Item.ID != it.ID || job.Attempts != 1 {
		t.Errorf("claimed %s, attempt %d, want %s, 1", job.Item.ID, job.Attempts, it.ID)
	}
	_, _, err = db.ClaimRenditionJob(t.Context(), contract.Noon, contract.Noon.Add(lease))
	contract.WantMissing(t, "ClaimRenditionJob of a claimed one", err)
	made := withRenditions(job.Item)
	if err := db.ReserveRenditions(t.Context(), &made, job.Attempts, contract.Noon.Add(lease)); err != nil {
		t.Fatal(err)
	}
	contract.WantItem(t, db, it)
	_, _, err = db.ItemAt(t.Context(), made.Renditions[0].Key)
	contract.WantMissing(t, "ItemAt of a reserved rendition", err)
	if err := db.ArriveRenditions(t.Context(), &made, job.Attempts); err != nil {
		t.Fatal(err)
	}
	made.Unprocessed = false
	contract.WantItem(t, db, made)
	_, _, err = db.ClaimRenditionJob(t.Context(), contract.Noon.Add(24*time.Hour), contract.Noon)
	contract.WantMissing(t, "ClaimRenditionJob of a job that is done", err)
}

func staleAttempt(t *testing.T, db contract.Records) {
	it := contract.Picture("making1")
	it.Unprocessed = true
	it = contract.Insert(t, db, it)[0]
	first := claimJob(t, db, contract.Noon)
	second := claimJob(t, db, contract.Noon.Add(lease))
	if second.Attempts != 2 {
		t.Errorf("attempt %d, want 2", second.Attempts)
	}
	made := withRenditions(it)
	contract.WantMissing(t, "ReserveRenditions", db.ReserveRenditions(t.Context(), &made, first.Attempts, contract.Noon))
	contract.WantMissing(t, "RenewRenditions", db.RenewRenditions(t.Context(), it.Number, first.Attempts, contract.Noon))
	contract.WantMissing(t, "ReleaseRenditionJob", db.ReleaseRenditionJob(t.Context(), it.Number, first.Attempts, contract.Noon, ""))
	contract.WantMissing(t, "ArriveRenditions", db.ArriveRenditions(t.Context(), &made, first.Attempts))
	if err := db.ReleaseRenditionJob(t.Context(), it.Number, second.Attempts, time.Time{}, "broken"); err != nil {
		t.Errorf("ReleaseRenditionJob: %v", err)
	}
	_, next, err := db.ClaimRenditionJob(t.Context(), contract.Noon.Add(24*time.Hour), contract.Noon)
	contract.WantMissing(t, "ClaimRenditionJob after all attempts", err)
	contract.WantEqual(t, "the next", next, time.Time{})
}

func withdrawn(t *testing.T, db contract.Records) {
	it := contract.Picture("making1")
	it.Unprocessed = true
	it = contract.Insert(t, db, it)[0]
	job := claimJob(t, db, contract.Noon)
	made := withRenditions(job.Item)
	if err := db.ReserveRenditions(t.Context(), &made, job.Attempts, contract.Noon.Add(lease)); err != nil {
		t.Fatal(err)
	}
	want := []string{made.Renditions[1].Object, made.Renditions[0].Object} // sm, xs
	for _, test := range []struct {
		before time.Duration
		want   []string
	}{{lease, nil}, {lease + time.Second, want}, {0, want}} {
		got, err := db.WithdrawFiles(t.Context(), contract.Noon.Add(test.before), 10)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		contract.WantEqual(t, "withdrawn", got, test.want)
	}
	_, _, err := db.ClaimRenditionJob(t.Context(), contract.Noon.Add(lease), contract.Noon)
	contract.WantMissing(t, "ClaimRenditionJob before its files are forgotten", err)
	contract.WantMissing(t, "ArriveRenditions", db.ArriveRenditions(t.Context(), &made, job.Attempts))
	if err := db.ForgetFiles(t.Context(), append(want, it.Original.Key)...); err != nil {
		t.Fatal(err)
	}
	contract.WantItem(t, db, it)
	again := claimJob(t, db, contract.Noon.Add(lease))
	remade := withRenditions(again.Item)
	if err := db.ReserveRenditions(t.Context(), &remade, again.Attempts, contract.Noon.Add(2*lease)); err != nil {
		t.Errorf("ReserveRenditions again: %v", err)
	}
}
