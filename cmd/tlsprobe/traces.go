package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// traceDir is a directory of traces, one file for each connection of an enumeration.
type traceDir struct {
	name   string
	failed error // why one could not be written; none is tried afterwards
}

// open makes the directory, which may be there already.
func (d *traceDir) open(name string) error {
	if err := os.MkdirAll(name, 0o755); err != nil {
		return usage("--save-traces names a directory", "make the directory of the traces: %w", err)
	}
	d.name = name
	return nil
}

// save writes the trace of a connection.
func (d *traceDir) save(connection int, t *trace.Trace) {
	if d.failed != nil {
		return
	}
	f, err := os.Create(filepath.Join(d.name, fmt.Sprintf("%d.json", connection)))
	if err != nil {
		d.failed = err
		return
	}
	w := bufio.NewWriter(f)
	d.failed = trace.WriteDocument(w, t)
	if err := w.Flush(); d.failed == nil {
		d.failed = err
	}
	if err := f.Close(); d.failed == nil {
		d.failed = err
	}
}
