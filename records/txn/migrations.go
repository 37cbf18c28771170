package txn

import (
	"fmt"
	"path"
	"strings"
)

// PendingMigrations returns the names of the migrations that a database of a version of the
// schema lacks, files being those of all, one for each version. The error wraps ErrNewer if
// there are fewer than the database has.
func PendingMigrations(version int, files []string) (names []string, err error) {
	if version > len(files) {
		return nil, fmt.Errorf("schema version %d, this program knows %d: %w", version, len(files), ErrNewer)
	}
	for _, name := range files[version:] {
		names = append(names, strings.TrimSuffix(path.Base(name), ".sql"))
	}
	return names, nil
}
