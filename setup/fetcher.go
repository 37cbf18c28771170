package setup

import (
	"postern/config"
	"postern/media/fetch"
)

// NewFetcher returns what downloads by the rules of [url_source]: its addresses, ports,
// redirects and time.
func NewFetcher(c config.Config) (*fetch.Client, error) {
	allow, ports, err := c.URLSources()
	if err != nil {
		return nil, err
	}
	redirects := c.URLSource.MaxRedirects
	if redirects == 0 {
		redirects = -1 // of fetch: none
	}
	return fetch.New(fetch.Config{
		Allow: allow, Ports: ports, MaxRedirects: redirects, Timeout: c.URLSource.Timeout.Duration(),
	}), nil
}
