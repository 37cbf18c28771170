// Package pgtest makes PostgreSQL databases for tests, on a server of its own that
// syncs nothing.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// M runs tests and ends the server that they used.
type M struct{ *testing.M }

// Run runs the tests.
func (m M) Run() int {
	defer stop()
	return m.M.Run()
}

// Synced makes the server sync what it commits, for tests of what refuses another.
// It is set before the first database is made.
var Synced bool

// server is that of the process.
var server struct {
	sync.Mutex
	dir       string
	command   *exec.Cmd
	launch    func() error // starts it again
	template  bool         // whether there is a database to copy
	databases int
	free      []string // databases that another test may use
}

// URL returns the URL of a database that open has made its schema in, which is
// empty. It starts a server for the first test; TestMain runs M to end it. Without
// PostgreSQL the test is skipped, or fails under CI.
func URL[DB io.Closer](t testing.TB, open func(ctx context.Context, url string) (DB, error)) string {
	t.Helper()
	server.Lock()
	defer server.Unlock()
	if server.command == nil {
		start(t)
	}
	if !server.template {
		execute(t, "CREATE DATABASE template_of_tests ENCODING 'UTF8' TEMPLATE template0")
		db, err := open(t.Context(), urlOf("template_of_tests"))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		server.template = true
	}
	var name string
	if n := len(server.free); n > 0 {
		name, server.free = server.free[n-1], server.free[:n-1]
	} else {
		server.databases++
		name = "test" + strconv.Itoa(server.databases)
		execute(t, "CREATE DATABASE "+name+" TEMPLATE template_of_tests")
	}
	t.Cleanup(func() { release(t, name) })
	return urlOf(name)
}

// release leaves a database empty for another test, which costs a tenth of a new
// one. Its connections are closed by now.
func release(t testing.TB, name string) {
	server.Lock()
	defer server.Unlock()
	err := run(name, `DO $$ BEGIN EXECUTE (
		SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY' FROM pg_tables
		WHERE schemaname = 'public' AND tablename <> 'meta'); END $$`)
	if err != nil {
		t.Error(err)
		return
	}
	server.free = append(server.free, name)
}

// Empty is URL for a database without a schema, in UTF8 or the encoding that is named.
func Empty(t testing.TB, encoding ...string) string {
	t.Helper()
	server.Lock()
	defer server.Unlock()
	if server.command == nil {
		start(t)
	}
	server.databases++
	name := "test" + strconv.Itoa(server.databases)
	execute(t, "CREATE DATABASE "+name+" ENCODING '"+append(encoding, "UTF8")[0]+"' TEMPLATE template0")
	return urlOf(name)
}

func urlOf(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=postgres", database, server.dir)
}

func start(t testing.TB) {
	t.Helper()
	programs := find(t)
	dir, err := os.MkdirTemp("", "postern-pg")
	if err != nil {
		t.Fatal(err)
	}
	who := ordinary(t, dir)
	server.dir = dir
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: who}, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	launch := func() error { return launch(filepath.Join(programs, "postgres"), data, who) }
	if err := launch(); err != nil {
		t.Fatal(err)
	}
	server.launch = launch
}

// launch starts the server and waits until it answers.
func launch(program, data string, who *syscall.Credential) error {
	dir := filepath.Dir(data)
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(program, "-D", data, "-k", dir, "-c", "listen_addresses=",
		"-c", fmt.Sprintf("fsync=%t", Synced), "-c", fmt.Sprintf("full_page_writes=%t", Synced), "-c", "shared_buffers=32MB", "-c", "max_connections=200")
	command.SysProcAttr, command.Dir = &syscall.SysProcAttr{Credential: who}, dir
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		return err
	}
	server.command = command
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if err := run("postgres", "SELECT 1"); err == nil {
			return nil
		} else if time.Since(began) > time.Minute {
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, text)
		}
	}
}

// Process is the process of the server that all databases are on, which has children.
func Process() int {
	server.Lock()
	defer server.Unlock()
	return server.command.Process.Pid
}

// Crash ends the server as a fault of it does, all of its processes at once and
// without writing what it has in memory, and starts it again.
func Crash() error {
	server.Lock()
	defer server.Unlock()
	if err := server.command.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	_ = server.command.Wait() // it says that it was ended
	return server.launch()
}

// ordinary returns who is to run the server, since it runs for no root, and makes
// dir theirs.
func ordinary(t testing.TB, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// find returns the folder of the server's programs: on Debian they are in no PATH.
func find(t testing.TB) string {
	t.Helper()
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(folders)
	if name, err := exec.LookPath("initdb"); err == nil {
		folders = slices.Insert(folders, 0, filepath.Dir(name))
	}
	for _, folder := range folders {
		if _, err := exec.LookPath(filepath.Join(folder, "postgres")); err == nil {
			return folder
		}
	}
	const missing = "PostgreSQL is not installed: apt-get install postgresql (see .ci/run)"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

func execute(t testing.TB, statement string) {
	t.Helper()
	if err := run("postgres", statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func run(database, statement string) (err error) {
	pool, err := sql.Open("pgx", urlOf(database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	_, err = pool.Exec(statement)
	return err
}

func stop() {
	server.Lock()
	defer server.Unlock()
	if server.command == nil {
		return
	}
	err := server.command.Process.Signal(syscall.SIGINT) // it ends all sessions
	if err = errors.Join(err, server.command.Wait(), os.RemoveAll(server.dir)); err != nil {
		fmt.Fprintln(os.Stderr, "end PostgreSQL:", err)
	}
	server.command = nil
}
