package e2e

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/security"
)

// nginxConfig passes a path on unchanged, and answers all others itself.
const nginxConfig = `
daemon off;
%[1]s
pid %[2]s/pid;
error_log %[2]s/error.log;
events {}
http {
	access_log off;
	client_body_temp_path %[2]s/body;
	proxy_temp_path %[2]s/proxy;
	fastcgi_temp_path %[2]s/fastcgi;
	uwsgi_temp_path %[2]s/uwsgi;
	scgi_temp_path %[2]s/scgi;
	server {
		listen %[3]s ssl;
		ssl_certificate %[2]s/cert.pem;
		ssl_certificate_key %[2]s/key.pem;
		client_max_body_size 100m;
		location /pics/ {
			proxy_pass %[4]s;
			proxy_http_version 1.1;
			proxy_request_buffering off;
			proxy_set_header X-Forwarded-For $remote_addr;
			proxy_set_header X-Forwarded-Proto $scheme;
		}
		location / { return 418; }
	}
}
`

// behindNginx starts a server below a path of an nginx with TLS. It returns the
// base URL and a client that trusts the certificate and keeps cookies.
func behindNginx(t *testing.T) (p *process, base string, client *http.Client) {
	t.Helper()
	nginx, err := exec.LookPath("/usr/sbin/nginx")
	if err != nil {
		nginx = need(t, "nginx")
	}
	dir := t.TempDir()
	client = certify(t, dir)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	base = "https://" + address + "/pics"
	p = start(t, t.TempDir(), "POSTERN_BASE_URL="+base, "POSTERN_TRUSTED_PROXIES=127.0.0.1", "POSTERN_GUEST_UPLOADS=true", "POSTERN_IMGPILE_ENABLED=true")
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // the folder is root's
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, user, dir, address, p.url), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log"))
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if res, err := client.Get(base + "/healthz"); err == nil {
			res.Body.Close()
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("nginx: %v\n%s", err, out.String())
		}
	}
	return p, base, client
}

// certify writes a certificate for 127.0.0.1, and returns a client that trusts it.
func certify(t *testing.T, dir string) *http.Client {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: server.Certificate().Raw}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)
	return client
}

// read is a page's final address and text.
func read(t *testing.T, res *http.Response, err error) (at, text string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 400 {
		t.Errorf("%s: %s, %v", res.Request.URL, res.Status, err)
	}
	return res.Request.URL.String(), string(data)
}

func TestBelowAPathOfNginxWithTLS(t *testing.T) {
	p, base, client := behindNginx(t)
	p.url = base
	usual := http.DefaultClient
	http.DefaultClient = client
	defer func() { http.DefaultClient = usual }()
	image, err := p.upload(p.key, "a.jpg", picture(t, "below a path"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"url", "url_viewer", "delete_url"} {
		address := fmt.Sprint(image[key])
		if !strings.HasPrefix(address, base+"/") {
			t.Errorf("%s is %s", key, address)
		}
		res, err := client.Get(address)
		read(t, res, err)
	}
	res, err := client.PostForm(base+"/sign-in", url.Values{"key": {p.key}, "back": {"/gallery"}})
	at, text := read(t, res, err)
	if at != base+"/gallery" || !strings.Contains(text, fmt.Sprint(image["id_encoded"])) {
		t.Errorf("signing in led to %s", at)
	}
	res, err = client.Get(base + "/oembed?url=" + url.QueryEscape(fmt.Sprint(image["url_viewer"])))
	read(t, res, err)
	res, err = client.Get(base + "/api/v1/media")
	if _, text = read(t, res, err); !strings.Contains(text, base+"/api/v1/media?") {
		t.Errorf("links of a list: %s", text)
	}
	res, err = client.Post(fmt.Sprint(image["delete_url"]), "", nil)
	if err != nil || !strings.HasPrefix(res.Request.URL.String(), base+"/") || res.StatusCode != 404 {
		t.Errorf("deleting led to %v, %v", res.Request.URL, err)
	}
	if res, err = client.Get(strings.TrimSuffix(base, "/pics") + "/"); err != nil || res.StatusCode != 418 {
		t.Errorf("beside the path: %v, %v", res, err)
	}
}

// TestScriptsBelowAPath fails by the errors of the console too: nginx answers
// whatever leaves the path with an error.
func TestScriptsBelowAPath(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	_, base, _ := behindNginx(t)
	b := browse(t, base)
	call(b, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	b.open("/")
	b.choose("#source", paddedFile(t, "a.jpg", 50_000))
	b.count(ready, 1)
	b.click("#send")
	b.count(done, 1)
	b.count("#own-list li", 1)
	link := ask[string](b, `document.querySelector('#own-list a').href`)
	if !strings.HasPrefix(link, base+"/image/") {
		t.Errorf("the upload is at %s", link)
	}
	b.click("#scheme button[value=dark]")
	b.open("/tools")
	if got := ask[string](b, `document.documentElement.dataset.scheme + ' ' + document.cookie`); got != "dark scheme=dark" {
		t.Errorf("the colours that were chosen: %q", got)
	}
	b.open("/")
	b.click("#own-list .delete")
	b.click("#ask-yes")
	b.count("#own-list li", 0)
	b.open(strings.TrimPrefix(link, base))
	b.tolerate("404")
	if text := ask[string](b, `document.body.innerText`); strings.Contains(text, "a.jpg") {
		t.Errorf("after it was deleted: %s", text)
	}
}
