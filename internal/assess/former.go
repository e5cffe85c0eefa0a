package assess

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// maxReport bounds a line of reports: one with all its evidence is far below.
const maxReport = 64 << 20

// The errors of reading what a former run wrote.
var (
	ErrNoReports   = errors.New("no reports of an audit")
	ErrOtherPolicy = errors.New("judged by another policy")
)

// Former reads what an interrupted run wrote, one report a line, and hands over each. whole is how many bytes of it are whole lines:
// what follows was cut off while it was written. The error wraps ErrNoReports for what is none, ErrOtherPolicy where o's policy or
// what it lets pass is not the one that was judged by, or is that of r or of report.
func (o *Options) Former(r io.Reader, report func(policy.Report) error) (whole int64, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	want := o.Policy.Reference(o.File)
	for n := 1; ; n++ {
		line, err := readLine(in)
		switch {
		case errors.Is(err, io.EOF):
			return whole, nil
		case err != nil:
			return 0, err
		}
		var former policy.Report
		if err := json.Unmarshal(line, &former); err != nil {
			return 0, fmt.Errorf("line %d: %w: %w", n, ErrNoReports, err)
		}
		switch {
		case former.Schema != policy.ReportSchema:
			return 0, fmt.Errorf("line %d: %w: its format is %.40q, not %s", n, ErrNoReports, former.Schema, policy.ReportSchema)
		case former.Policy.SHA256 != want.SHA256:
			return 0, fmt.Errorf("line %d: %w: %.60q %.20q", n, ErrOtherPolicy, former.Policy.Name, former.Policy.Version)
		case former.FailOn != o.FailOn:
			return 0, fmt.Errorf("line %d: %w: --fail-on was %.10q", n, ErrOtherPolicy, former.FailOn)
		}
		whole += int64(len(line))
		if err := report(former); err != nil {
			return 0, err
		}
	}
}

// readLine reads a line with its end. One that has none is io.EOF.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > maxReport:
			return nil, fmt.Errorf("%w: a line of more than %d MiB", ErrNoReports, maxReport>>20)
		}
	}
}
