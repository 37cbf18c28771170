package txn

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// UnixTime is a time as a column holds it: whole seconds since 1970, NULL for
// the zero time. It is both an argument and a destination.
type UnixTime struct{ t *time.Time }

// Time makes t an argument of a statement or a destination of Scan.
func Time(t *time.Time) UnixTime { return UnixTime{t} }

// Value implements driver.Valuer.
func (m UnixTime) Value() (driver.Value, error) {
	if m.t.IsZero() {
		return nil, nil
	}
	return m.t.Unix(), nil
}

// Scan implements sql.Scanner.
func (m UnixTime) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.Unix(v, 0).UTC()
	default:
		return fmt.Errorf("time of type %T in the database", value)
	}
	return nil
}

// Numbers is a list of any length as one argument, for numbers_of and places_of.
func Numbers(numbers []int64) (string, error) {
	if numbers == nil {
		numbers = []int64{}
	}
	b, err := json.Marshal(numbers)
	return string(b), err
}

// Texts is a list of texts of any length as one argument, cleaned, for texts_of.
func Texts(texts []string) (string, error) {
	b, err := json.Marshal(CleanTexts(texts))
	return string(b), err
}

// Likely makes a text stand for itself in a pattern of LIKE with ESCAPE '!'.
var Likely = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// Value scans a row of one column, which is not NULL.
func Value[T any](scan Scan) (v T, err error) {
	err = scan(&v)
	return v, err
}
