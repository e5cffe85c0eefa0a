// Gen writes the table of logs of package ct: out of Google's list (version 3, all_logs_list.json), or, without one, again from
// what it says already.
package main

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/ct"
)

func main() {
	dir := flag.String("dir", ".", "directory of package ct")
	list := flag.String("list", "", "Google's all_logs_list.json; empty: the table is written again")
	flag.Parse()
	if err := run(*dir, *list); err != nil {
		fmt.Fprintln(os.Stderr, "ct/gen:", err)
		os.Exit(1)
	}
}

func run(dir, list string) error {
	logs := ct.BuiltIn()
	if list != "" {
		f, err := os.Open(list)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if logs, err = ct.ReadLogs(f); err != nil {
			return err
		}
		logs.Source = "Google's list of all logs, www.gstatic.com/ct/log_list/v3/all_logs_list.json"
	}
	table, err := render(logs)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "logs.txt"), table, 0o644)
}

// errPrevious is there because no log of the list ever had another operator, so that the table has no column for it.
var errPrevious = errors.New("has previous operators, which the table has no column for")

const comment = `
# A row for each log of the operator above it:
# description | state | since | notAfter of its certificates from | and before | kind | URL | key (SubjectPublicKeyInfo)
# Its identifier is the SHA-256 of its key. The state is the last that the list knows, since when it has it.
`

// render gives the table.
func render(logs *ct.Logs) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "source:  %s\nversion: %s\ndate:    %s\n%s", logs.Source, logs.Version, stamp(logs.Date), comment)
	operator := ""
	for _, log := range logs.All() {
		if len(log.Previous) > 0 {
			return nil, fmt.Errorf("the log %q %w", log.Description, errPrevious)
		}
		if strings.ContainsAny(log.Description+log.Operator+log.URL, "|\n") {
			return nil, fmt.Errorf("the log %q has a bar or a line break in a name", log.Description)
		}
		if log.Operator != operator {
			operator = log.Operator
			fmt.Fprintf(&b, "\noperator: %s\n", operator)
		}
		state, kind := log.State.String(), log.Kind.String()
		if log.State == ct.StateNone {
			state = "-"
		}
		if log.Tiled {
			kind = "tiled " + kind
		}
		columns := []string{
			log.Description, state, stamp(log.Since), stamp(log.From), stamp(log.To), kind, log.URL,
			base64.StdEncoding.EncodeToString(log.Key),
		}
		b.WriteString(strings.Join(columns, " | ") + "\n")
	}
	return []byte(b.String()), nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}
