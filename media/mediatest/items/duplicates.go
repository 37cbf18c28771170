package items

import (
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var duplicateClauses = []contract.Clause{
	{Name: "duplicates are told by what the query asks", Run: duplicates},
	{Name: "duplicates come newest first", Run: duplicatesNewestFirst},
}

func duplicates(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	stored := contract.Picture("found01")
	stored.SourceMD5, stored.MD5, stored.SourceSize = "sent", "kept", 1000
	stored.UserID, stored.RequestDigest, stored.AddressHash = ann.ID, "t1", "u1"
	stored.Tags = []string{"a"}
	want := contract.Insert(t, db, stored, contract.Picture("unlike1"))[:1]
	ended := contract.Expiring("expires", contract.Noon.Add(time.Hour))
	ended.SourceMD5 = "short-lived"
	contract.Insert(t, db, ended)

	tests := []struct {
		name  string
		query media.DuplicateQuery
		found bool
	}{
		{"the bytes as uploaded", media.DuplicateQuery{MD5: "sent"}, true},
		{"the bytes as stored", media.DuplicateQuery{MD5: "kept"}, true},
		{"other bytes", media.DuplicateQuery{MD5: "other"}, false},
		{"the size as uploaded", media.DuplicateQuery{MD5: "sent", Size: 1000}, true},
		{"another size", media.DuplicateQuery{MD5: "sent", Size: 1001}, false},
		{"the owner", media.DuplicateQuery{MD5: "sent", UserID: ann.ID}, true},
		{"another owner", media.DuplicateQuery{MD5: "sent", UserID: bob.ID}, false},
		{"the parameters", media.DuplicateQuery{MD5: "sent", RequestDigest: "t1"}, true},
		{"other parameters", media.DuplicateQuery{MD5: "sent", RequestDigest: "t2"}, false},
		{"the uploader", media.DuplicateQuery{MD5: "kept", AddressHash: "u1"}, true},
		{"another uploader", media.DuplicateQuery{MD5: "kept", AddressHash: "u2"}, false},
		{"since its own second", media.DuplicateQuery{MD5: "sent", Since: contract.Noon}, true},
		{"since the second after", media.DuplicateQuery{MD5: "sent", Since: contract.Noon.Add(time.Second)}, false},
		{"lasting", media.DuplicateQuery{MD5: "sent", Lasting: true}, true},
		{"all at once", media.DuplicateQuery{MD5: "sent", Size: 1000, UserID: ann.ID, RequestDigest: "t1", AddressHash: "u1", Since: contract.Noon, Lasting: true}, true},
		{"without bytes", media.DuplicateQuery{RequestDigest: "t1"}, true},
		{"lasting, of bytes that expire", media.DuplicateQuery{MD5: "short-lived", Lasting: true}, false},
	}
	for _, test := range tests {
		got, err := db.Duplicates(t.Context(), test.query)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.found {
			contract.WantEqual(t, test.name, got, want)
		} else if len(got) != 0 {
			t.Errorf("%s: %v, want none", test.name, contract.IDs(got))
		}
	}
}

func duplicatesNewestFirst(t *testing.T, db contract.Records) {
	for id, age := range map[string]time.Duration{"minute1": time.Minute, "second1": time.Second, "anhour1": time.Hour} {
		it := contract.Picture(id)
		it.SourceMD5, it.CreatedAt = "same", contract.Noon.Add(-age)
		contract.Insert(t, db, it)
	}
	got, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: "same"})
	if err != nil {
		t.Fatalf("Duplicates: %v", err)
	}
	contract.WantEqual(t, "Duplicates", contract.IDs(got), []string{"second1", "minute1", "anhour1"})
}
