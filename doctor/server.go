package doctor

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"postern/buildinfo"
	"postern/config"
	"postern/handlers/site"
	"postern/server"
)

// doctorTimeout is how long each question that goes over the network may take.
const doctorTimeout = 5 * time.Second

// checkServer looks for the server of the data folder.
func (d *doctor) checkServer(ctx context.Context) {
	var facts server.Facts
	err := server.Order(ctx, d.c.DataDir, "/expect?token="+d.token(), &facts)
	switch {
	case errors.Is(err, server.ErrNotServing):
		d.checkPorts()
		return
	case err != nil:
		d.add("server", Warning, "it cannot be asked: "+oneLine(err), "Run this as the server's user.")
		return
	}
	d.server = &facts
	found := fmt.Sprintf("postern %s answers on %s", facts.Version, strings.Join(facts.Addresses, ", "))
	switch {
	case facts.Error != "":
		d.add("server", Warning, found+", under older settings: "+facts.Error, "Correct the settings; then `postern reload`.")
	case len(facts.Changed) > 0:
		d.add("server", Warning, found+"; changed since it read the settings: "+strings.Join(facts.Changed, ", "), "Run `postern reload`.")
	case len(facts.Restart) > 0:
		d.add("server", Warning, found+"; in force after a restart only: "+strings.Join(facts.Restart, ", "), "Restart the server.")
	case facts.Version != buildinfo.Version:
		d.add("server", Warning, found+"; this program is postern "+buildinfo.Version, "Restart the server to run the version that is installed.")
	default:
		d.add("server", OK, found)
	}
}

// checkPorts says whether a server could open its addresses now.
func (d *doctor) checkPorts() {
	addresses, _ := config.AddressesOf(d.c.Listen) // check has read them
	for _, address := range addresses {
		if strings.HasPrefix(address, config.SocketPrefix) {
			continue // opening it would remove the one that is there
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			d.add("server", Problem, fmt.Sprintf("none runs, and none could start: %s: %v", address, err),
				"Stop what uses the address, or set listen to another one; ports below 1024 are opened by systemd (postern.socket) or a proxy.")
			return
		}
		listener.Close()
	}
	d.add("server", Skipped, "none runs on "+d.c.DataDir+"; its addresses are free", "Start it, and run this again to look at the proxy.")
}

// token makes the word by which the server knows the doctor's request.
func (d *doctor) token() string {
	if d.requestToken == "" {
		d.requestToken = rand.Text()
	}
	return d.requestToken
}

// siteURL is where the doctor asks: base_url, or the server's first address.
func (d *doctor) siteURL() string {
	if d.c.BaseURL != "" {
		return config.Address(d.c.BaseURL)
	}
	for _, text := range d.server.Addresses {
		if host, port, err := net.SplitHostPort(text); err == nil {
			if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
				host = "localhost"
			}
			return "http://" + net.JoinHostPort(host, port)
		}
	}
	return ""
}

// checkBaseURL asks the server by the URL that visitors use.
func (d *doctor) checkBaseURL(ctx context.Context) {
	const check = "base_url"
	if d.server == nil {
		d.add(check, Skipped, cmp.Or(d.c.BaseURL, "not set")+": there is no server to reach")
		return
	}
	target := d.siteURL()
	if target == "" {
		d.add(check, Warning, "not set, and the server listens on sockets only", "Set base_url to the URL that visitors use.")
		return
	}
	res, err := d.request(ctx, http.MethodGet, target+"/healthz", nil, 0)
	if err != nil {
		d.add(check, Problem, oneLine(err), reachAdvice(err))
		return
	}
	if err := server.Order(ctx, d.c.DataDir, "/arrival", &d.arrival); err != nil {
		d.add(check, Warning, oneLine(err))
		return
	}
	d.reached = d.arrival != nil
	switch location := res.Header.Get("Location"); {
	case !d.reached && location != "":
		d.add(check, Problem, fmt.Sprintf("%s redirects to %s, and not to this server", target, location), "Set base_url to the URL that visitors end at.")
	case !d.reached:
		d.add(check, Problem, fmt.Sprintf("%s answers %s, and the request has not come to this server", target, res.Status),
			"Let the proxy pass requests on to", strings.Join(d.server.Addresses, ", ")+".", "The blocks in packaging/ are examples.")
	case d.c.BaseURL == "":
		d.add(check, Warning, "not set: links have the host that each request names; "+target+" answers", "Set base_url to the URL that visitors use.")
	default:
		d.add(check, OK, fmt.Sprintf("%s leads to this server (%s)", target, res.Proto))
	}
}

// reachAdvice says what to do about a URL that could not be reached.
func reachAdvice(err error) string {
	var noName *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &noName):
		return "Let the name of base_url lead to the proxy, or to this machine."
	case errors.As(err, &certificate):
		return "Give the proxy a certificate for this name that clients trust."
	default:
		return "Start the proxy, and open its port; if visitors reach it and this machine cannot, only this check fails."
	}
}

// request sends the doctor's request, and reads the answer to its end. It follows no
// redirect.
func (d *doctor) request(ctx context.Context, method, target string, body io.Reader, length int64) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set(site.TokenHeader, d.token())
	if body != nil {
		r.ContentLength = length
		r.Header.Set("Expect", "100-continue")
	}
	client := http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true, ForceAttemptHTTP2: true, ExpectContinueTimeout: time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // nobody reads it
	return res, res.Body.Close()
}

// checkProxy compares what has come in with what visitors see.
func (d *doctor) checkProxy(context.Context) {
	const check = "proxy"
	for _, text := range d.c.TrustedProxies {
		if prefix, err := netip.ParsePrefix(text); err == nil && prefix.Bits() == 0 {
			d.add(check, Problem, "trusted_proxies has "+text+": anybody can claim any address", "Name the proxy's own address.")
			return
		}
	}
	if !d.reached {
		d.add(check, Skipped, "no request has come through it")
		return
	}
	a := d.arrival
	sent := make([]string, 0, len(a.Headers))
	for name, value := range a.Headers {
		sent = append(sent, name+": "+value)
	}
	slices.Sort(sent)
	seen := fmt.Sprintf("the request came from %s with %s", a.Peer, strings.Join(sent, "; "))
	isTLS := strings.HasPrefix(config.Address(d.c.BaseURL), "https:")
	switch {
	case len(a.Headers) > 0 && !a.Trusted:
		d.add(check, Problem, seen+", which are ignored", fmt.Sprintf("Add %q to trusted_proxies: now all visitors count as one address.", a.Peer))
	case len(a.Headers) == 0 && isTLS:
		d.add(check, Problem, "the request came from "+a.Peer+" without a header that names the visitor", "Let the proxy send X-Forwarded-For and X-Forwarded-Proto: now all visitors count as one address.")
	case len(a.Headers) == 0:
		d.add(check, OK, "none: the request came from "+a.Peer+" directly")
	case a.Headers["X-Forwarded-For"] == "" && !strings.Contains(strings.ToLower(a.Headers["Forwarded"]), "for="):
		d.add(check, Warning, seen+", none of which names the visitor", "Let the proxy send X-Forwarded-For.")
	case d.c.BaseURL != "" && schemeOf(a.Origin) != schemeOf(d.c.BaseURL):
		d.add(check, Warning, fmt.Sprintf("%s; that means %s, and base_url says %s", seen, a.Origin, d.c.BaseURL), "Let the proxy send X-Forwarded-Proto.")
	default:
		d.add(check, OK, seen+"; the visitor is "+a.Client)
	}
}

func schemeOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme)
}

// errWanted ends a request whose body is about to be sent: nothing on the way has
// refused its length.
var errWanted = errors.New("the body is wanted")

type unwantedBody struct{}

func (unwantedBody) Read([]byte) (int, error) { return 0, errWanted }

// checkBodies announces as large a body as the settings allow, and sends none of it.
func (d *doctor) checkBodies(ctx context.Context) {
	const check = "bodies"
	limit := d.c.Limits.MaxBody
	if !d.reached {
		d.add(check, Skipped, "no request has come through the proxy")
		return
	}
	res, err := d.request(ctx, http.MethodPost, d.siteURL()+"/healthz", unwantedBody{}, int64(limit))
	switch {
	case err != nil && !errors.Is(err, errWanted):
		d.add(check, Warning, fmt.Sprintf("one of %s cannot be announced: %s", limit, oneLine(err)))
	case err == nil && res.StatusCode == http.StatusRequestEntityTooLarge:
		d.add(check, Warning, fmt.Sprintf("the proxy refuses bodies of %s (413)", limit),
			"Raise its limit to limits.max_body (nginx: client_max_body_size). Until then, only uploads in parts can be as large as limits.max_file.")
	default:
		d.add(check, OK, fmt.Sprintf("the way lets %s through, as limits.max_body allows", limit))
	}
}
