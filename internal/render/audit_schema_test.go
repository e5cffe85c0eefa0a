package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// runs are audits of all kinds: the sample, nothing at all, an interrupted one, and one that counts notes, too.
func runs(t *testing.T) map[string]*policy.Run {
	full, none, cut, strict := sampleRun(t), sampleRun(t), sampleRun(t), sampleRun(t)
	none.Targets = nil
	cut.Interrupted, cut.Targets = true, cut.Targets[1:2]
	strict.FailOn = policy.LevelNote
	for _, run := range []*policy.Run{none, cut, strict} {
		run.Policy.File = ""
	}
	return map[string]*policy.Run{"sample": full, "none": none, "interrupted": cut, "strict": strict}
}

// sarifOf reads back what was written.
func sarifOf(t *testing.T, run *policy.Run, o AuditOptions) sarifRun {
	t.Helper()
	var log sarifLog
	d := json.NewDecoder(strings.NewReader(audited(t, "sarif", run, 1, o)))
	d.DisallowUnknownFields()
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %s, %d runs", log.Version, len(log.Runs))
	}
	return log.Runs[0]
}

// TestSARIFFollowsItsSchema reads the schema from TLSPROBE_SARIF_SCHEMA: OASIS's sarif-schema-2.1.0.json, whose licence does not let us
// keep it here.
func TestSARIFFollowsItsSchema(t *testing.T) {
	path := os.Getenv("TLSPROBE_SARIF_SCHEMA")
	if path == "" {
		const missing = "TLSPROBE_SARIF_SCHEMA names no schema (docs/testing.md)"
		if testpeer.Required() {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	s.Schema = "" // it says draft-04, of which it uses what later ones have, too
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range runs(t) {
		var v any
		if err := json.Unmarshal([]byte(audited(t, "sarif", run, 1, AuditOptions{})), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		v.(map[string]any)["runs"].([]any)[0].(map[string]any)["tool"] = 1
		if err := schema.Validate(v); err == nil {
			t.Fatal("the schema lets anything pass")
		}
	}
}

// TestGitHubTakesTheSARIF holds results to what GitHub documents as required ("SARIF support for code scanning").
func TestGitHubTakesTheSARIF(t *testing.T) {
	score := regexp.MustCompile(`^[0-9]\.[0-9]$`)
	for name, run := range runs(t) {
		r := sarifOf(t, run, AuditOptions{})
		if !strings.HasSuffix(r.AutomationDetails.ID, "/") || strings.Count(r.AutomationDetails.ID, "/") != 2 {
			t.Errorf("%s: the category is %q", name, r.AutomationDetails.ID)
		}
		ids := map[string]bool{}
		for _, rule := range r.Tool.Driver.Rules {
			if rule.ID == "" || ids[rule.ID] || rule.ShortDescription.Text == "" || rule.FullDescription.Text == "" || rule.Help.Text == "" {
				t.Errorf("%s: rule %+v", name, rule)
			}
			if s := rule.Properties.SecuritySeverity; s != "" && !score.MatchString(s) || len(rule.ShortDescription.Text) > 1024 {
				t.Errorf("%s: rule %+v", name, rule)
			}
			ids[rule.ID] = true
		}
		prints := map[string]bool{}
		for _, x := range r.Results {
			if x.RuleIndex >= len(r.Tool.Driver.Rules) || r.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID || x.Message.Text == "" || len(x.Locations) != 1 {
				t.Errorf("%s: result %+v", name, x)
			}
			if !slices.Contains([]string{"error", "warning", "note"}, x.Level) || x.Suppressions == nil {
				t.Errorf("%s: result %+v", name, x)
			}
			p := x.Locations[0].Physical
			if p == nil || p.Artifact.URI == "" || strings.HasPrefix(p.Artifact.URI, "/") || p.Region.StartLine < 1 || p.Region.StartColumn < 1 ||
				p.Region.EndLine < p.Region.StartLine || p.Region.EndColumn <= p.Region.StartColumn {
				t.Errorf("%s: %s is at %+v", name, x.RuleID, p)
			}
			if print := x.PartialFingerprints.Line; print == "" || prints[print] || print != x.PartialFingerprints.Finding {
				t.Errorf("%s: fingerprint %q of %s", name, print, x.RuleID)
			}
			prints[x.PartialFingerprints.Line] = true
		}
	}
}

// TestJUnitFollowsASchema checks with xmllint, against a schema of what all readers agree on, and the one that TLSPROBE_JUNIT_XSD names
// where it does: Jenkins's junit-10.xsd.
func TestJUnitFollowsASchema(t *testing.T) {
	xmllint := testpeer.Need(t, "xmllint")
	for name, run := range runs(t) {
		file := filepath.Join(t.TempDir(), "audit.xml")
		if err := os.WriteFile(file, []byte(audited(t, "junit", run, 1, AuditOptions{})), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, xsd := range []string{filepath.Join("testdata", "junit.xsd"), os.Getenv("TLSPROBE_JUNIT_XSD")} {
			if xsd == "" {
				continue
			}
			if out, err := exec.Command(xmllint, "--noout", "--nonet", "--schema", xsd, file).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		}
	}
}

// TestJUnitCountsWhatItHolds holds the numbers of each suite to its cases.
func TestJUnitCountsWhatItHolds(t *testing.T) {
	for name, run := range runs(t) {
		var out junitSuites
		if err := xml.Unmarshal([]byte(audited(t, "junit", run, 1, AuditOptions{})), &out); err != nil {
			t.Fatal(err)
		}
		for _, s := range out.Suites {
			failures, errors, skipped := 0, 0, 0
			for _, c := range s.Cases {
				failures += count1(c.Failure != nil)
				errors += count1(c.Error != nil)
				skipped += count1(c.Skipped != nil)
				if c.Class == "" || c.Name == "" {
					t.Errorf("%s: a case without a name: %+v", name, c)
				}
			}
			if got := []int{s.Tests, s.Failures, s.Errors, s.Skipped}; !slices.Equal(got, []int{len(s.Cases), failures, errors, skipped}) {
				t.Errorf("%s: %s says %v", name, s.Name, got)
			}
		}
	}
}

func count1(b bool) int {
	if b {
		return 1
	}
	return 0
}

// python runs a program of Python with what was written as its standard input.
func python(t *testing.T, program, input string) string {
	t.Helper()
	c := exec.Command(testpeer.Need(t, "/usr/bin/python3"), "-c", program)
	c.Stdin = strings.NewReader(input)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	return string(out)
}

// TestPrometheusReadsTheMetrics reads them with the parser of Prometheus's client for Python, and compares every label with what it was.
func TestPrometheusReadsTheMetrics(t *testing.T) {
	testpeer.NeedFile(t, "/usr/lib/python3/dist-packages/prometheus_client/parser.py")
	const program = `
import sys, json
from prometheus_client.parser import text_string_to_metric_families
out = []
for family in text_string_to_metric_families(sys.stdin.read()):
    assert family.documentation and family.type == "gauge", family
    for s in family.samples:
        out.append([s.name, s.labels, s.value])
print(json.dumps(out))`
	for name, run := range runs(t) {
		var samples [][3]any
		if err := json.Unmarshal([]byte(python(t, program, audited(t, "prometheus", run, 1, AuditOptions{}))), &samples); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		rules := 0
		for _, s := range samples {
			key, _ := json.Marshal(s[:2])
			if seen[string(key)] {
				t.Errorf("%s: %s comes twice", name, key)
			}
			seen[string(key)] = true
			if s[0] == "tlsprobe_audit_rule" {
				rules++
			}
		}
		want := 0
		for _, r := range run.Targets {
			for _, e := range r.Endpoints {
				want += len(e.Verdicts)
			}
		}
		if rules != want {
			t.Errorf("%s: %d rules, not %d", name, rules, want)
		}
	}
}

func TestATargetThatComesTwiceHasTheWorseMetrics(t *testing.T) {
	fine, bad := only(t, policy.LevelFail, verdict("dh.bits", finding.Pass, "")), only(t, policy.LevelFail, verdict("dh.bits", finding.Fail, "1024"))
	bad.Targets[0].Outcome = policy.OutcomeFail
	for _, order := range [][]policy.Report{{fine.Targets[0], bad.Targets[0]}, {bad.Targets[0], fine.Targets[0]}} {
		run := *fine
		run.Targets = order
		got := audited(t, "prometheus", &run, 1, AuditOptions{})
		if !strings.Contains(got, `severity="high"} 5`) || strings.Contains(got, `severity="high"} 1`) {
			t.Error(got)
		}
	}
}

// TestPromtoolTakesTheMetrics is for machines that have it: the package is too large to ask for.
func TestPromtoolTakesTheMetrics(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	c := exec.Command(promtool, "check", "metrics")
	c.Stdin = strings.NewReader(audited(t, "prometheus", sampleRun(t), 1, AuditOptions{}))
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestTheCSVIsReadAlike reads it with the standard library, and with Python's, strictly.
func TestTheCSVIsReadAlike(t *testing.T) {
	text := audited(t, "csv", sampleRun(t), 1, AuditOptions{})
	ours, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var theirs [][]string
	const program = `
import sys, csv, io, json
text = sys.stdin.buffer.read().decode()
print(json.dumps(list(csv.reader(io.StringIO(text, newline=""), strict=True))))`
	if err := json.Unmarshal([]byte(python(t, program, text)), &theirs); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ours, theirs) {
		t.Error("the two differ")
	}
	if strings.Count(text, "\r\n") != len(ours) || strings.Count(text, "\n") != len(ours) {
		t.Errorf("%d lines and %d line ends", len(ours), strings.Count(text, "\r\n"))
	}
	for _, line := range ours {
		if len(line) != len(auditCSVHeader()) {
			t.Errorf("%d cells in %q", len(line), line)
		}
		for _, cell := range line {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a spreadsheet takes %q for a formula", cell)
			}
		}
	}
}

// TestTestsslFindingsHaveItsKeysAndWords holds them to what testssl.sh writes with --jsonfile (testssl.1.md, "JSON output").
func TestTestsslFindingsHaveItsKeysAndWords(t *testing.T) {
	const program = `
import sys, json
known = {"OK", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL", "WARN", "FATAL"}
for f in json.load(sys.stdin):
    assert list(f) == ["id", "ip", "port", "severity", "finding"], f
    assert all(isinstance(v, str) for v in f.values()) and f["severity"] in known and "/" in f["ip"] and f["port"].isdigit(), f
print("fine")`
	for name, run := range runs(t) {
		if got := python(t, program, audited(t, "testssl", run, 1, AuditOptions{})); got != "fine\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
