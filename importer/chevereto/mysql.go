package chevereto

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Server is a Source in a running MySQL or MariaDB. It reads in one transaction
// that may write nothing.
type Server struct {
	db *sql.DB
	tx *sql.Tx
}

// OpenServer connects to a database by its DSN, as
// user:password@tcp(host:3306)/database.
func OpenServer(ctx context.Context, dsn string) (*Server, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("DSN: %w", err)
	}
	if cfg.DBName == "" {
		return nil, errors.New("DSN: it names no database")
	}
	// Dates are read as the database has them, also impossible ones.
	cfg.ParseTime, cfg.MultiStatements, cfg.AllowAllFiles = false, false, false
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if err := cfg.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, fmt.Errorf("DSN: %w", err)
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("DSN: %w", err)
	}
	s := &Server{db: sql.OpenDB(connector)}
	s.tx, err = s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the database: %w", err), s.db.Close())
	}
	return s, nil
}

// Close implements Source.
func (s *Server) Close() error { return errors.Join(s.tx.Rollback(), s.db.Close()) }

// Tables implements Source.
func (s *Server) Tables(ctx context.Context) ([]Table, error) {
	tables, err := s.names(ctx)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	for i := range tables {
		if tables[i].Columns, err = s.columns(ctx, tables[i].Name); err != nil {
			return nil, fmt.Errorf("list columns of %s: %w", tables[i].Name, err)
		}
	}
	return tables, nil
}

func (s *Server) names(ctx context.Context) (tables []Table, err error) {
	rows, err := s.tx.QueryContext(ctx, `
		SELECT table_name, ifnull(auto_increment, 0) FROM information_schema.tables
		WHERE table_schema = database() AND table_type = 'BASE TABLE'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t Table
		if err := rows.Scan(&t.Name, &t.Next); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, rows.Err()
}

func (s *Server) columns(ctx context.Context, table string) (columns []string, err error) {
	rows, err := s.tx.QueryContext(ctx, `
		SELECT column_name FROM information_schema.columns
		WHERE table_schema = database() AND table_name = ? ORDER BY ordinal_position`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		columns = append(columns, name)
	}
	return columns, rows.Err()
}

// Rows implements Source. The rows come in the order of the first column, which
// is the number of the record in all tables that have one.
func (s *Server) Rows(ctx context.Context, t Table, f func(Row) error) error {
	rows, err := s.tx.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY 1", quoted(t.Columns...), quoted(t.Name)))
	if err != nil {
		return fmt.Errorf("read %s: %w", t.Name, err)
	}
	defer rows.Close()
	row := newRow(t.Name, t.Columns)
	raw, into := make([]sql.RawBytes, len(t.Columns)), make([]any, len(t.Columns))
	for i := range raw {
		into[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read %s: %w", t.Name, err)
		}
		row.reset()
		for _, b := range raw {
			if b == nil {
				row.addNull()
				continue
			}
			start := len(row.bytes)
			row.append(start, b)
			row.addBytes(start)
		}
		if err := f(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", t.Name, err)
	}
	return nil
}

// quoted writes names as MySQL quotes them.
func quoted(names ...string) string {
	names = slices.Clone(names)
	for i, name := range names {
		names[i] = "`" + strings.ReplaceAll(name, "`", "``") + "`"
	}
	return strings.Join(names, ", ")
}
