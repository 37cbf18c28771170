//go:build !linux && !darwin && !freebsd

package storage

import "errors"

func roomOf(string) (Room, error) { return Room{}, errors.ErrUnsupported }
