package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Limits of a baseline.
const (
	maxBaseline     = 256 << 20 // bytes: evidence may be in it
	maxFingerprints = 1 << 20
)

// The errors of [ReadBaseline].
var (
	ErrNotReport      = errors.New("this is no report of an audit")
	ErrNewerReport    = errors.New("the report is of a newer version of the format")
	ErrReportTooLarge = errors.New("the report is too large")
)

// Baseline is what broke rules in a former run, and what was unknown then. What was unknown it never lets pass.
type Baseline struct {
	breaches map[string]bool // by fingerprint: true for a breach that counted, false for what was unknown
}

// has reports whether a finding was a breach then, and counted.
func (b *Baseline) has(fingerprint string) bool { return b != nil && b.breaches[fingerprint] }

// hasUnknown reports whether a finding was unknown then.
func (b *Baseline) hasUnknown(fingerprint string) bool {
	if b == nil {
		return false
	}
	breach, there := b.breaches[fingerprint]
	return there && !breach
}

// pastRun is what is read of a [Run] or of a [Report]: which of the two it is shows in its keys.
type pastRun struct {
	Schema  *string        `json:"schema"`
	Targets *[]pastRun     `json:"targets"`
	Parts   []pastEndpoint `json:"endpoints"`
}

type pastEndpoint struct {
	Verdicts []struct {
		Findings []pastFinding `json:"findings"`
	} `json:"verdicts"`
}

type pastFinding struct {
	Fingerprint string         `json:"fingerprint"`
	Status      finding.Status `json:"status"` // unknown where it is not said
	Waived      *struct {
		Expired bool `json:"expired"`
	} `json:"waived"`
}

// ReadBaseline reads a report of a former run: the document of a run, or one line for each target. What broke a rule and was waived is
// not in the baseline: when its waiver expires, it counts. Errors wrap [ErrNotReport], [ErrNewerReport] or [ErrReportTooLarge], or are
// those of r.
func ReadBaseline(r io.Reader) (*Baseline, error) { return readBaseline(r, maxBaseline) }

// readBaseline reads at most limit bytes.
func readBaseline(r io.Reader, limit int64) (*Baseline, error) {
	b := &Baseline{breaches: make(map[string]bool)}
	limited := &io.LimitedReader{R: r, N: limit + 1}
	failing := &keptError{reader: limited}
	d := json.NewDecoder(failing)
	for n := 1; ; n++ {
		var run pastRun
		err := d.Decode(&run)
		switch {
		case limited.N == 0:
			return nil, fmt.Errorf("%w: more than %d bytes", ErrReportTooLarge, limit)
		case failing.err != nil && failing.err != io.EOF:
			return nil, fmt.Errorf("read the report: %w", failing.err)
		case errors.Is(err, io.EOF) && n > 1:
			return b, nil
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: there is nothing in it", ErrNotReport)
		case err != nil:
			return nil, fmt.Errorf("%w: document %d, before byte %d: %w", ErrNotReport, n, d.InputOffset(), err)
		}
		if err := b.take(&run); err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
	}
}

// keptError keeps the error of a reader, which the decoder may hide behind one of its own.
type keptError struct {
	reader io.Reader
	err    error
}

func (k *keptError) Read(b []byte) (int, error) {
	n, err := k.reader.Read(b)
	if err != nil {
		k.err = err
	}
	return n, err
}

// take keeps the fingerprints of a document.
func (b *Baseline) take(run *pastRun) error {
	name, _, _ := strings.Cut(ReportSchema, "/")
	switch {
	case run.Schema == nil:
		return fmt.Errorf("%w: it has no key schema", ErrNotReport)
	case *run.Schema == ReportSchema:
	case strings.HasPrefix(*run.Schema, name+"/"):
		return fmt.Errorf("%w: %s, and this tool reads %s", ErrNewerReport, cutText(*run.Schema, 40), ReportSchema)
	default:
		return fmt.Errorf("%w: its schema is %q", ErrNotReport, cutText(*run.Schema, 40))
	}
	reports := []pastRun{*run}
	if run.Targets != nil {
		reports = *run.Targets
	}
	for _, r := range reports {
		for _, e := range r.Parts {
			for _, v := range e.Verdicts {
				b.keep(v.Findings)
			}
		}
	}
	if len(b.breaches) > maxFingerprints {
		return fmt.Errorf("%w: more than %d findings", ErrReportTooLarge, maxFingerprints)
	}
	return nil
}

// keep keeps the findings of a rule. A breach goes before what is unknown, of which another address may have said the same.
func (b *Baseline) keep(findings []pastFinding) {
	for _, f := range findings {
		switch f.Status {
		case finding.Fail, finding.Warn, finding.Info:
			if f.Waived == nil || f.Waived.Expired {
				b.breaches[f.Fingerprint] = true
			}
		case finding.Unknown:
			if !b.breaches[f.Fingerprint] {
				b.breaches[f.Fingerprint] = false // it is there
			}
		}
	}
}
