package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestTheContainerRuns makes the container of packaging/Dockerfile, but for its first
// stage, whose one script is run here, and runs it as its user.
func TestTheContainerRuns(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("containers are made by root, on Linux")
	}
	buildah, dir := need(t, "buildah"), shortDir(t)
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "POSTERN="+binary, "BUILDAH_ISOLATION=chroot", "STORAGE_DRIVER=vfs")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", filepath.Base(name), args, err, out)
		}
		return string(out)
	}
	inStore := func(args ...string) string {
		t.Helper()
		return run(buildah, append([]string{"--root", dir + "/root", "--runroot", dir + "/run"}, args...)...)
	}
	run("../packaging/rootfs", dir+"/stage/rootfs")
	data, err := os.ReadFile("../packaging/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, found := strings.Cut(string(data), "\nFROM scratch\n")
	if !found {
		t.Fatal("the last stage of packaging/Dockerfile is not FROM scratch")
	}
	if err := os.WriteFile(dir+"/Dockerfile", []byte("FROM scratch\n"+last), 0o600); err != nil {
		t.Fatal(err)
	}
	inStore("build", "--format", "docker", "--build-context", "build="+dir+"/stage", "-f", dir+"/Dockerfile", "-t", "postern", dir)
	if got := inStore("inspect", "--type", "image", "--format", "{{.Docker.Config.User}} {{.Docker.Config.Healthcheck.Test}} {{.Docker.Config.Volumes}}", "postern"); strings.TrimSpace(got) != "65532:65532 [CMD /postern health] map[/data:{}]" {
		t.Errorf("the container's settings: %s", got)
	}
	container := strings.TrimSpace(inStore("from", "postern"))
	defer inStore("rm", container)
	if got := inStore("run", container, "--", "/postern", "version"); !strings.HasPrefix(got, "postern ") {
		t.Errorf("version: %s", got)
	}
	address := freeAddress(t)
	server := exec.Command(buildah, "--root", dir+"/root", "--runroot", dir+"/run", "run", "--env", "POSTERN_LISTEN="+address, container, "--", "/postern", "serve")
	server.Env = append(os.Environ(), "BUILDAH_ISOLATION=chroot", "STORAGE_DRIVER=vfs")
	runProxy(t, server)
	eventually(t, "the container is ready", func() bool {
		return exec.Command(binary, "health", "--listen", address).Run() == nil
	})
	p := &process{t: t, url: "http://" + address, key: firstKey(t, server.Stdout.(*lockedBuffer))}
	if _, err := p.upload(p.key, "a.jpg", picture(t, "in a container")); err != nil {
		t.Error(err)
	}
}
