package client

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// AsRefusal returns the Refusal that an error is or wraps, and whether there is one.
func AsRefusal(err error) (*Refusal, bool) {
	var refusal *Refusal
	ok := errors.As(err, &refusal)
	return refusal, ok
}

// Delete deletes the upload of a delete URL, and tries again after failures that
// may pass. It sends no key, since the URL is the whole secret. If a server does not know
// DELETE, Delete sends GET, as Chevereto's own pages do.
func (c *Client) Delete(ctx context.Context, deleteURL string) error {
	if !IsURL(deleteURL) {
		return errors.New("is not a delete URL")
	}
	return c.retry(ctx, Source{URL: deleteURL}, func() error {
		err := c.deleteBy(ctx, http.MethodDelete, deleteURL)
		if refusal, ok := AsRefusal(err); ok && (refusal.Status == http.StatusMethodNotAllowed || refusal.Status == http.StatusNotImplemented) {
			err = c.deleteBy(ctx, http.MethodGet, deleteURL)
		}
		return err
	})
}

func (c *Client) deleteBy(ctx context.Context, method, deleteURL string) error {
	r, err := http.NewRequestWithContext(ctx, method, deleteURL, nil)
	if err != nil {
		return err
	}
	res, err := c.httpClient().Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	// A server may lead to a page that says so.
	if res.StatusCode >= 400 {
		return refusalOf(res, text)
	}
	return nil
}
