package records

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// unixTime is a time as a column holds it: whole seconds since 1970, NULL for
// the zero time. It is both an argument and a destination.
type unixTime struct{ t *time.Time }

func (m unixTime) Value() (driver.Value, error) {
	if m.t.IsZero() {
		return nil, nil
	}
	return m.t.Unix(), nil
}

func (m unixTime) Scan(value any) error {
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

// numberList is a list of any length as one argument, for numbers_of and places_of.
func numberList(numbers []int64) (string, error) {
	if numbers == nil {
		numbers = []int64{}
	}
	b, err := json.Marshal(numbers)
	return string(b), err
}

// textList is the same of texts, for texts_of.
func textList(texts []string) (string, error) {
	b, err := json.Marshal(cleanTexts(texts))
	return string(b), err
}

func scanText(scan Scan) (text string, err error) {
	err = scan(&text)
	return text, err
}
