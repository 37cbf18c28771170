//go:build !linux && !darwin && !freebsd

package storage

import "errors"

func diskSpaceOf(string) (DiskSpace, error) { return DiskSpace{}, errors.ErrUnsupported }
