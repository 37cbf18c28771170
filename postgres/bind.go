package postgres

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"postern/records/items"
)

// words puts what statements of records say otherwise for each engine into what
// PostgreSQL knows. The rest of it are functions of migration 1.
var words = strings.NewReplacer(
	// Of a CASE the planner takes half to be true. Of LIKE ALL it takes nothing to be, and
	// would sort a whole gallery for a page of it.
	items.SearchCondition, `(CASE WHEN (SELECT words FROM item_words WHERE item = number) LIKE ALL (CAST((SELECT patterns_of(?)) AS text[])) THEN ? <> '' ELSE false END)`,
	"numbers_of(", "SELECT value FROM numbers_of(",
	"texts_of(", "SELECT value FROM texts_of(",
	"places_of(", "SELECT place, wanted FROM places_of(",
	"statuses_of(", "SELECT post, statuses FROM statuses_of(",
	"json_array(", "json_build_array(",
	"json_group_array(", "json_agg(",
	"char(10)", "chr(10)",
	"CROSS JOIN", "JOIN",
	// It knows better which index to use.
	"+user_id", "user_id", "+album_id", "album_id", "+purge_at", "purge_at", "+created_at", "created_at", "+listed", "listed",
)

// bound is a statement with its parameters, each of which is the number of an
// argument.
type bound struct {
	text   string
	params []int
	list   bool // a stretch of a list
}

// eachPlanned is an argument that has the server plan a statement for its arguments. It would
// plan others once for all, which is wrong for lists: a plan for an album of ten items, or a
// user with as many, sorts all 50,000 of another.
const eachPlanned = pgx.QueryExecModeCacheDescribe

var boundStatements sync.Map // of bound, by statement and types

// bind returns a statement of records and its arguments for PostgreSQL, which
// knows $1 for parameters and takes no argument that is not used. Each parameter
// has its type beside it: PostgreSQL would take the one it first comes to see,
// which is int4 for `?1 = 0`.
func bind(statement string, args []any) (string, []any, error) {
	values, types := make([]any, len(args)), make([]string, len(args))
	for i, arg := range args {
		var err error
		if values[i], types[i], err = value(arg); err != nil {
			return "", nil, err
		}
	}
	key := statement + "\x00" + strings.Join(types, ",")
	found, ok := boundStatements.Load(key)
	if !ok {
		found, _ = boundStatements.LoadOrStore(key, rebind(words.Replace(statement), types))
	}
	b := found.(bound)
	used := make([]any, 0, len(b.params)+1)
	if b.list {
		used = append(used, eachPlanned)
	}
	for _, n := range b.params {
		if n >= len(values) {
			return "", nil, fmt.Errorf("argument %d is missing", n+1)
		}
		used = append(used, values[n])
	}
	return b.text, used, nil
}

// rebind numbers the parameters of a statement. ? is the one behind all before it.
// No literal of a statement has a question mark.
func rebind(statement string, types []string) bound {
	var b strings.Builder
	var params []int
	numbers := make(map[int]int) // of parameters, by arguments
	last := 0
	for rest := statement; ; {
		before, after, found := strings.Cut(rest, "?")
		b.WriteString(before)
		if !found {
			return bound{b.String(), params, strings.Contains(statement, "LIMIT ?")}
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		n := last + 1
		if digits > 0 {
			n, _ = strconv.Atoi(after[:digits])
		}
		last = max(last, n)
		if _, had := numbers[n]; !had {
			params = append(params, n-1)
			numbers[n] = len(params)
		}
		b.WriteString("$" + strconv.Itoa(numbers[n]))
		if n <= len(types) && types[n-1] != "" {
			b.WriteString("::" + types[n-1])
		}
		rest = after[digits:]
	}
}

// value returns an argument as the driver takes it, and its type, "" for an
// untyped nil.
func value(arg any) (v any, kind string, err error) {
	if valuer, ok := arg.(driver.Valuer); ok {
		v, err := valuer.Value() // a time: a number or nil
		return v, "bigint", err
	}
	if b, ok := arg.([]byte); ok {
		return b, "bytea", nil
	}
	r := reflect.ValueOf(arg)
	if !r.IsValid() {
		return nil, "", nil
	}
	if r.Kind() != reflect.Pointer {
		return plain(r)
	}
	if r.IsNil() {
		_, kind, err := plain(reflect.Zero(r.Type().Elem()))
		return nil, kind, err
	}
	return plain(r.Elem())
}

func plain(r reflect.Value) (v any, kind string, err error) {
	switch r.Kind() {
	case reflect.String:
		return r.String(), "text", nil
	case reflect.Bool:
		return r.Bool(), "boolean", nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), "bigint", nil
	}
	return nil, "", fmt.Errorf("an argument is of type %s", r.Type())
}
