//go:build !unix

package sqlite

// logIndex is not known on this system.
type logIndex struct{ bytes []byte }

func openLogIndex(string) (logIndex, error) { return logIndex{}, nil }

func (*logIndex) unmap() error { return nil }

func (*logIndex) close() error { return nil }
