package main

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// appendScanned appends a line to read: target, what was negotiated, and the verdict or what went wrong.
func appendScanned(b []byte, d *scan.Document) []byte {
	name := d.Target.Input
	if d.Target.Host != "" {
		name = hostPort(d.Target)
	}
	b = fmt.Appendf(b, "%-32s  ", safetext.Visible(name))
	if d.Error != nil {
		return fmt.Appendf(b, "%s: %s\n", d.Error.Kind, safetext.Visible(d.Error.Message))
	}
	s := d.Summary
	b = fmt.Appendf(b, "%-6s  %-30s  %-15s  %s\n", nameOf(s.Version), nameOf(s.CipherSuite), nameOf(s.Group), safetext.Visible(trustOf(d)))
	return b
}

func hostPort(t trace.Target) string {
	if strings.Contains(t.Host, ":") {
		return fmt.Sprintf("[%s]:%d", t.Host, t.Port)
	}
	return fmt.Sprintf("%s:%d", t.Host, t.Port)
}

// nameOf is the name of a code, or its number; a dash where there is none.
func nameOf(c *trace.Code) string {
	switch {
	case c == nil:
		return "-"
	case c.Name == "":
		return fmt.Sprintf("0x%04x", c.Value)
	}
	return c.Name
}

// trustOf words the verdict, with the gravest of the reasons.
func trustOf(d *scan.Document) string {
	if d.Outcome == string(trace.OK) {
		return "trusted"
	}
	var worst *finding.Finding
	for i := range d.Summary.Checks {
		if f := &d.Summary.Checks[i]; f.Status == finding.Fail && (worst == nil || f.Severity > worst.Severity) {
			worst = f
		}
	}
	switch {
	case worst != nil:
		return "not trusted: " + worst.ID + ": " + worst.Message
	case d.Verdict == nil:
		return "not trusted: the server gave no certificate"
	}
	return "not trusted: " + *d.Verdict
}

// showProgress keeps a line on stderr up to date, if that is a terminal and results do not go to one. The function that it returns
// takes the line away.
func (o *scanOptions) showProgress(app *App, s *scan.Scan) (end func()) {
	if o.resume == "" && o.toTerminal(app) {
		return func() {}
	}
	return keepLine(app, func(elapsed time.Duration) string { return progress(s.Stats(), elapsed) })
}

// progress words how far a scan is.
func progress(n scan.Stats, elapsed time.Duration) string {
	rate := 0.0
	if elapsed > 0 {
		rate = float64(n.Done) / elapsed.Seconds()
	}
	return fmt.Sprintf("%d done (%.0f/s), %d under way, %d not trusted, %d failed", n.Done, rate, n.UnderWay, n.Untrusted, n.Failed+n.Refused+n.Internal)
}

// The garbage collector is asked to run less often while memory is far from what a scan is allowed, which saves a fifth of the work.
// What that is grows with what can be under way at once.
const (
	scanGOGC      = 400
	scanMemory    = 96 << 20
	workerMemory  = 256 << 10
	tracingMemory = 2 << 20
)

// collectSeldom sets up the garbage collector for many short handshakes, unless the environment has set it up already.
func (o *scanOptions) collectSeldom(app *App) (restore func()) {
	if app.Env("GOGC") != "" || app.Env("GOMEMLIMIT") != "" {
		return func() {}
	}
	each := workerMemory
	if o.trace {
		each = tracingMemory
	}
	percent, limit := debug.SetGCPercent(scanGOGC), debug.SetMemoryLimit(int64(scanMemory+o.workers*each))
	return func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }
}
