package render

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// docsRun is the audit that docs/reports.md shows.
func docsRun(t *testing.T) *policy.Run {
	run := sampleRun(t)
	r := run.Targets[3]
	r.Target, r.Input, r.Outcome = "example.com:443", "example.com", policy.OutcomeFail
	e := &r.Endpoints[0]
	e.Verdicts = []policy.Verdict{
		verdict("proto.min", finding.Fail, "tls1.0", breach(finding.Fail, "protocols.tls1.0", "tls1.0", "tls1.0", 3)),
		verdict("cert.days", finding.Pass, "certificates[0]: 6", waived(breach(finding.Fail, "certificates[0].days_left", "certificates[0]: 6", "certificates[0]: 6", 9), "shutting down", auditDay.AddDate(0, 4, 0), false)),
		verdict("kx.pq", finding.Warn, "x25519", breach(finding.Warn, "groups.tls1.3", "x25519", "x25519", 7)),
		verdict("dh.bits", finding.Unknown, "reset by the peer", breach(finding.Unknown, "dh", "", "reset by the peer", 0)),
		verdict("staple", finding.Skip, "the certificate names no responder"),
		verdict("robust.grease", finding.Pass, "yes"),
	}
	for i := range e.Verdicts {
		for k := range e.Verdicts[i].Findings {
			f := &e.Verdicts[i].Findings[k]
			f.Fingerprint = strings.Repeat("c0ffee", 5) + "00"
		}
		if p := &e.Verdicts[i].Position; p.File == "policies/corp.yaml" {
			p.File = "corp.yaml"
		}
	}
	r.Counts = policy.Counts{Fail: 1, Unknown: 1, Warn: 1, Pass: 2, Skip: 1, Waived: 1}
	run.Policy.Rules = len(e.Verdicts)
	r.Policy = run.Policy
	run.Targets = []policy.Report{r}
	return run
}

// docsSample is the part of a format that the page shows.
func docsSample(t *testing.T, format string) string {
	text := audited(t, format, docsRun(t), 1, AuditOptions{})
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	switch format {
	case "sarif":
		b, err := json.MarshalIndent(sarifOf(t, docsRun(t), AuditOptions{}).Results[0], "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(b) + "\n"
	case "csv":
		lines = lines[:3]
	case "prometheus":
		var rules []string
		for _, l := range lines {
			if strings.Contains(l, "tlsprobe_audit_rule") {
				rules = append(rules, l)
			}
		}
		lines = rules
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestDocsShowWhatIsWritten compares the samples of docs/reports.md with what is written; -update writes them anew.
func TestDocsShowWhatIsWritten(t *testing.T) {
	const page = "../../docs/reports.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```[a-z]+ sample=([a-z]+)\n(.*?)```\n")
	shown := 0
	now := block.ReplaceAllStringFunc(string(text), func(old string) string {
		m := block.FindStringSubmatch(old)
		shown++
		head, _, _ := strings.Cut(old, "\n")
		return head + "\n" + docsSample(t, m[1]) + "```\n"
	})
	if shown != len(AuditFormats())-2 { // all but json and jsonl
		t.Errorf("%d samples", shown)
	}
	for _, f := range AuditFormats() {
		if !strings.Contains(now, "| `"+f.Name+"` |") {
			t.Errorf("%s is not in the table", f.Name)
		}
		streams := map[bool]string{true: "| yes |", false: "| no |"}[f.Streams]
		if line := regexp.MustCompile("(?m)^\\| `" + f.Name + "` .*$").FindString(now); !strings.HasSuffix(line, streams) {
			t.Errorf("%s: %q", f.Name, line)
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if now != string(text) {
		t.Errorf("%s (-update writes it anew): %s", page, firstDifference(now, string(text)))
	}
}
