// Package s3test starts servers of S3 for tests.
package s3test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"postern/storage/s3"
)

// Keys of the servers that are started here.
const (
	accessKey = "postern"
	secretKey = "postern-secret"
)

// Gateway is a versitygw with an empty bucket.
type Gateway struct {
	Options s3.Options

	make func() *exec.Cmd
	cmd  *exec.Cmd
}

// Versitygw starts a versitygw with an empty bucket. Without the program the test is
// skipped, or fails under CI.
func Versitygw(t testing.TB) s3.Options {
	t.Helper()
	return Start(t).Options
}

// Start is Versitygw for tests that end it in between.
func Start(t testing.TB) *Gateway {
	t.Helper()
	program := find(t)
	dir := t.TempDir()
	bucket := filepath.Join(dir, "files", "bucket")
	if err := os.MkdirAll(bucket, 0o755); err != nil {
		t.Fatal(err)
	}
	address, meta := freeAddress(t), makeDir(t, dir, "meta")
	g := &Gateway{make: func() *exec.Cmd {
		cmd := exec.Command(program, "--port", address, "--access", accessKey, "--secret", secretKey, "--quiet",
			"posix", "--sidecar", meta, filepath.Dir(bucket))
		cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
		return cmd
	}, Options: s3.Options{
		Endpoint: address, Region: "us-east-1", Bucket: "bucket", PathStyle: true, Plain: true,
		AccessKey: accessKey, SecretKey: secretKey,
	}}
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.kill)
	return g
}

// Process is the server's process.
func (g *Gateway) Process() int { return g.cmd.Process.Pid }

// Crash kills the server and starts it again.
func (g *Gateway) Crash() error {
	g.kill()
	return g.start()
}

func (g *Gateway) kill() {
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}

func (g *Gateway) start() error {
	g.cmd = g.make()
	if err := g.cmd.Start(); err != nil {
		return err
	}
	defer http.DefaultClient.CloseIdleConnections()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get("http://" + g.Options.Endpoint)
		if err == nil {
			return answer.Body.Close()
		}
		if time.Since(began) > time.Minute {
			return fmt.Errorf("versitygw does not answer: %w", err)
		}
	}
}

// find looks for versitygw where programs are, and where go installs them.
func find(t testing.TB) string {
	t.Helper()
	if name, err := exec.LookPath("versitygw"); err == nil {
		return name
	}
	home, _ := os.UserHomeDir()
	for _, dir := range []string{os.Getenv("GOBIN"), filepath.Join(home, "go", "bin")} {
		if name, err := exec.LookPath(filepath.Join(dir, "versitygw")); dir != "" && err == nil {
			return name
		}
	}
	const missing = "versitygw is not installed: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 (see .ci/run)"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

func makeDir(t testing.TB, elements ...string) string {
	t.Helper()
	dir := filepath.Join(elements...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return fmt.Sprint(listener.Addr())
}
