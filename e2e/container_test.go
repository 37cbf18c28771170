package e2e

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
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
	// A server that still writes into its volume keeps it from being removed, so this is
	// registered before the server starts and runs after it has ended.
	t.Cleanup(func() { inStore("rm", container) })
	if got := inStore("run", container, "--", "/postern", "version"); !strings.HasPrefix(got, "postern ") {
		t.Errorf("version: %s", got)
	}
	for _, file := range []string{"etc/ssl/certs/ca-certificates.crt", "etc/passwd"} {
		if info, err := os.Stat(dir + "/stage/rootfs/root/" + file); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
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

// TestComposeFilesHaveSettings holds the settings of each compose file against the
// program, and their paths against the tree.
func TestComposeFilesHaveSettings(t *testing.T) {
	files, err := filepath.Glob("../packaging/compose.*.yaml")
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	chosen := strings.NewReplacer("${POSTERN_BASE_URL:-}", "https://img.example.org",
		"${POSTERN_DATABASE_PASSWORD:?choose a password}", "secret", "${POSTERN_S3_SECRET_KEY:?choose a secret key}", "secret")
	for _, file := range append(files, "../compose.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		env := os.Environ()
		for _, m := range regexp.MustCompile(`(?m)^ +(POSTERN_\w+): (.+)$`).FindAllStringSubmatch(string(data), -1) {
			env = append(env, m[1]+"="+strings.Trim(chosen.Replace(m[2]), `"`))
		}
		if strings.Contains(file, "caddy") != (len(env) == len(os.Environ())) {
			t.Errorf("%s has the settings %v", file, env[len(os.Environ()):])
		}
		cmd := exec.Command(binary, "config", "check")
		cmd.Dir, cmd.Env = t.TempDir(), env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
		for _, m := range regexp.MustCompile(`(?m)^ +context: (.+)\n +dockerfile: (.+)$`).FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1], m[2])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// TestComposeReadsItsFiles reads the compose files by the package that Docker Compose reads
// them with.
func TestComposeReadsItsFiles(t *testing.T) {
	check := need(t, "check-release") // .ci/run builds it from packaging/check-release
	read := func(files ...string) (out []byte, err error) {
		cmd := exec.Command(check, files...)
		cmd.Env = append(os.Environ(), "POSTERN_BASE_URL=https://img.example.org", "POSTERN_DATABASE_PASSWORD=secret", "POSTERN_S3_SECRET_KEY=secret")
		return cmd.CombinedOutput()
	}
	for _, row := range []struct{ files, services, ports string }{
		{"../compose.yaml", "postern", "postern:8080"},
		// Behind Caddy, the server itself has no port on the machine.
		{"../compose.yaml ../packaging/compose.caddy.yaml", "caddy postern", "caddy:80 caddy:443 caddy:443"},
		{"../packaging/compose.gateways.yaml", "bucket database gateway1 gateway2 makebucket proxy", "proxy:8080"},
	} {
		out, err := read(strings.Fields(row.files)...)
		var project struct {
			Services map[string]struct {
				Ports []struct{ Published string }
			}
		}
		if err := errors.Join(err, json.Unmarshal(out, &project)); err != nil {
			t.Errorf("%s: %v\n%s", row.files, err, out)
			continue
		}
		var ports []string
		services := slices.Sorted(maps.Keys(project.Services))
		for _, name := range services {
			for _, port := range project.Services[name].Ports {
				ports = append(ports, name+":"+port.Published)
			}
		}
		if got := strings.Join(services, " "); got != row.services {
			t.Errorf("%s: the services %s, want %s", row.files, got, row.services)
		}
		if got := strings.Join(ports, " "); got != row.ports {
			t.Errorf("%s: the ports %s, want %s", row.files, got, row.ports)
		}
	}
	text, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(wrong, []byte(strings.Replace(string(text), "cap_drop:", "cap_dorp:", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := read(wrong); err == nil || !strings.Contains(string(out), "cap_dorp") {
		t.Errorf("a field that Compose does not know: %v\n%s", err, out)
	}
}
