package movein

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Report lists what an import has done, or would do.
type Report struct {
	Program  string `json:"program"`
	Version  string `json:"version"`
	URL      string `json:"url"`
	DryRun   bool   `json:"dry_run"`
	Transfer string `json:"transfer"`

	Counts   map[string]*Count `json:"counts"` // by kind, such as "users"
	Files    int64             `json:"files"`
	Bytes    int64             `json:"bytes"`
	NoThumb  int64             `json:"thumbs_to_make"`
	Copied   int64             `json:"copied_instead_of_linked"`
	Fetched  int64             `json:"fetched"` // items whose files came from the URL of their storage
	Orphans  int64             `json:"files_without_a_record"`
	Seconds  float64           `json:"seconds"`
	Reasons  map[string]int64  `json:"reasons"` // why records were left, or are not quite what they were
	Remarks  []Remark          `json:"remarks"` // the first ones
	Unlisted int64             `json:"remarks_not_listed"`
	Notes    []string          `json:"notes"` // about the whole
}

// Count is the outcome for the records of one kind.
type Count struct {
	Found    int64 `json:"found"`
	Imported int64 `json:"imported"`
	Present  int64 `json:"already_here"`
	Left     int64 `json:"left"`
}

// Remark is a message about one record or file.
type Remark struct {
	Kind   string `json:"kind"`
	Number int64  `json:"number,omitempty"`
	Name   string `json:"name,omitempty"` // public ID, or path
	Left   bool   `json:"left"`           // the record is not here
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

// maxRemarks bounds the remarks that are kept; all are counted.
const maxRemarks = 10_000

func newReport() *Report {
	return &Report{Program: "chevereto", Counts: make(map[string]*Count), Reasons: make(map[string]int64), Remarks: []Remark{}, Notes: []string{}}
}

func (r *Report) count(kind string) *Count {
	if r.Counts[kind] == nil {
		r.Counts[kind] = new(Count)
	}
	return r.Counts[kind]
}

// remark tells something of a record.
func (r *Report) remark(m Remark) {
	if m.Left {
		r.count(m.Kind).Left++
	}
	r.Reasons[m.Reason]++
	if len(r.Remarks) < maxRemarks {
		r.Remarks = append(r.Remarks, m)
	} else {
		r.Unlisted++
	}
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Left counts the records that were not imported.
func (r *Report) Left() (n int64) {
	for _, c := range r.Counts {
		n += c.Left
	}
	return n
}

// Done counts the records that are imported.
func (r *Report) Done() (n int64) {
	for _, c := range r.Counts {
		n += c.Imported + c.Present
	}
	return n
}

// kinds is the order of the table.
var kinds = []string{"users", "keys", "categories", "albums", "items", "delete links", "likes", "follows", "bans", "redirects", "avatars"}

// maxShown bounds the remarks of one reason in text.
const maxShown = 5

// WriteText writes the report for people to read.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	imported, fetched := "IMPORTED", "items have files that were fetched from their storage"
	if r.DryRun {
		b.WriteString("Nothing was changed: this is what would happen.\n")
		imported, fetched = "TO IMPORT", "items have files that are to be fetched from their storage; nothing has asked for them yet"
	}
	fmt.Fprintf(&b, "Chevereto %s at %s\n\n", r.Version, r.URL)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\tFOUND\t%s\tALREADY HERE\tLEFT\t\n", imported)
	for _, kind := range kinds {
		if c := r.Counts[kind]; c != nil {
			fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t\n", kind, c.Found, c.Imported, c.Present, c.Left)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%d files, %d bytes (%s)", r.Files, r.Bytes, r.Transfer)
	if n := r.count("items").Imported; r.Seconds > 0 && n > 0 && !r.DryRun {
		fmt.Fprintf(&b, ", %.1f seconds, %.0f items a second", r.Seconds, float64(n)/r.Seconds)
	}
	b.WriteString("\n")
	for _, line := range []struct {
		n    int64
		text string
	}{
		{r.NoThumb, "items get their thumb from the running server, by and by"},
		{r.Copied, "items have files that could not be linked and were copied"},
		{r.Fetched, fetched},
		{r.Orphans, "files have no record, and were left"},
	} {
		if line.n > 0 {
			fmt.Fprintf(&b, "%d %s\n", line.n, line.text)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "%s\n", note)
	}
	r.writeReasons(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) writeReasons(b *strings.Builder) {
	reasons := slices.SortedFunc(maps.Keys(r.Reasons), func(x, y string) int {
		return cmp.Or(cmp.Compare(r.Reasons[y], r.Reasons[x]), strings.Compare(x, y))
	})
	for _, reason := range reasons {
		fmt.Fprintf(b, "\n%d: %s\n", r.Reasons[reason], reason)
		shown := 0
		for _, m := range r.Remarks {
			if m.Reason != reason || shown == maxShown {
				continue
			}
			shown++
			left := ""
			if m.Left {
				left = ", left"
			}
			number := ""
			if m.Number > 0 {
				number = fmt.Sprintf(" %d", m.Number)
			}
			fmt.Fprintf(b, "  %s%s %s%s", m.Kind, number, m.Name, left)
			if m.Detail != "" {
				fmt.Fprintf(b, ": %s", m.Detail)
			}
			b.WriteString("\n")
		}
		if n := r.Reasons[reason] - int64(shown); n > 0 {
			fmt.Fprintf(b, "  and %d more\n", n)
		}
	}
}

// Progress is how far an import is.
type Progress struct {
	Done, Of int64 // items; Of is an estimate
	Bytes    int64
	Took     time.Duration
}

// String returns the progress in one line, with the rate and the remaining time.
func (p Progress) String() string {
	seconds := max(p.Took.Seconds(), 0.001)
	rate := float64(p.Done) / seconds
	line := fmt.Sprintf("%d", p.Done)
	if p.Of > 0 {
		line += fmt.Sprintf(" of %d items (%d %%)", p.Of, min(100*p.Done/p.Of, 100))
	} else {
		line += " items"
	}
	line += fmt.Sprintf(", %.0f a second, %.1f MB a second", rate, float64(p.Bytes)/1e6/seconds)
	if p.Of > p.Done && rate > 0 {
		left := time.Duration(float64(p.Of-p.Done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return line
}
