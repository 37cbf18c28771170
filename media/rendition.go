package media

import (
	"context"
	"time"
)

// RenditionWidths are the widths in pixels of the renditions, by renditionRoles.
var RenditionWidths = [len(RenditionRoles)]int{160, 320, 640, 1280, 1920}

// RenditionJob is an item that waits for its renditions.
type RenditionJob struct {
	Item     Item
	Attempts int // that failed
	Due      time.Time
}

// RenditionRecords is the queue of renditions in the database. The rules of ItemRecords
// hold.
type RenditionRecords interface {
	RenditionArrivals

	// RenditionJobs returns up to limit jobs that are due at now and, where these are
	// all, when the next is due: the zero time for none. What is in the trash
	// waits there without being due.
	RenditionJobs(ctx context.Context, now time.Time, limit int) (due []RenditionJob, next time.Time, err error)
	// FinishRenditionJob records the renditions of a live item and ends its job.
	// The error is ErrKeyTaken when a key is another's, and wraps
	// fs.ErrNotExist when the item or its job is gone.
	FinishRenditionJob(ctx context.Context, it *Item) error
	// AddFiles records further files of an item. The error is ErrKeyTaken when a
	// key is another's, and wraps fs.ErrNotExist when the item is gone.
	AddFiles(ctx context.Context, it *Item, roles []Role) error
	// PostponeRenditionJob counts a failure; the zero time ends all attempts.
	PostponeRenditionJob(ctx context.Context, item int64, until time.Time, fault string) error
}

// RenditionRoles lists the roles of the renditions that the item has, smallest
// first.
func (it *Item) RenditionRoles() (roles []Role) {
	for i, role := range RenditionRoles {
		if it.Renditions[i].Exists() {
			roles = append(roles, role)
		}
	}
	return roles
}

// AllRenditions lists the roles of all renditions that an item may have,
// smallest first.
func AllRenditions() []Role { return RenditionRoles[:] }

// RenditionWidth returns the width in pixels of a rendition, 0 for other roles.
func RenditionWidth(role Role) int {
	for i, r := range RenditionRoles {
		if r == role {
			return RenditionWidths[i]
		}
	}
	return 0
}

// RenditionExtension returns the extension for a rendition of a MIME type. A JPEG is a
// .jpg, whatever its original is called.
func RenditionExtension(mime string) string { return ExtensionFor(mime, ".jpg") }
