package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// AuditOptions say how an audit is written.
type AuditOptions struct {
	Options        // of text: its width, characters and colours, and how much of it
	Targets int    // how many targets there are; 0: not known yet
	Root    string // the folder that files are named from where others look them up (SARIF, annotations); empty: as they were given
}

// AuditFormat is a form that an audit can be written in.
type AuditFormat struct {
	Name    string // as --format takes it
	About   string // one line
	Streams bool   // each target can be written as soon as it is done
}

// auditFormat is a row of the table of formats. What streams is written by begin, report and end; what does not by end alone.
type auditFormat struct {
	AuditFormat
	begin  func(*AuditWriter) error
	report func(*AuditWriter, *policy.Report) error
	end    func(*AuditWriter, *policy.Run, int) error
}

// auditFormats are all the formats, the one for people first.
func auditFormats() []auditFormat {
	return []auditFormat{
		{AuditFormat{"text", "for people", true}, nil, (*AuditWriter).textReport, (*AuditWriter).textEnd},
		{AuditFormat{"json", "one document of the format " + policy.ReportSchema, false}, nil, nil, whole(auditJSON)},
		{AuditFormat{"jsonl", "a line of JSON for each target", true}, nil, func(a *AuditWriter, r *policy.Report) error { return trace.WriteDocument(a.w, r) }, nil},
		{AuditFormat{"sarif", "SARIF 2.1.0, for code scanning", false}, nil, nil, (*AuditWriter).sarifEnd},
		{AuditFormat{"junit", "JUnit's XML, for test reports", false}, nil, nil, whole(auditJUnit)},
		{AuditFormat{"markdown", "for a job summary or a comment", false}, nil, nil, whole(auditMarkdown)},
		{AuditFormat{"github", "annotations of GitHub Actions", false}, nil, nil, (*AuditWriter).githubEnd},
		{AuditFormat{"csv", "a line for each finding, for spreadsheets", true}, (*AuditWriter).csvBegin, (*AuditWriter).csvReport, nil},
		{AuditFormat{"prometheus", "metrics for the textfile collector", false}, nil, nil, whole(auditPrometheus)},
		{AuditFormat{"testssl", "flat findings like those of testssl.sh", false}, nil, nil, whole(auditTestssl)},
	}
}

// whole makes a step of the table of what only needs the run.
func whole(write func(io.Writer, *policy.Run) error) func(*AuditWriter, *policy.Run, int) error {
	return func(a *AuditWriter, run *policy.Run, _ int) error { return write(a.w, run) }
}

func auditJSON(w io.Writer, run *policy.Run) error { return trace.WriteDocument(w, run) }

// AuditFormats lists the formats, the one for people first.
func AuditFormats() []AuditFormat {
	var list []AuditFormat
	for _, f := range auditFormats() {
		list = append(list, f.AuditFormat)
	}
	return list
}

// AuditWriter writes an audit, target by target where the format allows it.
type AuditWriter struct {
	w        io.Writer
	o        AuditOptions
	format   auditFormat
	reported int                    // targets that Report was called with
	outcomes map[policy.Outcome]int // of these
	last     *policy.Report         // the only one, where its last line waits for the exit code
}

// NewAuditWriter begins to write an audit to w. The error is about a format that there is not, or of w.
func NewAuditWriter(w io.Writer, format string, o AuditOptions) (*AuditWriter, error) {
	var names []string
	for _, f := range auditFormats() {
		if f.Name == format {
			a := &AuditWriter{w: w, o: o, format: f, outcomes: make(map[policy.Outcome]int)}
			if f.begin != nil {
				return a, a.wrap(f.begin(a))
			}
			return a, nil
		}
		names = append(names, f.Name)
	}
	return nil, fmt.Errorf("there is no format %q: there are %s", format, strings.Join(names, ", "))
}

func (a *AuditWriter) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write the audit as %s: %w", a.format.Name, err)
}

// Report writes what came of a target. Formats that do not stream write nothing yet.
func (a *AuditWriter) Report(r *policy.Report) error {
	a.reported++
	a.outcomes[r.Outcome]++
	if a.format.report == nil {
		return nil
	}
	return a.wrap(a.format.report(a, r))
}

// Close writes what comes after the last target, and in formats that do not stream everything. exit is the code that the program is
// about to end with. Formats that stream need no targets in run.
func (a *AuditWriter) Close(run *policy.Run, exit int) error {
	if a.format.end == nil {
		return nil
	}
	return a.wrap(a.format.end(a, run, exit))
}

// Audit writes a whole audit to w. exit is the code that the program is about to end with. The error is about a format that there
// is not, or of w.
func Audit(w io.Writer, format string, run *policy.Run, exit int, o AuditOptions) error {
	o.Targets = len(run.Targets)
	a, err := NewAuditWriter(w, format, o)
	if err != nil {
		return err
	}
	for i := range run.Targets {
		if err := a.Report(&run.Targets[i]); err != nil {
			return err
		}
	}
	return a.Close(run, exit)
}
