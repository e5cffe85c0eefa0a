package render

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

func audited(t *testing.T, format string, run *policy.Run, exit int, o AuditOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Audit(&b, format, run, exit, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s (-update writes it anew):\n%s", golden, firstDifference(got, string(want)))
	}
}

func TestAuditsAreAsRecorded(t *testing.T) {
	run := sampleRun(t)
	text := func(o Options) AuditOptions { return AuditOptions{Options: o} }
	for _, c := range []struct {
		name, format string
		o            AuditOptions
	}{
		{"audit.txt", "text", text(Options{})},
		{"audit-80.txt", "text", text(Options{Width: 80})},
		{"audit-120-v-ascii.txt", "text", text(Options{Width: 120, Verbosity: 1, ASCII: true})},
		{"audit-quiet.txt", "text", text(Options{Quiet: true})},
		{"audit.sarif", "sarif", AuditOptions{}},
		{"audit.xml", "junit", AuditOptions{}},
		{"audit.md", "markdown", AuditOptions{}},
		{"audit-github.txt", "github", AuditOptions{}},
		{"audit.csv", "csv", AuditOptions{}},
		{"audit.prom", "prometheus", AuditOptions{}},
		{"audit-testssl.json", "testssl", AuditOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) { checkGolden(t, c.name, audited(t, c.format, run, 1, c.o)) })
	}
}

// one is the audit of the first target alone.
func one(t *testing.T) *policy.Run {
	run := sampleRun(t)
	run.Targets = run.Targets[:1]
	return run
}

func TestAnAuditOfOneTargetEndsWithItsSum(t *testing.T) {
	checkGolden(t, "audit-one.txt", audited(t, "text", one(t), 1, AuditOptions{Options: Options{Width: 120}}))
}
