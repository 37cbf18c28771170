package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// gatewaysProxy starts nginx before two gateways, with the lines of docs/scale.md, and
// returns its URL.
func gatewaysProxy(t *testing.T, one, two *process) string {
	t.Helper()
	nginx, err := exec.LookPath("/usr/sbin/nginx")
	if err != nil {
		nginx = need(t, "nginx")
	}
	docs, err := os.ReadFile("../docs/scale.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(docs), "\n    upstream gateways {")
	text, _, found := strings.Cut("    upstream gateways {"+text, "\n    }\n\n")
	if !found {
		t.Fatal("docs/scale.md has no lines for nginx")
	}
	dir, address := shortDir(t), freeAddress(t)
	for old, replacement := range map[string]string{
		"server 10.0.0.1:8080;": "server " + strings.TrimPrefix(one.url, "http://") + ";",
		"server 10.0.0.2:8080;": "server " + strings.TrimPrefix(two.url, "http://") + ";", "listen 80;": "listen " + address + ";",
	} {
		if !strings.Contains(text, old) {
			t.Fatalf("docs/scale.md has no %q", old)
		}
		text = strings.ReplaceAll(text, old, replacement)
	}
	main := "daemon off;\npid pid;\nevents {}\nhttp {\naccess_log off;\n" + text + "\n    }\n}\n"
	if os.Geteuid() == 0 {
		main = "user root;\n" + main // the folder is root's
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main = strings.Replace(main, "http {\n", "http {\n"+kind+"_temp_path "+kind+";\n", 1)
	}
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(main), 0o600); err != nil {
		t.Fatal(err)
	}
	runProxy(t, exec.Command(nginx, "-p", dir, "-c", conf, "-e", "error.log"))
	eventually(t, "nginx answers", func() bool {
		res, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return "http://" + address
}

// parts counts files of uploads in parts at a gateway, by the end of their names.
func (p *process) parts(suffix string) int {
	names, _ := filepath.Glob(filepath.Join(p.dir, "resumable", "*"+suffix))
	return len(names)
}

// staysAtOneGateway sends files in parts through a proxy before two gateways, each part by
// a connection of its own, from several addresses.
func staysAtOneGateway(t *testing.T, one, two *process) {
	proxy := gatewaysProxy(t, one, two)
	data := picture(t, "parts")
	const clients = 12
	for n := range clients {
		local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(10+n))}
		transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{LocalAddr: local}).DialContext}
		c := &http.Client{Transport: transport}
		send := func(method, address string, body []byte, want int, headers ...string) *http.Response {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Tus-Resumable", "1.0.0")
			req.Header.Set("X-API-Key", one.key)
			for i := 0; i+1 < len(headers); i += 2 {
				req.Header.Set(headers[i], headers[i+1])
			}
			res, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != want {
				t.Fatalf("%s from %v: %d, want %d", method, local.IP, res.StatusCode, want)
			}
			return res
		}
		name := "filename " + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d.jpg", n))
		begun := send("POST", proxy+"/files/", nil, 201, "Upload-Length", fmt.Sprint(len(data)), "Upload-Metadata", name)
		const part = 300
		for at := 0; at < len(data); at += part {
			end, want := min(at+part, len(data)), 204
			if end == len(data) {
				want = 200
			}
			send("PATCH", begun.Header.Get("Location"), data[at:end], want, "Upload-Offset", fmt.Sprint(at), "Content-Type", "application/offset+octet-stream")
		}
	}
	if a, b := one.parts(".json"), two.parts(".json"); a+b != clients || a == 0 || b == 0 {
		t.Errorf("%d and %d uploads at the gateways, want %d together, and some at each", a, b, clients)
	}
	t.Run("a gateway that ends", func(t *testing.T) { beginsAnew(t, proxy, one, two) })
}

// beginsAnew kills the gateway that has the first parts of an upload: the client begins
// it anew, at the other one.
func beginsAnew(t *testing.T, proxy string, one, two *process) {
	target, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	var sent atomic.Int64
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		if r.In.Method != http.MethodPatch || sent.Add(1) != 3 {
			return
		}
		for _, p := range []*process{one, two} {
			if p.parts(".part") > 0 {
				p.kill()
			}
		}
	}})
	t.Cleanup(front.Close)
	file, data := bigPicture(t, 5_000_000)
	got := uploadCommand(t, nil, []string{"POSTERN_KEY=" + one.key}, "--server", front.URL, "--part", "1 MB", file)
	if got.status != 0 || sent.Load() < 8 {
		t.Fatalf("%d parts were sent: %+v", sent.Load(), got)
	}
	if status, stored := get(t, strings.TrimSpace(got.stdout)); status != 200 || !bytes.Equal(stored, data) {
		t.Errorf("%d, %d bytes, want the %d that were sent", status, len(stored), len(data))
	}
}
