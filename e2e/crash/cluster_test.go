package crash

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"postern/postgres/pgtest"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
)

var clusterMutants = flag.Bool("cluster-mutants", false, "run the proof with a bucket against programs that are wrong on purpose")

// clusterProgram builds a program whose leases are short.
func clusterProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "postern")
	if err := buildProgram(program, "nodynamic mutants"); err != nil {
		t.Fatal(err)
	}
	return program
}

func bucketEnv(o s3.Options) []string {
	return []string{
		"POSTERN_STORE_KIND=s3", "POSTERN_S3_BUCKET=" + o.Bucket, "POSTERN_S3_PREFIX=p/", "POSTERN_S3_PATH_STYLE=true",
		"POSTERN_S3_TLS=false", "POSTERN_S3_ACCESS_KEY=" + o.AccessKey, "POSTERN_S3_SECRET_KEY=" + o.SecretKey,
	}
}

func TestNothingIsLostInABucket(t *testing.T) {
	server := s3test.Versitygw(t)
	o := options(t, 3, 60)
	o.Binary, o.Env = clusterProgram(t), bucketEnv(server)
	r, err := Cluster(t.Context(), o, server.Endpoint)
	r.check(t, err)
}

// Two gateways share a bucket and a database, which are killed as well.
func TestNothingIsLostBetweenGatewaysOfABucket(t *testing.T) {
	o := options(t, 3, 200)
	server := twoGateways(t, &o, clusterProgram(t))
	o.Crash = []func() error{pgtest.Crash, server.Crash}
	r, err := Cluster(t.Context(), o, server.Options.Endpoint)
	r.check(t, err)
}

// A backup is made beside a gateway of a bucket and a database.
func TestNothingIsMissingInABackupOfABucket(t *testing.T) {
	if !*long {
		t.Skip("takes a minute: run it with -long")
	}
	pgtest.Synced = true // else a gateway refuses it
	server := s3test.Versitygw(t)
	o := options(t, 3, 30)
	o.Env = append(bucketEnv(server), "POSTERN_S3_ENDPOINT="+server.Endpoint, "POSTERN_DATABASE_URL="+pgtest.Empty(t))
	r, err := Backup(t.Context(), o)
	r.check(t, err)
}

// twoGateways has a run use a bucket and a database of its own.
func twoGateways(t *testing.T, o *Options, program string, env ...string) *s3test.Gateway {
	pgtest.Synced = true // else a gateway refuses it
	server := s3test.Start(t)
	o.Gateways, o.Binary = 2, program
	o.Env = append(append(bucketEnv(server.Options), "POSTERN_DATABASE_URL="+pgtest.Empty(t)), env...)
	return server
}

// plantedInBuckets are faults of the order of writes with a bucket, and what brings them out
// besides kills, pauses and late PUTs.
var plantedInBuckets = []struct {
	fault  string
	refuse time.Duration
	beyond bool
}{
	{fault: "record-live-before-put"},
	{fault: "put-without-reservation"},
	{fault: "arrival-taken-for-granted"},
	{fault: "unlink-first"},
	{fault: "record-removed-first"},
	{fault: "failed-upload-undone-at-once"},
	{fault: "no-second-deletion"},
	{fault: "sizes-without-reservation"},
	// The store has room for no more until the second deletion is over.
	{fault: "put-without-deadline", refuse: lease + grace + 2*time.Second},
	// What comes when its record is gone hits another upload's object.
	{fault: "names-used-again", beyond: true},
}

func TestEveryFaultPlantedForABucketIsCaught(t *testing.T) {
	if !*clusterMutants {
		t.Skip("takes minutes: run it with -cluster-mutants")
	}
	program := clusterProgram(t)
	for _, p := range plantedInBuckets {
		t.Run(p.fault, func(t *testing.T) {
			o := options(t, 25, 25)
			server := twoGateways(t, &o, program, "MUTANT="+p.fault)
			o.Refuse, o.Beyond = p.refuse, p.beyond
			r, err := Cluster(t.Context(), o, server.Options.Endpoint)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Problems) == 0 {
				t.Fatalf("was not caught: %v", r)
			}
			t.Logf("caught after %d kills: %s", r.Kills, r.Problems[0])
		})
	}
}

// What brings a fault out must not show one where there is none.
func TestNothingIsLostInABucketThatRefusesForLong(t *testing.T) {
	if !*clusterMutants {
		t.Skip("takes minutes: run it with -cluster-mutants")
	}
	o := options(t, 10, 10)
	server := twoGateways(t, &o, clusterProgram(t))
	o.Refuse = lease + grace + 2*time.Second
	r, err := Cluster(t.Context(), o, server.Options.Endpoint)
	r.check(t, err)
}

// What comes after all that waits for it is an object without a record, and no more.
func TestNothingIsDamagedInABucketByWhatComesTooLate(t *testing.T) {
	if !*clusterMutants {
		t.Skip("takes minutes: run it with -cluster-mutants")
	}
	o := options(t, 25, 25)
	server := twoGateways(t, &o, clusterProgram(t))
	o.Beyond = true
	r, err := Cluster(t.Context(), o, server.Options.Endpoint)
	r.check(t, err)
	if r.Orphans == 0 {
		t.Error("nothing came too late")
	}
}
