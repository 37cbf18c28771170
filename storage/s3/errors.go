package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"

	"github.com/minio/minio-go/v7"

	"postern/storage"
)

// Codes by which servers say the same.
var (
	missingCodes     = []string{minio.NoSuchKey, "NotFound", "NoSuchVersion"}
	fullCodes        = []string{"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "StorageFull"}
	unsupportedCodes = []string{"NotImplemented", "MethodNotAllowed", "UnsupportedOperation"}
)

// isMissing reports whether an error says that there is no such object.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// translate gives an error of the client the sentinels of package storage: a missing
// object is fs.ErrNotExist, and what may pass by itself storage.ErrUnavailable.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
			return err
		}
		var dial net.Error
		if errors.As(err, &dial) || ctx.Err() != nil {
			return fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
		}
		return err
	}
	switch {
	case slices.Contains(missingCodes, answer.Code):
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	case slices.Contains(fullCodes, answer.Code) || answer.StatusCode == http.StatusInsufficientStorage:
		return fmt.Errorf("%w: %w", storage.ErrFull, err)
	case slices.Contains(unsupportedCodes, answer.Code) || answer.StatusCode == http.StatusNotImplemented:
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	case answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", answer.Code, err)
}
