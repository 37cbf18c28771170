package moderation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"postern/media"
)

// Decision is what a moderator sends about items, and on what ground.
type Decision struct {
	Verdict media.Moderation
	Seen    Seen
	Reopen  time.Time // as in media.Ruling
}

// Seen is what moderators saw when their page was made, as the form of the page says. The
// zero Seen is of those who do not say.
type Seen struct {
	At    time.Time // reports from before then were there, in whole seconds
	Entry int64     // the latest entry of the audit log
}

// Undo returns what was seen by those who take back what they did: that answers no reports.
func (s Seen) Undo() Seen { return Seen{time.Unix(0, 0), s.Entry} }

// String is the inverse of ParseSeen.
func (s Seen) String() string { return fmt.Sprintf("%d.%d", s.At.Unix(), s.Entry) }

// ParseSeen returns the zero Seen for a text that is none.
func ParseSeen(text string) Seen {
	at, entry, _ := strings.Cut(text, ".")
	seconds, err1 := strconv.ParseInt(at, 10, 64)
	n, err2 := strconv.ParseInt(entry, 10, 64)
	if err1 != nil || err2 != nil {
		return Seen{}
	}
	return Seen{time.Unix(seconds, 0).UTC(), n}
}
