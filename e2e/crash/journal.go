package crash

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// journal is the oracle: what was asked for and what was answered, each synced
// to a file of its own before anything else is done.
type journal struct {
	mu sync.Mutex
	f  *os.File
}

// entry is one line of the journal.
type entry struct {
	What    string // upload, uploaded, delete, deleted; fact: Path says Text
	Seed    string // of the upload
	Path    string `json:",omitempty"` // of its original on the server
	Remove  string `json:",omitempty"` // path that deletes it
	Text    string `json:",omitempty"`
	Expires int64  `json:",omitempty"` // in seconds since 1970
}

func openJournal(name string) (*journal, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	return &journal{f: f}, err
}

func (j *journal) close() { _ = j.f.Close() }

func (j *journal) write(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.f.Write(append(line, '\n')); err != nil {
		return err
	}
	return j.f.Sync()
}

// upload is what the journal knows of one.
type upload struct {
	seed, path, remove string // path is "" until it is answered
	expires            time.Time
	deleting, deleted  bool // a deletion was asked for, was answered
}

type uploads map[string]*upload

// read returns what the journal says of uploads.
func (j *journal) read() (uploads, error) {
	known := make(uploads)
	return known, j.each(func(e entry) {
		if e.What != "fact" {
			known.apply(e)
		}
	})
}

// facts returns what else was answered.
func (j *journal) facts() (facts []entry, err error) {
	err = j.each(func(e entry) {
		if e.What == "fact" {
			facts = append(facts, e)
		}
	})
	return facts, err
}

func (j *journal) each(use func(entry)) error {
	f, err := os.Open(j.f.Name())
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		use(e)
	}
	return lines.Err()
}

func (known uploads) apply(e entry) {
	u := known[e.Seed]
	if u == nil {
		u = &upload{seed: e.Seed}
		known[e.Seed] = u
	}
	switch e.What {
	case "uploaded":
		u.path, u.remove = e.Path, e.Remove
		if e.Expires != 0 {
			u.expires = time.Unix(e.Expires, 0)
		}
	case "delete":
		u.deleting = true
	case "deleted":
		u.deleted = true
	}
}

// acknowledged counts what was answered.
func (known uploads) acknowledged() (uploaded, deleted int) {
	for _, u := range known {
		if u.path != "" {
			uploaded++
		}
		if u.deleted {
			deleted++
		}
	}
	return uploaded, deleted
}
