package assess_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/assess"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// written is what a run over targets writes.
func written(t testing.TB, o *assess.Options, texts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	err := o.All(context.Background(), lines(texts...), new(assess.Progress), func(_ int, r policy.Report) error {
		return trace.WriteDocument(&b, &r)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAFormerRunIsReadUpToWhereItWasCut(t *testing.T) {
	port := serve(t, "127.0.0.1", 0, tls.VersionTLS10)
	o := options(t)
	o.Evidence = true
	data := written(t, o, "127.0.0.1:"+strconv.Itoa(port), "127.0.0.1:1")
	first := bytes.IndexByte(data, '\n') + 1
	for _, c := range []struct{ length, whole, reports int }{
		{len(data), len(data), 2}, {len(data) - 1, first, 1}, {first, first, 1}, {first - 1, 0, 0}, {0, 0, 0},
	} {
		n := 0
		whole, err := o.Former(bytes.NewReader(data[:c.length]), func(r policy.Report) error {
			n++
			var again bytes.Buffer
			if err := trace.WriteDocument(&again, &r); err != nil || !bytes.Contains(data, again.Bytes()) {
				t.Errorf("report %d is written in another way (%v)", n, err)
			}
			return nil
		})
		if err != nil || whole != int64(c.whole) || n != c.reports {
			t.Errorf("of %d bytes %d are whole, with %d reports: %v", c.length, whole, n, err)
		}
	}
}

func TestWhatIsNoFormerRunIsRefused(t *testing.T) {
	o := options(t)
	data := string(written(t, o, "127.0.0.1:1"))
	other := options(t)
	other.Policy.Rules = other.Policy.Rules[:1]
	graver := options(t)
	graver.FailOn = policy.LevelNote
	for _, c := range []struct {
		name, data string
		want       error
	}{
		{"a text", "hello\n", assess.ErrNoReports},
		{"another document", `{"schema":"tlsprobe.scan/1"}` + "\n", assess.ErrNoReports},
		{"a newer format", strings.Replace(data, policy.ReportSchema, "tlsprobe.audit/9", 1), assess.ErrNoReports},
		{"another policy", string(written(t, other, "127.0.0.1:1")), assess.ErrOtherPolicy},
		{"another level", string(written(t, graver, "127.0.0.1:1")), assess.ErrOtherPolicy},
		{"garbage after a report", data + "}\n", assess.ErrNoReports},
	} {
		_, err := o.Former(strings.NewReader(c.data), func(policy.Report) error { return nil })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzFormer(f *testing.F) {
	o := options(f)
	f.Add(written(f, o, "127.0.0.1:1", "no target"))
	f.Add([]byte("{}\n[]\nnull\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := o.Former(bytes.NewReader(data), func(policy.Report) error { return nil })
		if err != nil {
			return
		}
		if whole < 0 || whole > int64(len(data)) || whole > 0 && data[whole-1] != '\n' || slices.Contains(data[whole:], '\n') {
			t.Errorf("of %d bytes %d are whole", len(data), whole)
		}
	})
}
