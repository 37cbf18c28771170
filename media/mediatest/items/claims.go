package items

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var claimClauses = []contract.Clause{
	{Name: "of many who claim renditions or a verdict each gets another item", Run: workClaimedOnce},
}

func workClaimedOnce(t *testing.T, db contract.Records) {
	const items = 24
	for i := range items {
		it := contract.Picture(fmt.Sprintf("work%03d", i))
		it.Unprocessed, it.ModerationStatus = true, media.ModerationPending
		contract.Insert(t, db, it)
	}
	later := contract.Noon.Add(time.Minute)
	for name, claim := range map[string]func() (string, error){
		"ClaimRenditionJob": func() (string, error) {
			job, _, err := db.ClaimRenditionJob(t.Context(), contract.Noon, later)
			return job.Item.ID, err
		},
		"ClaimPending": func() (string, error) {
			it, err := db.ClaimPending(t.Context(), contract.Noon, later)
			return it.ID, err
		},
	} {
		var mu sync.Mutex
		seen := make(map[string]int)
		claimAll := func() {
			for {
				id, err := claim()
				if errors.Is(err, fs.ErrNotExist) {
					return
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				mu.Lock()
				seen[id]++
				mu.Unlock()
			}
		}
		var racers sync.WaitGroup
		for range 8 {
			racers.Go(claimAll)
		}
		racers.Wait()
		claimAll() // those who skip what others hold may see none, while some are left
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s: %s was claimed %d times, want once", name, id, n)
			}
		}
		contract.WantEqual(t, name+": claimed", len(seen), items)
	}
}
