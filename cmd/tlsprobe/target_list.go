package main

import (
	"iter"
	"os"
	"sync/atomic"

	"github.com/tlsprobe/tlsprobe/internal/scan"
)

// targetList is where the targets of a scan or an audit come from.
type targetList struct {
	parts []targetPart
	file  *os.File     // nil: there is none, or it is stdin
	seen  atomic.Int64 // targets so far, those that are left out too; who reads them may still be at it when the scan has ended
}

// targetPart is the arguments, or a list of lines.
type targetPart struct {
	name  string // of the file, - for stdin; empty for arguments
	lines iter.Seq2[scan.Line, error]
}

// openTargets opens the lists: first the arguments, in their order, then the file that -f names, unless that is empty.
func openTargets(app *App, file string, args []string) (*targetList, error) {
	l := &targetList{}
	for _, a := range args {
		if a == "-" {
			l.parts = append(l.parts, targetPart{"-", scan.Lines(app.Stdin)})
		} else {
			l.parts = append(l.parts, targetPart{"", scan.Arguments([]string{a})})
		}
	}
	switch file {
	case "":
	case "-":
		l.parts = append(l.parts, targetPart{"-", scan.Lines(app.Stdin)})
	default:
		f, err := os.Open(file)
		if err != nil {
			return nil, usage("- is stdin", "-f: %s: %w", file, pathless(err))
		}
		l.file = f
		l.parts = append(l.parts, targetPart{file, scan.Lines(f)})
	}
	return l, nil
}

func (l *targetList) close() {
	if l.file != nil {
		_ = l.file.Close() // only read
	}
}

// lines yields all targets. They are read as they are taken.
func (l *targetList) lines() iter.Seq2[scan.Line, error] {
	return func(yield func(scan.Line, error) bool) {
		for _, part := range l.parts {
			for line, err := range part.lines {
				l.seen.Add(1)
				if !yield(line, err) {
					return
				}
			}
		}
	}
}

// stdinsOf counts how often stdin is named among targets and the file of -f.
func stdinsOf(file string, args []string) (n int) {
	for _, a := range append([]string{file}, args...) {
		if a == "-" {
			n++
		}
	}
	return n
}
