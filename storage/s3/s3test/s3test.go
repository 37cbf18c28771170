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

// Versitygw starts a versitygw with an empty bucket. Without the program the test is
// skipped, or fails under CI.
func Versitygw(t testing.TB) s3.Options {
	t.Helper()
	program := find(t)
	dir := t.TempDir()
	bucket := filepath.Join(dir, "files", "bucket")
	if err := os.MkdirAll(bucket, 0o755); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	cmd := exec.Command(program, "--port", address, "--access", accessKey, "--secret", secretKey, "--quiet",
		"posix", "--sidecar", makeDir(t, dir, "meta"), filepath.Dir(bucket))
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if answer, err := http.Get("http://" + address); err == nil {
			answer.Body.Close()
			break
		} else if time.Since(start) > time.Minute {
			t.Fatalf("versitygw does not answer: %v", err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	return s3.Options{
		Endpoint: address, Region: "us-east-1", Bucket: "bucket", PathStyle: true, Plain: true,
		AccessKey: accessKey, SecretKey: secretKey,
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
