package chevereto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds on what one part of a dump may hold in memory.
const (
	maxStatement = 1 << 20 // of CREATE TABLE, or the head of INSERT
	maxValue     = 1 << 20 // of one value; the rest of a longer one is dropped
	maxColumns   = 1000
)

var (
	errCut    = errors.New("unexpected end")
	errLong   = errors.New("statement is too long")
	errSyntax = errors.New("not understood")
)

// statementKind is what a statement of a dump does, as far as it matters here.
type statementKind int

const (
	createTable statementKind = iota + 1
	alterTable
	insertRows // and the parser stands before its first row
)

// statement is the head of a statement about a table. Of insertRows, the columns
// are those that the statement names.
type statement struct {
	kind  statementKind
	table Table
}

// parser reads the statements of a dump. What it does not know, it passes over.
type parser struct {
	ctx       context.Context
	r         io.Reader
	buf       []byte
	pos, end  int
	failed    error // of r
	line      int
	delimiter string // of statements
	inside    bool   // in a statement whose rows were not read
}

func newParser(ctx context.Context, r io.Reader) *parser {
	return &parser{ctx: ctx, r: r, buf: make([]byte, 64<<10), line: 1, delimiter: ";"}
}

// fill reads on and reports whether there is more.
func (p *parser) fill() bool {
	if p.failed == nil {
		p.failed = p.ctx.Err()
	}
	for p.pos == p.end && p.failed == nil {
		var n int
		n, p.failed = p.r.Read(p.buf)
		p.pos, p.end = 0, n
	}
	return p.pos < p.end
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.pos == p.end && !p.fill() {
		return 0
	}
	return p.buf[p.pos]
}

// get consumes the next byte, 0 at the end.
func (p *parser) get() byte {
	c := p.peek()
	if p.pos < p.end {
		p.pos++
		if c == '\n' {
			p.line++
		}
	}
	return c
}

func (p *parser) atEnd() bool { return p.pos == p.end && !p.fill() }

// ended is the error of an end where more should be.
func (p *parser) ended() error {
	if p.failed != nil && !errors.Is(p.failed, io.EOF) {
		if errors.Is(p.failed, io.ErrUnexpectedEOF) {
			return errCut
		}
		return p.failed
	}
	return errCut
}

// next returns the next statement that matters, or io.EOF.
func (p *parser) next() (*statement, error) {
	if p.inside {
		p.inside = false
		if err := p.skipStatement(); err != nil {
			return nil, err
		}
	}
	for {
		if err := p.skipBlank(); err != nil {
			return nil, err
		}
		if p.atEnd() {
			if errors.Is(p.failed, io.EOF) {
				return nil, io.EOF
			}
			return nil, p.ended()
		}
		word := strings.ToUpper(p.word())
		s, err := p.begin(word)
		if err != nil || s != nil {
			return s, err
		}
	}
}

// begin reads a statement by its first word; nil for one that does not matter.
func (p *parser) begin(word string) (*statement, error) {
	switch word {
	case "CREATE", "ALTER":
		text, err := p.statementText()
		if err != nil || text == nil {
			return nil, err
		}
		if word == "CREATE" {
			return parseCreate(text), nil
		}
		return parseAlter(text), nil
	case "INSERT", "REPLACE":
		s, err := p.insertHead()
		if err == nil && s == nil {
			err = p.skipStatement()
		}
		return s, err
	case "DELIMITER":
		p.delimiter = strings.TrimSpace(p.restOfLine())
		if p.delimiter == "" {
			p.delimiter = ";"
		}
		return nil, nil
	}
	return nil, p.skipStatement()
}

// skipBlank passes over space, comments and empty statements.
func (p *parser) skipBlank() error {
	for {
		switch c := p.peek(); {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';':
			p.get()
		case c == '#':
			p.restOfLine()
		case c == '-':
			p.restOfLine()
		case c == '/':
			p.get()
			if p.peek() != '*' {
				continue
			}
			if err := p.skipComment(); err != nil {
				return err
			}
		case c == 0xEF || c == 0xBB || c == 0xBF: // a mark of UTF-8 at the beginning
			p.get()
		default:
			return nil
		}
	}
}

// skipComment passes over a comment whose slash is consumed. Dumps keep
// statements in comments for some versions of the server; none of those matters.
func (p *parser) skipComment() error {
	for last := byte(0); ; {
		if p.atEnd() {
			return p.ended()
		}
		c := p.get()
		if c == '/' && last == '*' {
			return nil
		}
		last = c
	}
}

func (p *parser) restOfLine() string {
	var line []byte
	for !p.atEnd() {
		c := p.get()
		if c == '\n' {
			break
		}
		if len(line) < 1000 {
			line = append(line, c)
		}
	}
	return string(line)
}

// word consumes letters, digits, dots and underscores; another byte alone.
func (p *parser) word() string {
	var word []byte
	for !p.atEnd() && isWord(p.peek()) && len(word) < 200 {
		word = append(word, p.get())
	}
	if len(word) == 0 {
		word = append(word, p.get())
	}
	return string(word)
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '$' || c >= 0x80
}

// skipStatement passes over the rest of a statement, with its delimiter.
func (p *parser) skipStatement() error {
	return p.throughStatement(nil)
}

// statementText returns the rest of a statement; nil for one that is too long.
func (p *parser) statementText() ([]byte, error) {
	var text []byte
	err := p.throughStatement(func(c byte) {
		if len(text) <= maxStatement {
			text = append(text, c)
		}
	})
	if len(text) > maxStatement {
		text = nil
	}
	return text, err
}

// throughStatement gives the rest of a statement to f, which may be nil, byte by
// byte and without comments.
func (p *parser) throughStatement(f func(byte)) error {
	for {
		if p.atEnd() {
			if errors.Is(p.failed, io.EOF) && p.delimiter == ";" {
				return nil // the last statement may do without
			}
			return p.ended()
		}
		if p.peek() == p.delimiter[0] && p.atDelimiter() {
			return nil
		}
		switch c := p.get(); c {
		case '\'', '"', '`':
			give(f, c)
			if err := p.throughQuoted(c, f); err != nil {
				return err
			}
		case '/':
			if p.peek() != '*' {
				give(f, c)
				continue
			}
			if err := p.skipComment(); err != nil {
				return err
			}
		case '-', '#':
			if c == '#' || p.peek() == '-' {
				p.restOfLine()
			} else {
				give(f, c)
			}
		default:
			give(f, c)
		}
	}
}

func give(f func(byte), c byte) {
	if f != nil {
		f(c)
	}
}

// atDelimiter consumes the delimiter if all of it is next. Its first byte may be
// consumed alone; that harms no statement that matters.
func (p *parser) atDelimiter() bool {
	for i := range len(p.delimiter) {
		if p.peek() != p.delimiter[i] {
			return false
		}
		p.get()
	}
	return true
}

// throughQuoted gives what is quoted to f, with its escapes and its last quote.
func (p *parser) throughQuoted(quote byte, f func(byte)) error {
	for {
		if p.pos == p.end && !p.fill() {
			return p.ended()
		}
		if f == nil {
			p.skipPlain(quote)
		}
		c := p.get()
		give(f, c)
		if c == quote {
			return nil
		}
		if c == '\\' && quote != '`' {
			if p.atEnd() {
				return p.ended()
			}
			give(f, p.get())
		}
	}
}

// skipPlain passes over what is read already and neither ends nor escapes.
func (p *parser) skipPlain(quote byte) {
	for p.pos < p.end-1 {
		switch c := p.buf[p.pos]; c {
		case quote, '\\':
			return
		case '\n':
			p.line++
		}
		p.pos++
	}
}

// insertHead reads an INSERT up to its first row; nil for one without rows of
// values.
func (p *parser) insertHead() (*statement, error) {
	s := &statement{kind: insertRows}
	for range 8 { // INTO, and words before it
		if err := p.skipSpace(); err != nil {
			return nil, err
		}
		switch c := p.peek(); {
		case c == '`' || c == '"':
			name, err := p.name()
			if err != nil {
				return nil, err
			}
			s.table.Name = name
		case c == '(':
			columns, err := p.columnList()
			if err != nil {
				return nil, err
			}
			s.table.Columns = columns
		case isWord(c):
			switch word := p.word(); strings.ToUpper(word) {
			case "INTO", "IGNORE", "DELAYED", "LOW_PRIORITY", "HIGH_PRIORITY":
			case "VALUES", "VALUE":
				p.inside = true
				return s, nil
			case "SELECT", "SET":
				return nil, nil
			default:
				s.table.Name = word[strings.LastIndexByte(word, '.')+1:]
			}
		default:
			return nil, nil
		}
	}
	return nil, nil
}

// skipSpace passes over space and comments inside a statement.
func (p *parser) skipSpace() error {
	for {
		switch c := p.peek(); {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			p.get()
		case c == '/':
			p.get()
			if err := p.skipComment(); err != nil {
				return err
			}
		default:
			if p.atEnd() {
				return p.ended()
			}
			return nil
		}
	}
}

// name reads a quoted name, the last part of one with dots.
func (p *parser) name() (string, error) {
	var name []byte
	quote := p.get()
	for {
		if p.atEnd() {
			return "", p.ended()
		}
		if len(name) > 1000 {
			return "", errLong
		}
		c := p.get()
		if c != quote {
			name = append(name, c)
			continue
		}
		switch {
		case p.peek() == quote:
			name = append(name, p.get())
		case p.peek() == '.':
			p.get()
			if p.peek() != quote {
				return p.word(), nil
			}
			p.get()
			name = name[:0]
		default:
			return string(name), nil
		}
	}
}

// columnList reads names in brackets.
func (p *parser) columnList() ([]string, error) {
	var columns []string
	p.get()
	for {
		if err := p.skipSpace(); err != nil {
			return nil, err
		}
		switch c := p.peek(); {
		case c == ')':
			p.get()
			return columns, nil
		case c == ',':
			p.get()
		case c == '`' || c == '"':
			name, err := p.name()
			if err != nil {
				return nil, err
			}
			columns = append(columns, name)
		default:
			columns = append(columns, p.word())
		}
		if len(columns) > maxColumns {
			return nil, errLong
		}
	}
}

// rows reads the rows of an INSERT and gives each to f. row names the columns,
// and its memory is used for all.
func (p *parser) rows(row Row, f func(Row) error) error {
	p.inside = false
	for {
		if err := p.skipSpace(); err != nil {
			return err
		}
		switch c := p.get(); c {
		case '(':
			row.reset()
			if err := p.row(&row); err != nil {
				return err
			}
			if err := f(row); err != nil {
				return callerError{err}
			}
		case ',':
		case ';':
			return nil
		default: // ON DUPLICATE KEY UPDATE and the like
			return p.skipStatement()
		}
	}
}

// row reads the values of one row, behind its bracket.
func (p *parser) row(row *Row) error {
	for {
		if err := p.skipSpace(); err != nil {
			return err
		}
		if err := p.value(row); err != nil {
			return err
		}
		if err := p.skipSpace(); err != nil {
			return err
		}
		switch c := p.get(); c {
		case ',':
		case ')':
			row.checkLength()
			return nil
		default:
			return fmt.Errorf("value before %q: %w", c, errSyntax)
		}
	}
}

// value reads one value: a number, a string, bytes, NULL, or an expression,
// whose text it keeps.
func (p *parser) value(row *Row) error {
	c := p.peek()
	if c == '\'' || c == '"' {
		return p.quoted(row)
	}
	word := p.bareWord()
	switch upper := strings.ToUpper(word); {
	case upper == "NULL" || upper == "DEFAULT":
		row.addNull()
	case upper == "TRUE":
		row.addText("1")
	case upper == "FALSE":
		row.addText("0")
	case strings.HasPrefix(upper, "0X"):
		row.addText(fromHex(word[2:]))
	case p.peek() == '\'' && upper == "X":
		mark := len(row.values)
		if err := p.quoted(row); err != nil {
			return err
		}
		row.replace(mark, fromHex(row.text(mark)))
	case p.peek() == '\'' && upper == "B":
		mark := len(row.values)
		if err := p.quoted(row); err != nil {
			return err
		}
		n, _ := strconv.ParseUint(row.text(mark), 2, 64)
		row.replace(mark, strconv.FormatUint(n, 10))
	case strings.HasPrefix(word, "_") || strings.EqualFold(word, "N"): // a character set before its string
		if err := p.skipSpace(); err != nil {
			return err
		}
		return p.value(row)
	case p.peek() == '(':
		p.get()
		if err := p.skipBrackets(); err != nil {
			return err
		}
		row.addNull()
		row.note("an expression instead of a value")
	case word == "":
		return fmt.Errorf("value %q: %w", c, errSyntax)
	default:
		row.addText(word)
	}
	return nil
}

// bareWord reads what is not quoted, such as a number.
func (p *parser) bareWord() string {
	var word []byte
	for !p.atEnd() {
		c := p.peek()
		if !isWord(c) && c != '-' && c != '+' {
			break
		}
		p.get()
		if len(word) < maxValue {
			word = append(word, c)
		}
	}
	return string(word)
}

func (p *parser) skipBrackets() error {
	for depth := 1; depth > 0; {
		if p.atEnd() {
			return p.ended()
		}
		switch c := p.get(); c {
		case '(':
			depth++
		case ')':
			depth--
		case '\'', '"', '`':
			if err := p.throughQuoted(c, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// escapes are the letters that stand for another byte behind a backslash; any
// other stands for itself.
var escapes = map[byte]byte{'0': 0, 'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'Z': 0x1a}

// quoted reads a string and adds it to the row.
func (p *parser) quoted(row *Row) error {
	quote := p.get()
	start := len(row.bytes)
	for {
		if p.pos == p.end && !p.fill() {
			return p.ended()
		}
		rest := p.buf[p.pos:p.end]
		plain := 0
		for plain < len(rest) && rest[plain] != quote && rest[plain] != '\\' {
			plain++
		}
		row.append(start, rest[:plain])
		p.line += bytes.Count(rest[:plain], []byte{'\n'})
		p.pos += plain
		if plain == len(rest) {
			continue
		}
		p.pos++
		if rest[plain] == '\\' {
			if p.atEnd() {
				return p.ended()
			}
			c := p.get()
			if to, ok := escapes[c]; ok {
				c = to
			} else if c == '%' || c == '_' {
				row.append(start, []byte{'\\'})
			}
			row.append(start, []byte{c})
			continue
		}
		if p.peek() != quote {
			row.addBytes(start)
			return nil
		}
		p.get()
		row.append(start, []byte{quote})
	}
}

func fromHex(text string) string {
	b := make([]byte, 0, len(text)/2)
	if len(text)%2 == 1 {
		text = "0" + text
	}
	for i := 0; i+1 < len(text); i += 2 {
		n, err := strconv.ParseUint(text[i:i+2], 16, 8)
		if err != nil {
			return ""
		}
		b = append(b, byte(n))
	}
	return string(b)
}

// parseCreate reads the columns of a table; nil for other things that are
// created.
func parseCreate(text []byte) *statement {
	p := newParser(context.Background(), bytes.NewReader(text))
	s := &statement{kind: createTable}
	var table bool
	for range 8 {
		if p.skipSpace() != nil {
			return nil
		}
		switch c := p.peek(); {
		case c == '`' || c == '"':
			name, err := p.name()
			if err != nil {
				return nil
			}
			s.table.Name = name
		case c == '(' && table && s.table.Name != "":
			return s.readColumns(p)
		case isWord(c):
			switch word := p.word(); strings.ToUpper(word) {
			case "TABLE":
				table = true
			case "TEMPORARY", "IF", "NOT", "EXISTS":
			default:
				s.table.Name = word[strings.LastIndexByte(word, '.')+1:]
			}
		default:
			return nil
		}
	}
	return nil
}

// keyWords begin the parts of CREATE TABLE that are no columns.
var keyWords = []string{"PRIMARY", "KEY", "UNIQUE", "INDEX", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK", "PERIOD"}

// readColumns reads what follows the name of a table.
func (s *statement) readColumns(p *parser) *statement {
	p.get()
	for {
		if p.skipSpace() != nil {
			return nil
		}
		quotedName := p.peek() == '`' || p.peek() == '"'
		var name string
		var err error
		if quotedName {
			name, err = p.name()
		} else {
			name = p.word()
		}
		if err != nil || len(s.table.Columns) > maxColumns {
			return nil
		}
		if quotedName || !slices.Contains(keyWords, strings.ToUpper(name)) {
			s.table.Columns = append(s.table.Columns, name)
		}
		last, err := p.skipColumn()
		if err != nil {
			return nil
		}
		if last {
			s.table.Next = autoIncrement(p.restOfText())
			return s
		}
	}
}

// skipColumn passes over the rest of a column and reports whether it was the
// last one.
func (p *parser) skipColumn() (last bool, err error) {
	for {
		if p.atEnd() {
			return false, p.ended()
		}
		switch c := p.get(); c {
		case ',':
			return false, nil
		case ')':
			return true, nil
		case '(':
			err = p.skipBrackets()
		case '\'', '"', '`':
			err = p.throughQuoted(c, nil)
		}
		if err != nil {
			return false, err
		}
	}
}

func (p *parser) restOfText() string {
	var b strings.Builder
	for !p.atEnd() {
		b.WriteByte(p.get())
	}
	return b.String()
}

// parseAlter reads the next number that phpMyAdmin gives a table at the end.
func parseAlter(text []byte) *statement {
	p := newParser(context.Background(), bytes.NewReader(text))
	if p.skipSpace() != nil || !strings.EqualFold(p.word(), "TABLE") || p.skipSpace() != nil {
		return nil
	}
	s := &statement{kind: alterTable}
	var err error
	if p.peek() == '`' || p.peek() == '"' {
		s.table.Name, err = p.name()
	} else {
		s.table.Name = p.word()
	}
	if err != nil {
		return nil
	}
	if s.table.Next = autoIncrement(p.restOfText()); s.table.Next == 0 {
		return nil
	}
	return s
}

// autoIncrement finds the next number of a table among its options.
func autoIncrement(options string) uint64 {
	upper := strings.ToUpper(options)
	for at := 0; ; {
		i := strings.Index(upper[at:], "AUTO_INCREMENT")
		if i < 0 {
			return 0
		}
		at += i + len("AUTO_INCREMENT")
		rest, ok := strings.CutPrefix(strings.TrimLeft(upper[at:], " "), "=")
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, " ")
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(rest)
		}
		n, _ := strconv.ParseUint(rest[:end], 10, 64)
		return n
	}
}
