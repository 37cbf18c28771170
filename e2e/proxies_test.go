package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"
)

// proxyPlace is where a proxy and the server behind it are in a test.
type proxyPlace struct {
	dir     string // with cert.pem and key.pem
	address string // of the proxy
	backend string // of the server, as the setting listen has it
	path    string // of the site
}

// proxies start the real programs with the files under packaging.
var proxies = map[string]func(t *testing.T, at proxyPlace, replaced ...string){"nginx": startNginx, "caddy": startCaddy}

func TestBehindProxies(t *testing.T) {
	t.Parallel()
	for name, startProxy := range proxies {
		for _, row := range []struct{ name, path, trusted string }{
			{"root", "", "127.0.0.0/8"}, {"path", "/pics", "127.0.0.1"}, {"socket", "", "unix"}, {"socket and path", "/pics", "unix"},
		} {
			t.Run(name+"/"+row.name, func(t *testing.T) {
				at := proxyPlace{dir: shortDir(t), address: freeAddress(t), backend: freeAddress(t), path: row.path}
				client := certify(t, at.dir)
				transport := &http.Transport{TLSClientConfig: client.Transport.(*http.Transport).TLSClientConfig, ForceAttemptHTTP2: true}
				client.Transport = transport
				defer transport.CloseIdleConnections()
				if row.trusted == "unix" {
					at.backend = "unix:" + filepath.Join(at.dir, "http.sock")
				}
				base := "https://" + at.address + at.path
				p := start(t, t.TempDir(), "POSTERN_LISTEN="+at.backend, "POSTERN_BASE_URL="+base,
					"POSTERN_TRUSTED_PROXIES="+row.trusted, "POSTERN_SOCKET_MODE=0666",
					"POSTERN_URL_SOURCE_ENABLED=false")
				startProxy(t, at)
				eventually(t, "the proxy answers", func() bool {
					res, err := client.Get(base + "/readyz")
					if err != nil {
						return false
					}
					res.Body.Close()
					return res.StatusCode == http.StatusOK
				})
				throughProxy(t, p, client, base)
				found := p.doctor(at)
				for _, check := range []string{"settings", "server", "base_url", "proxy", "bodies", "folder", "database"} {
					if found[check].State != "ok" {
						t.Errorf("the doctor on %s: %+v", check, found[check])
					}
				}
			})
		}
	}
}

// finding is what the doctor says of one thing.
type finding struct{ Check, State, Found, Advice string }

// doctor runs the doctor beside a server behind a proxy, with the same settings.
func (p *process) doctor(at proxyPlace) map[string]finding {
	p.t.Helper()
	return p.doctorWith("SSL_CERT_FILE=" + at.dir + "/cert.pem")
}

// doctorWith runs the doctor with other settings than the server's.
func (p *process) doctorWith(env ...string) map[string]finding {
	p.t.Helper()
	return p.doctorBy([]string{binary}, env...)
}

// doctorBy does it with a program that may be another one.
func (p *process) doctorBy(program []string, env ...string) map[string]finding {
	p.t.Helper()
	cmd := exec.Command(program[0], append(program[1:], "doctor", "--json")...)
	cmd.Dir = p.cmd.Dir
	cmd.Env = slices.Concat(p.cmd.Env, env)
	out, _ := cmd.Output() // the status is that of the worst
	var list []finding
	if err := json.Unmarshal(out, &list); err != nil {
		p.t.Fatalf("the doctor: %v: %s", err, out)
	}
	found := make(map[string]finding)
	for _, f := range list {
		found[f.Check] = f
	}
	return found
}

func TestDoctorSeesWhatAProxyDoesWrong(t *testing.T) {
	at := proxyPlace{dir: shortDir(t), address: freeAddress(t), backend: freeAddress(t)}
	certify(t, at.dir)
	p := start(t, t.TempDir(), "POSTERN_LISTEN="+at.backend, "POSTERN_BASE_URL=https://"+at.address,
		"POSTERN_URL_SOURCE_ENABLED=false")
	if f := p.doctor(at)["base_url"]; f.State != "problem" || !strings.Contains(f.Advice, "Start the proxy") {
		t.Errorf("without a proxy: %+v", f)
	}
	startNginx(t, at, "client_max_body_size 0;", "client_max_body_size 1m;")
	eventually(t, "the proxy answers", func() bool { return p.doctor(at)["base_url"].State == "ok" })
	found := p.doctor(at)
	if f := found["proxy"]; f.State != "problem" || !strings.Contains(f.Advice, `Add "127.0.0.1" to trusted_proxies`) {
		t.Errorf("a proxy that is not trusted: %+v", f)
	}
	if f := found["bodies"]; f.State != "warning" || !strings.Contains(f.Advice, "client_max_body_size") {
		t.Errorf("a proxy that refuses large bodies: %+v", f)
	}
}

// throughProxy uploads a large file by HTTP/2 and fetches it again.
func throughProxy(t *testing.T, p *process, client *http.Client, base string) {
	p.url = base
	usual := http.DefaultClient
	http.DefaultClient = client
	defer func() { http.DefaultClient = usual }()
	large := bytes.Repeat([]byte{'x'}, 40<<20)
	image, err := p.upload(p.key, "a.jpg", append(picture(t, "through a proxy"), large...))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"url", "url_viewer", "delete_url"} {
		address := fmt.Sprint(image[key])
		res, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if !strings.HasPrefix(address, base+"/") || res.StatusCode != http.StatusOK || res.Proto != "HTTP/2.0" {
			t.Errorf("%s is %s: %s by %s", key, address, res.Status, res.Proto)
		}
	}
	cached, err := http.NewRequest("GET", fmt.Sprint(image["url"]), nil)
	if err != nil {
		t.Fatal(err)
	}
	cached.Header.Set("Range", "bytes=0-9")
	res, err := client.Do(cached)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if part, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusPartialContent || len(part) != 10 {
		t.Errorf("a part of the file: %s, %d bytes", res.Status, len(part))
	}
}

func startNginx(t *testing.T, at proxyPlace, replaced ...string) {
	nginx, err := exec.LookPath("/usr/sbin/nginx")
	if err != nil {
		nginx = need(t, "nginx")
	}
	replaced = append(replaced,
		"server 127.0.0.1:8080;", "server "+at.backend+";",
		"listen 443 ssl http2;", "listen "+at.address+" ssl http2;",
		"server_name img.example.org;", "server_name 127.0.0.1;",
		"/etc/ssl/img.example.org.pem", at.dir+"/cert.pem",
		"/etc/ssl/private/img.example.org.key", at.dir+"/key.pem",
	)
	if at.path != "" {
		replaced = append(replaced, "location / {", "location "+at.path+"/ {")
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // the folder is root's
	}
	conf := packaged(t, at.dir, "nginx.conf", replaced...)
	main := filepath.Join(at.dir, "main.conf")
	text := "daemon off;\n" + user + "\npid pid;\nerror_log error.log;\nevents {}\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		text += kind + "_temp_path " + kind + ";\n"
	}
	if err := os.WriteFile(main, []byte(text+"include "+conf+";\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runProxy(t, exec.Command(nginx, "-p", at.dir, "-c", main, "-e", "error.log"))
}

func startCaddy(t *testing.T, at proxyPlace, replaced ...string) {
	backend := at.backend
	if path, isSocket := strings.CutPrefix(backend, "unix:"); isSocket {
		backend = "unix/" + path
	}
	replaced = append(replaced,
		"img.example.org {", "https://"+at.address+" {\n\ttls cert.pem key.pem",
		"\treverse_proxy 127.0.0.1:8080", "\treverse_proxy "+backend,
	)
	if at.path != "" {
		replaced[len(replaced)-1] = "\thandle " + at.path + "/* {\n\t\treverse_proxy " + backend + "\n\t}"
	}
	caddy := need(t, "caddy")
	site := packaged(t, at.dir, "Caddyfile", replaced...)
	text, err := os.ReadFile(site)
	if err != nil {
		t.Fatal(err)
	}
	options := "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"
	if err := os.WriteFile(site, append([]byte(options), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(caddy, "run", "--config", site, "--adapter", "caddyfile")
	cmd.Dir = at.dir
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+at.dir, "XDG_CONFIG_HOME="+at.dir, "HOME="+at.dir)
	runProxy(t, cmd)
}

// traefikFile has the fields of Traefik's file provider that its block uses, by the names
// and nesting of Traefik's reference for version 3.
type traefikFile struct {
	HTTP struct {
		Routers map[string]struct {
			Rule        string
			EntryPoints []string `yaml:"entryPoints"`
			Service     string
			TLS         struct {
				CertResolver string `yaml:"certResolver"`
			}
		}
		Services map[string]struct {
			LoadBalancer struct {
				Servers     []struct{ URL string }
				HealthCheck struct{ Path string } `yaml:"healthCheck"`
			} `yaml:"loadBalancer"`
		}
	}
}

// TestTheBlockForTraefikIsWellFormed stands for a test with Traefik itself, whose parser
// takes minutes to build: a field that it does not know, a rule that it cannot read, or a
// service that is not there keeps the whole file from being used.
func TestTheBlockForTraefikIsWellFormed(t *testing.T) {
	text, err := os.ReadFile("../packaging/traefik.yml")
	if err != nil {
		t.Fatal(err)
	}
	read := func(text []byte) (file traefikFile, err error) {
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		return file, decoder.Decode(&file)
	}
	file, err := read(text)
	if err != nil || len(file.HTTP.Routers) != 1 || len(file.HTTP.Services) != 1 {
		t.Fatalf("%+v, %v", file, err)
	}
	rule := regexp.MustCompile("^Host\\(`[a-z.]+`\\)( && PathPrefix\\(`/[a-z]+`\\))?$")
	for name, router := range file.HTTP.Routers {
		service, found := file.HTTP.Services[router.Service]
		if !found || !rule.MatchString(router.Rule) || len(router.EntryPoints) == 0 || router.TLS.CertResolver == "" {
			t.Errorf("router %s: %+v", name, router)
		}
		// As the settings have them, and as the server answers.
		servers := service.LoadBalancer.Servers
		if len(servers) != 1 || servers[0].URL != "http://127.0.0.1:8080" || service.LoadBalancer.HealthCheck.Path != "/healthz" {
			t.Errorf("service %s: %+v", router.Service, service)
		}
	}
	// The rule below a path is in a comment.
	if m := regexp.MustCompile(`# below a path: (.*)\n`).FindSubmatch(text); m == nil || !rule.Match(m[1]) {
		t.Errorf("the rule below a path: %q", m)
	}
	if _, err := read(append(text, "  middleware: {}\n"...)); err == nil {
		t.Error("an unknown field is read")
	}
}

// packaged copies a file of packaging into a folder, with texts replaced, each of
// which must be there once.
func packaged(t *testing.T, dir, name string, replaced ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../packaging", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(replaced); i += 2 {
		if strings.Count(text, replaced[i]) != 1 {
			t.Fatalf("packaging/%s has %q %d times, want it once", name, replaced[i], strings.Count(text, replaced[i]))
		}
		text = strings.Replace(text, replaced[i], replaced[i+1], 1)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// runProxy runs a program until the end of the test, and shows what it says if that fails.
func runProxy(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
}

// shortDir is a folder whose path is short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "proxy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
