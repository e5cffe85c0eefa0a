package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/assess"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// auditOutput is where reports go as they come: those of a former run first.
type auditOutput struct {
	how     *assess.Options
	head    policy.Head
	to      io.WriteCloser
	writer  *render.AuditWriter
	streams bool            // reports are written as they come
	keep    *os.File        // of --resume-run; nil for none
	former  map[string]bool // the targets that it has
	reports []placed
	bug     string // the first report of a panic
}

// placed is a report and the place of its target in the list; those of a former run stand before.
type placed struct {
	place  int
	report policy.Report
}

// auditOutput opens what is written to, and takes over what a former run has written.
func (o *auditOptions) auditOutput(app *App, how *assess.Options, args []string) (*auditOutput, error) {
	out := &auditOutput{how: how, head: how.Head(), former: map[string]bool{}}
	for _, f := range render.AuditFormats() {
		out.streams = out.streams || f.Name == o.format && f.Streams
	}
	var err error
	if out.to, err = o.open(app); err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		here = "" // files are named as they were given
	}
	out.writer, err = render.NewAuditWriter(out.to, o.format, render.AuditOptions{
		Options: o.style(app, o.toTerminal(app)), Targets: o.count(args), Root: here,
	})
	if err == nil && o.resume != "" {
		err = out.goOn(o.resume)
	}
	if err != nil {
		return nil, errors.Join(err, out.to.Close())
	}
	return out, nil
}

// count is how many targets there are; 0 where that is not known before they are read.
func (o *auditOptions) count(args []string) int {
	if o.file != "" || o.resume != "" || slices.Contains(args, "-") {
		return 0
	}
	return len(args)
}

// goOn opens the file of --resume-run and takes over what is in it.
func (out *auditOutput) goOn(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, openMode)
	if err != nil {
		return usage("it is created where it is not there", "--resume-run: %s: %w", name, pathless(err))
	}
	whole, err := out.how.Former(f, func(r policy.Report) error {
		out.former[r.Input] = true
		return out.show(-1, &r)
	})
	if err == nil {
		err = f.Truncate(whole) // what was being written when that run was killed
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err == nil {
		out.keep = f
		return nil
	}
	_ = f.Close() // nothing was written
	switch {
	case errors.Is(err, assess.ErrOtherPolicy):
		return usage("what is to be gone on with has to be judged alike; give another FILE", "--resume-run: %s: %w", name, err)
	case errors.Is(err, assess.ErrNoReports):
		return unreadable("--resume-run takes what it has written itself", "--resume-run: %s: %w", name, err)
	}
	return usage("it must be a file, to be read and written", "--resume-run: %s: %w", name, pathless(err))
}

// remaining are the targets that no former run has audited.
func (out *auditOutput) remaining(l *targetList) iter.Seq2[assess.Line, error] {
	return func(yield func(assess.Line, error) bool) {
		for _, part := range l.parts {
			for line, err := range part.lines {
				l.seen.Add(1)
				if err == nil && out.former[line.Text] {
					continue
				}
				if !yield(assess.Line{Text: line.Text, Position: policy.Position{File: part.name, Line: line.Number}}, err) {
					return
				}
			}
		}
	}
}

// report takes a report as it comes.
func (out *auditOutput) report(place int, r policy.Report) error {
	if r.Error != nil && r.Error.Kind == string(trace.Internal) && out.bug == "" {
		out.bug = r.Error.Message
	}
	whole := r.Error == nil || r.Error.Kind != string(trace.Interrupted)
	if out.keep != nil && whole {
		if err := trace.WriteDocument(out.keep, &r); err != nil {
			return err
		}
	}
	return out.show(place, &r)
}

// show writes a report, where its format goes by reports, and keeps what the end of the run needs of it.
func (out *auditOutput) show(place int, r *policy.Report) error {
	if err := out.writer.Report(r); err != nil {
		return err
	}
	kept := *r
	if out.streams { // a list may be long
		kept.Endpoints, kept.Differences = nil, nil
	}
	out.reports = append(out.reports, placed{place, kept})
	return nil
}

// close writes what stands at the end, and returns the code that the program ends with.
func (out *auditOutput) close(ctx context.Context) (code int, err error) {
	slices.SortStableFunc(out.reports, func(a, b placed) int { return a.place - b.place })
	reports := make([]policy.Report, len(out.reports))
	for i := range out.reports {
		reports[i] = out.reports[i].report
	}
	run := policy.NewRun(&out.head, reports, ctx.Err() != nil)
	code = out.code(ctx, run)
	err = out.writer.Close(run, code)
	if closed := out.to.Close(); err == nil {
		err = closed
	}
	if out.keep != nil {
		if closed := out.keep.Close(); err == nil {
			err = closed
		}
	}
	return code, err
}

// code is the exit code of a run, the gravest of several.
func (out *auditOutput) code(ctx context.Context, run *policy.Run) int {
	switch d := run.Decision(); {
	case ctx.Err() != nil:
		return interruptCode(ctx)
	case out.bug != "":
		return exitInternal
	case d == policy.OutcomeFail:
		return exitNo
	case d == policy.OutcomePass:
		return exitOK
	}
	return exitIncomplete
}

// showProgress keeps a line on stderr up to date, if that is a terminal and reports do not go to one.
func (o *auditOptions) showProgress(app *App, p *assess.Progress) (end func()) {
	if o.toTerminal(app) {
		return func() {}
	}
	return keepLine(app, func(elapsed time.Duration) string {
		return fmt.Sprintf("%d done, %d under way (%.0f s), %d failed, %d unknown, %d not reached",
			p.Done.Load(), p.UnderWay.Load(), elapsed.Seconds(), p.Failed.Load(), p.Unknown.Load(), p.Unreachable.Load())
	})
}
