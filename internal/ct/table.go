package ct

import (
	"crypto/sha256"
	_ "embed" // the table
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"
)

// The table is made out of Google's list by the program in gen, which without a list writes it again from what it says.
//
//go:generate go run ./gen

//go:embed logs.txt
var tableText string

// builtIn is the list, read when first asked for.
var builtIn = sync.OnceValue(func() *Logs {
	l, err := readTable(tableText)
	if err != nil {
		// A test holds that the table can be read. Should it not be, then what could be is still better than to stop.
		l.Source += " (incomplete: " + err.Error() + ")"
	}
	return l
})

// BuiltIn returns the list of logs that the program has. It is as old as its Date.
func BuiltIn() *Logs { return builtIn() }

// readTable reads the table: a header of "name: value", then for each operator a line "operator: NAME" with a row for each of its
// logs, whose columns are described in the table's own comment. What was read up to an error is returned beside it.
func readTable(text string) (*Logs, error) {
	l := new(Logs)
	operator := ""
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		var err error
		if name, value, ok := strings.Cut(line, ": "); ok && !strings.Contains(name, "|") {
			err = l.readHeader(name, strings.TrimSpace(value), &operator)
		} else {
			err = l.readRow(line, operator)
		}
		if err != nil {
			return l, fmt.Errorf("line %d of the table of logs: %w", n+1, err)
		}
	}
	return l, nil
}

func (l *Logs) readHeader(name, value string, operator *string) (err error) {
	switch name {
	case "source":
		l.Source = value
	case "version":
		l.Version = value
	case "date":
		l.Date, err = time.Parse(time.RFC3339, value)
	case "operator":
		*operator = value
	default:
		err = fmt.Errorf("%q isn't known", name)
	}
	return err
}

// columns of a row.
const (
	columnDescription = iota
	columnState
	columnSince
	columnFrom
	columnTo
	columnKind
	columnURL
	columnKey
	columns
)

func (l *Logs) readRow(line, operator string) error {
	row := strings.Split(line, "|")
	if len(row) != columns {
		return fmt.Errorf("%d columns instead of %d", len(row), columns)
	}
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	log := Log{Operator: operator, Description: row[columnDescription], URL: row[columnURL]}
	var err error
	if log.Key, err = base64.StdEncoding.DecodeString(row[columnKey]); err != nil {
		return err
	}
	log.ID = sha256.Sum256(log.Key)
	if word := row[columnState]; word != "-" {
		var ok bool
		if log.State, ok = parseState(word); !ok {
			return fmt.Errorf("no such state: %s", word)
		}
	}
	kind, tiled := strings.CutPrefix(row[columnKind], "tiled ")
	log.Tiled = tiled
	var ok bool
	if log.Kind, ok = parseKind(kind); !ok {
		return fmt.Errorf("no such kind: %s", kind)
	}
	for i, t := range []*time.Time{&log.Since, &log.From, &log.To} {
		if stamp := row[columnSince+i]; stamp != "-" {
			if *t, err = time.Parse(time.RFC3339, stamp); err != nil {
				return err
			}
		}
	}
	if !l.add(log) {
		return fmt.Errorf("the log %s stands there twice", log.ID)
	}
	return nil
}
