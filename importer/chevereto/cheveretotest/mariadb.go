package cheveretotest

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

// Daemon is a server of MariaDB that a test has started for itself.
type Daemon struct {
	dir, socket string
	databases   int
}

// StartMariaDB starts a server in a folder of its own, until the test ends. The
// test is skipped where none is installed, and fails there in a CI.
func StartMariaDB(t *testing.T) *Daemon {
	t.Helper()
	daemon := program(t, "mariadbd")
	// Paths of sockets are short, and those of tests may be long.
	dir, err := os.MkdirTemp("", "mariadb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	who, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	m := &Daemon{dir: dir, socket: filepath.Join(dir, "s")}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	// Without tables of users it needs no installation, and nobody else reaches its socket.
	cmd := exec.Command(daemon, "--no-defaults", "--datadir="+data, "--socket="+m.socket, "--pid-file="+filepath.Join(dir, "pid"),
		"--skip-networking", "--skip-grant-tables", "--user="+who.Username, "--innodb-buffer-pool-size=16M", "--sql-mode=")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Process.Kill()
		<-ended
	})
	for m.execute("", "SELECT 1") != nil {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("mariadbd ended: %v\n%s", err, log.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return m
}

// Load fills a new database from a dump and returns its DSN.
func (m *Daemon) Load(t *testing.T, dump []byte) string {
	t.Helper()
	m.databases++
	name := fmt.Sprintf("site%d", m.databases)
	// What follows is for the client that this is not.
	statements, _, _ := bytes.Cut(dump, []byte("\nDELIMITER"))
	err := m.execute("", "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
	if err == nil {
		err = m.execute(name, string(statements))
	}
	if err != nil {
		t.Fatalf("load dump: %v", err)
	}
	return m.dsn(name)
}

func (m *Daemon) dsn(database string) string { return "root@unix(" + m.socket + ")/" + database }

// execute runs statements in a connection of their own.
func (m *Daemon) execute(database, statements string) error {
	db, err := sql.Open("mysql", m.dsn(database)+"?multiStatements=true&charset=utf8mb4")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statements)
	return err
}

// program finds a program of MariaDB.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = "/usr/sbin/" + name
		_, err = os.Stat(path)
	}
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("no %s, and CI needs it: install mariadb-server-core", name)
	}
	if err != nil {
		t.Skipf("no %s: install mariadb-server-core", name)
	}
	return path
}
