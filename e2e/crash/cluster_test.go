package crash

import (
	"flag"
	"path/filepath"
	"testing"

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
	o := options(t, 5, 200)
	o.Binary, o.Env = clusterProgram(t), bucketEnv(server)
	r, err := Cluster(t.Context(), o, server.Endpoint)
	r.check(t, err)
}

// plantedInBuckets are faults of the order of writes with a bucket.
var plantedInBuckets = []string{
	"record-live-before-put", "put-without-reservation", "arrival-taken-for-granted", "unlink-first", "record-removed-first",
	"failed-upload-undone-at-once", "no-second-deletion", "sizes-without-reservation",
}

func TestEveryFaultPlantedForABucketIsCaught(t *testing.T) {
	if !*clusterMutants {
		t.Skip("takes minutes: run it with -cluster-mutants")
	}
	program := clusterProgram(t)
	for _, fault := range plantedInBuckets {
		t.Run(fault, func(t *testing.T) {
			server := s3test.Versitygw(t)
			o := options(t, 25, 25)
			o.Binary, o.Env = program, append(bucketEnv(server), "MUTANT="+fault)
			r, err := Cluster(t.Context(), o, server.Endpoint)
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
