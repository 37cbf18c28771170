package chevereto_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"postern/importer/chevereto"
	"postern/importer/chevereto/cheveretotest"
)

func TestServerSaysWhatDumpsSay(t *testing.T) {
	server := cheveretotest.StartMariaDB(t)
	for version := range versions {
		t.Run(version, func(t *testing.T) {
			site := cheveretotest.New(version)
			dump := site.Dump(cheveretotest.MariaDB)
			s, err := chevereto.OpenServer(context.Background(), server.Load(t, dump))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			in, err := chevereto.Open(context.Background(), s, chevereto.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, want := everything(t, in), everything(t, open(t, writeDump(t, dump), chevereto.Options{}))
			if len(got) != len(want) {
				t.Fatalf("%d records, want %d", len(got), len(want))
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("\n got %s\nwant %s", got[i], want[i])
				}
			}
		})
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	for _, tt := range []struct{ dsn, want string }{
		{"user@unix(" + os.TempDir() + "/no-such-socket)/db", "connect"},
		{"user@tcp(localhost)/", "names no database"},
		{"://", "DSN"},
	} {
		t.Run(tt.dsn, func(t *testing.T) {
			s, err := chevereto.OpenServer(context.Background(), tt.dsn)
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want an error with %q", tt.dsn, err, tt.want)
			}
		})
	}
}
