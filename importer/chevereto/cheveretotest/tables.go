// Package cheveretotest makes installations of Chevereto for tests: tables with
// what goes wrong in such databases, the files that belong to them, and dumps of
// every shape.
package cheveretotest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Table is a table and its rows. Values are nil, int, string or []byte.
type Table struct {
	Name    string // without the prefix
	Columns []Column
	Next    int // AUTO_INCREMENT; 0 for none
	Rows    [][]any
}

// Column is a column and its type in SQL.
type Column struct{ Name, Type string }

// add adds a row.
func (t *Table) add(values ...any) {
	if len(values) != len(t.Columns) {
		panic(fmt.Sprintf("%s: %d values for %d columns", t.Name, len(values), len(t.Columns)))
	}
	t.Rows = append(t.Rows, values)
}

// columns reads lines of "name type".
func columns(text string) (list []Column) {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		list = append(list, Column{name, kind})
	}
	return list
}

// Site is an installation: its tables and files.
type Site struct {
	Prefix string
	Tables []*Table
	Files  map[string][]byte // by paths below the root of the site
}

// Table returns a table by its name without the prefix; nil for none.
func (s *Site) Table(name string) *Table {
	for _, t := range s.Tables {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Set changes settings, and adds those that are not there.
func (s *Site) Set(values map[string]string) {
	t := s.Table("settings")
	for name, value := range values {
		i := slices.IndexFunc(t.Rows, func(row []any) bool { return row[1] == name })
		if i < 0 {
			t.add(len(t.Rows)+1, name, value, "string")
		} else {
			t.Rows[i][2] = value
		}
	}
}

// Shape is a way to write a dump.
type Shape string

// The shapes of dumps that are in use.
const (
	MariaDB        Shape = "a tuple a line"
	OneLine        Shape = "all tuples on one line"
	CompleteInsert Shape = "an INSERT a row, with columns"
	PhpMyAdmin     Shape = "phpMyAdmin"
	Hex            Shape = "binary values in hex"
)

// Shapes are all of them.
var Shapes = []Shape{MariaDB, OneLine, CompleteInsert, PhpMyAdmin, Hex}

// Dump writes the database in a shape.
func (s *Site) Dump(shape Shape) []byte {
	var b strings.Builder
	b.WriteString("/*M!999999\\- enable the sandbox mode */ \n-- A dump; of ' everything\n--\n\n")
	b.WriteString("/*!40101 SET NAMES utf8mb4 */;\n# another comment; with a quote'\nSET time_zone = '+00:00';\n")
	for _, t := range s.Tables {
		s.create(&b, t, shape)
		s.insert(&b, t, shape)
		if shape == MariaDB {
			b.WriteString("UNLOCK TABLES;\n")
		}
	}
	if shape == PhpMyAdmin {
		for _, t := range s.Tables {
			if t.Next > 0 {
				fmt.Fprintf(&b, "ALTER TABLE `%s%s`\n  MODIFY `%s` bigint(32) NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=%d;\n", s.Prefix, t.Name, t.Columns[0].Name, t.Next)
			}
		}
	}
	b.WriteString("DELIMITER ;;\n/*!50003 CREATE TRIGGER x BEFORE INSERT ON y FOR EACH ROW BEGIN SET @a = ';'; END */;;\nDELIMITER ;\nCOMMIT;\n")
	return []byte(b.String())
}

func (s *Site) create(b *strings.Builder, t *Table, shape Shape) {
	fmt.Fprintf(b, "DROP TABLE IF EXISTS `%s%s`;\nCREATE TABLE `%s%s` (\n", s.Prefix, t.Name, s.Prefix, t.Name)
	for _, c := range t.Columns {
		auto := ""
		if t.Next > 0 && c == t.Columns[0] && shape != PhpMyAdmin {
			auto = " AUTO_INCREMENT"
		}
		fmt.Fprintf(b, "  `%s` %s%s COMMENT 'a, (comment'';',\n", c.Name, c.Type, auto)
	}
	fmt.Fprintf(b, "  KEY `first` (`%s`)\n) ENGINE=InnoDB", t.Columns[0].Name)
	if t.Next > 0 && shape != PhpMyAdmin {
		fmt.Fprintf(b, " AUTO_INCREMENT=%d", t.Next)
	}
	b.WriteString(" DEFAULT CHARSET=utf8mb4;\n")
	if shape == MariaDB {
		fmt.Fprintf(b, "LOCK TABLES `%s%s` WRITE;\n/*!40000 ALTER TABLE `%s%s` DISABLE KEYS */;\n", s.Prefix, t.Name, s.Prefix, t.Name)
	}
}

func (s *Site) insert(b *strings.Builder, t *Table, shape Shape) {
	if len(t.Rows) == 0 {
		return
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = "`" + c.Name + "`"
	}
	head := fmt.Sprintf("INSERT INTO `%s%s` VALUES", s.Prefix, t.Name)
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	if shape == CompleteInsert || shape == PhpMyAdmin {
		// Columns that are named stand in any order.
		slices.Reverse(order)
		reversed := slices.Clone(names)
		slices.Reverse(reversed)
		head = fmt.Sprintf("INSERT INTO `%s%s` (%s) VALUES", s.Prefix, t.Name, strings.Join(reversed, ", "))
	}
	var rows []string
	for _, row := range t.Rows {
		values := make([]string, len(row))
		for i, from := range order {
			values[i] = literal(row[from], shape)
		}
		rows = append(rows, "("+strings.Join(values, ",")+")")
	}
	switch shape {
	case CompleteInsert:
		for _, row := range rows {
			fmt.Fprintf(b, "%s %s;\n", head, row)
		}
	case OneLine:
		fmt.Fprintf(b, "%s %s;\n", head, strings.Join(rows, ","))
	default:
		fmt.Fprintf(b, "%s\n%s;\n", head, strings.Join(rows, ",\n"))
	}
}

var escaped = strings.NewReplacer("\\", `\\`, "\x00", `\0`, "\n", `\n`, "\r", `\r`, "'", `\'`, `"`, `\"`, "\x1a", `\Z`)

// literal writes a value in SQL.
func literal(value any, shape Shape) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case int:
		return strconv.Itoa(v)
	case []byte:
		if shape == Hex {
			return fmt.Sprintf("0x%x", v)
		}
		return "_binary '" + escaped.Replace(string(v)) + "'"
	case string:
		if shape == OneLine {
			return "'" + strings.ReplaceAll(strings.ReplaceAll(v, `\`, `\\`), "'", "''") + "'"
		}
		return "'" + escaped.Replace(v) + "'"
	}
	panic(fmt.Sprintf("no literal of %T", value))
}
