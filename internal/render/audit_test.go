package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/finding"
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
		t.Run(c.name, func(t *testing.T) {
			got := audited(t, c.format, run, 1, c.o)
			if c.format == "sarif" { // it is on one line
				var b bytes.Buffer
				if err := json.Indent(&b, []byte(got), "", " "); err != nil {
					t.Fatal(err)
				}
				got = b.String()
			}
			checkGolden(t, c.name, got)
		})
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

// TestNoHostileTextReachesASinkUnescaped looks for what a terminal would obey, and what nobody could see, in every format.
func TestNoHostileTextReachesASinkUnescaped(t *testing.T) {
	run := sampleRun(t)
	long := strings.Repeat(hostileText, 300)
	evil := &run.Targets[2].Endpoints[0]
	evil.Verdicts[0].Message, evil.Verdicts[0].Findings[0].Message = long, long
	run.Policy.Name, run.Policy.Version, run.Policy.Title = hostileText, hostileText, hostileText
	run.Targets[2].Policy, run.Targets[2].Target = run.Policy, hostileText
	for _, f := range AuditFormats() {
		got := audited(t, f.Name, run, 1, AuditOptions{})
		if !utf8.ValidString(got) {
			t.Errorf("%s: not UTF-8", f.Name)
		}
		if f.Name == "csv" {
			got = strings.ReplaceAll(got, "\r\n", "\n")
		}
		for i, r := range got {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
				t.Errorf("%s: %U in %q", f.Name, r, got[max(0, i-40):i+4])
				break
			}
		}
	}
}

func TestTextOfAnAuditIsSafeAtEveryWidth(t *testing.T) {
	run := sampleRun(t)
	for _, width := range []int{0, 1, 40, 80, 120} {
		for _, o := range []Options{{}, {Verbosity: 1}, {Quiet: true}, {ASCII: true}, {Color: true}} {
			o.Width = width
			got := audited(t, "text", run, 1, AuditOptions{Options: o})
			if o.Color {
				without := o
				without.Color = false
				if got = sgr.ReplaceAllString(got, ""); got != audited(t, "text", run, 1, AuditOptions{Options: without}) {
					t.Errorf("%d columns: colour changes more than colour", width)
				}
			}
			checkSafe(t, o, got)
			if o.Quiet && strings.Count(got, "\n") != 1 && width == 0 {
				t.Errorf("-q says more than one line: %q", got)
			}
			if !strings.Contains(got, "exit 1\n") && width > 10 {
				t.Errorf("%d columns: no exit code in the last line", width)
			}
		}
	}
}

func TestCommandsToTheRunnerStandOnLinesOfTheirOwn(t *testing.T) {
	command := regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]+,line=[0-9]+,(col=[0-9]+,)?)?title=[^,:]+::.+$`)
	lines := strings.Split(strings.TrimSuffix(audited(t, "github", sampleRun(t), 1, AuditOptions{}), "\n"), "\n")
	kinds := map[string]int{}
	for _, line := range lines[:len(lines)-1] {
		if !command.MatchString(line) {
			t.Errorf("no command: %q", line)
		}
		kinds[line[2:strings.IndexByte(line, ' ')]]++
	}
	if last := lines[len(lines)-1]; strings.HasPrefix(last, "::") || !strings.HasSuffix(last, "; exit 1") {
		t.Errorf("the last line is %q", last)
	}
	if want := map[string]int{"error": maxAnnotations, "warning": 2, "notice": 1}; !reflect.DeepEqual(kinds, want) {
		t.Errorf("%v, not %v", kinds, want)
	}
}

// only is the audit of one target with one verdict.
func only(t *testing.T, failOn policy.Level, v policy.Verdict) *policy.Run {
	run := sampleRun(t)
	run.FailOn = failOn
	r := run.Targets[3]
	r.Endpoints[0].Verdicts = []policy.Verdict{v}
	r.Counts = policy.Counts{}
	run.Targets = []policy.Report{r}
	return run
}

// TestWhatARuleComesToIsToldInEveryFormat has for each state the words that say so, and those that would say something else.
func TestWhatARuleComesToIsToldInEveryFormat(t *testing.T) {
	fail := breach(finding.Fail, "dh[0].bits.1024", "1024", "1024 bits", 3)
	note := breach(finding.Info, "http.hsts.max_age.1", "1", "1 second", 3)
	warned := breach(finding.Warn, "groups.tls1.3", "", "none", 3)
	unknown := breach(finding.Unknown, "dh[*].bits", "", "the peer fell silent", 0)
	soft := breach(finding.Unknown, "robust.grease", "", "the peer fell silent", 0)
	cases := []struct {
		name   string
		failOn policy.Level
		v      policy.Verdict
		has    map[string]string
		not    map[string]string
	}{
		{"fail", policy.LevelFail, verdict("dh.bits", finding.Fail, "1024 bits", fail),
			map[string]string{"text": "FAIL", "junit": "<failure", "sarif": `"level":"error"`, "github": "::error", "markdown": "**fail**", "csv": ",fail,1024 bits,", "prometheus": `severity="high"} 5`, "testssl": `"HIGH"`}, nil},
		{"warn that does not count", policy.LevelFail, verdict("kx.pq", finding.Warn, "none", warned),
			map[string]string{"text": "WARN", "junit": "<system-out>warn: key exchange withstands quantum computers: none", "sarif": `"level":"warning"`, "github": "::warning", "csv": ",warn,none,", "prometheus": "} 3", "testssl": `"LOW"`},
			map[string]string{"junit": "<failure", "github": "::error"}},
		{"warn that counts", policy.LevelWarn, verdict("kx.pq", finding.Warn, "none", warned), map[string]string{"junit": "<failure"}, nil},
		{"note that counts", policy.LevelNote, verdict("http.hsts", finding.Info, "1 second", note),
			map[string]string{"text": "NOTE", "junit": "<failure", "sarif": `"level":"note"`, "github": "::notice", "prometheus": "} 2", "testssl": `"INFO"`}, nil},
		{"unknown", policy.LevelFail, verdict("dh.bits", finding.Unknown, "the peer fell silent", unknown),
			map[string]string{"text": "UNKNOWN", "junit": "<error", "sarif": `"toolExecutionNotifications":[{"level":"error"`, "github": "::error", "markdown": "| unknown |", "csv": ",unknown,the peer", "prometheus": `severity="high"} 4`, "testssl": `"WARN"`},
			map[string]string{"sarif": `"ruleId"`, "testssl": `"OK"`, "text": "PASS"}},
		{"unknown that was unknown before", policy.LevelFail, verdict("dh.bits", finding.Unknown, "the peer fell silent", known(unknown)),
			map[string]string{"text": "UNKNOWN", "junit": "<error", "sarif": `"toolExecutionNotifications":[{"level":"error"`, "github": "::error", "prometheus": "} 4", "testssl": `"WARN"`, "csv": ",unknown,"}, nil},
		{"unknown that does not count", policy.LevelFail, verdict("robust.grease", finding.Unknown, "the peer fell silent", soft),
			map[string]string{"text": "UNKNOWN", "junit": "<skipped", "sarif": `"toolExecutionNotifications":[{"level":"warning"`, "github": "::warning", "prometheus": "} 4"},
			map[string]string{"junit": "<error", "github": "::error"}},
		{"waived", policy.LevelFail, verdict("dh.bits", finding.Pass, "1024 bits", waived(fail, "moves in spring", auditDay, false)),
			map[string]string{"text": "WAIVED", "junit": "<skipped", "sarif": `"suppressions":[{"kind":"external","status":"accepted"`, "markdown": "| waived |", "csv": ",waived,1024 bits,", "prometheus": `why="waived"} 1`, "testssl": `"INFO"`},
			map[string]string{"github": "::", "text": "PASS"}},
		{"expired", policy.LevelFail, verdict("dh.bits", finding.Fail, "1024 bits", waived(fail, "moves in spring", auditDay, true)),
			map[string]string{"text": "expired on 2026-11-26", "junit": "expired on 2026-11-26", "sarif": `"status":"rejected"`, "github": "expired on 2026-11-26", "markdown": "expired on 2026-11-26", "csv": "expired on 2026-11-26", "testssl": "expired on 2026-11-26", "prometheus": "} 5"}, nil},
		{"known", policy.LevelFail, verdict("dh.bits", finding.Pass, "1024 bits", known(fail)),
			map[string]string{"text": "KNOWN", "junit": "<skipped", "sarif": `"baselineState":"unchanged"`, "markdown": "| known |", "csv": ",known,1024 bits,", "prometheus": `why="known"} 1`, "testssl": `"INFO"`},
			map[string]string{"github": "::"}},
		{"skip", policy.LevelFail, verdict("dh.bits", finding.Skip, "there is none"),
			map[string]string{"text": "SKIP", "junit": "<skipped", "markdown": "| skip |", "csv": ",skip,there is none", "prometheus": `severity="high"} 0`, "testssl": `"INFO"`},
			map[string]string{"github": "::", "sarif": `"ruleId"`}},
		{"pass", policy.LevelFail, verdict("dh.bits", finding.Pass, ""),
			map[string]string{"text": "PASS", "csv": ",pass,", "prometheus": `severity="high"} 1`, "testssl": `"OK"`},
			map[string]string{"github": "::", "sarif": `"ruleId"`, "junit": "<skipped"}},
		{"a status of a later version", policy.LevelFail, verdict("dh.bits", finding.Status(99), "odd"),
			map[string]string{"text": "UNKNOWN", "junit": "<error", "sarif": `"toolExecutionNotifications":[{"level":"error"`, "github": "::error", "csv": ",unknown,odd", "prometheus": "} 4", "testssl": `"WARN"`}, nil},
	}
	for _, c := range cases {
		for format, want := range c.has {
			if got := audited(t, format, only(t, c.failOn, c.v), 1, AuditOptions{}); !strings.Contains(got, want) {
				t.Errorf("%s, %s: no %q in\n%s", c.name, format, want, got)
			}
		}
		for format, not := range c.not {
			if got := audited(t, format, only(t, c.failOn, c.v), 1, AuditOptions{}); strings.Contains(got, not) {
				t.Errorf("%s, %s: %q in\n%s", c.name, format, not, got)
			}
		}
	}
}

// TestAnAddressWithoutVerdictsIsNoPass has an address that was reached, and of which nothing was judged.
func TestAnAddressWithoutVerdictsIsNoPass(t *testing.T) {
	run := only(t, policy.LevelFail, policy.Verdict{})
	run.Targets[0].Endpoints[0].Verdicts, run.Targets[0].Outcome = nil, policy.OutcomeUnknown
	for format, want := range map[string]string{
		"text": "UNKNOWN  192.0.2.20:443: reached, and no rule was judged", "sarif": `"executionSuccessful":false`, "junit": "<error ", "markdown": "no rule was judged",
		"github": "::error", "csv": ",unreached,", "prometheus": `address="192.0.2.20:443"} 0`, "testssl": `"FATAL"`,
	} {
		if got := audited(t, format, run, 6, AuditOptions{}); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", format, want, got)
		}
	}
}

func TestAWaiverSaysUntilWhen(t *testing.T) {
	w := policy.Waived{Reason: "moves", Expires: auditDay.Truncate(24 * time.Hour)}
	if got := waiverText(&w); got != "waived until 2026-11-26: moves" {
		t.Error(got)
	}
	w.Expires, w.Expired, w.Position = auditDay, true, policy.Position{File: "w.yaml", Line: 3}
	if got := waiverText(&w); got != "its waiver expired at 2026-11-26T10:02:00Z (w.yaml:3): moves" {
		t.Error(got)
	}
}

// TestEvidenceOfManyFindingsIsBounded has a connection that shows a thousand things.
func TestEvidenceOfManyFindingsIsBounded(t *testing.T) {
	run := one(t)
	v := &run.Targets[0].Endpoints[0].Verdicts[0]
	for range 1000 {
		v.Findings = append(v.Findings, v.Findings[0])
	}
	for _, verbosity := range []int{0, 1} {
		got := audited(t, "text", run, 1, AuditOptions{Options: Options{Verbosity: verbosity}})
		if n := strings.Count(got, "\n"); n > 400 || !strings.Contains(got, "  and 985 more\n") {
			t.Errorf("%d lines", n)
		}
	}
}

func TestWhatStreamsNeedsNoTargetsAtTheEnd(t *testing.T) {
	for _, f := range AuditFormats() {
		run := sampleRun(t)
		o := AuditOptions{Targets: len(run.Targets)}
		var b bytes.Buffer
		a, err := NewAuditWriter(&b, f.Name, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range run.Targets {
			before := b.Len()
			if err := a.Report(&run.Targets[i]); err != nil {
				t.Fatal(err)
			}
			if f.Streams != (b.Len() > before) {
				t.Errorf("%s: writes at each target: %v", f.Name, !f.Streams)
			}
		}
		whole := *run
		if f.Streams {
			run.Targets = nil
		}
		if err := a.Close(run, 1); err != nil {
			t.Fatal(err)
		}
		if got := audited(t, f.Name, &whole, 1, AuditOptions{}); got != b.String() {
			t.Errorf("%s: not the same: %s", f.Name, firstDifference(got, b.String()))
		}
	}
}

func TestALineOfJSONIsAReport(t *testing.T) {
	run := sampleRun(t)
	for i, line := range strings.Split(strings.TrimSuffix(audited(t, "jsonl", run, 1, AuditOptions{}), "\n"), "\n") {
		var r policy.Report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Target != run.Targets[i].Target || r.Schema != policy.ReportSchema || len(r.Endpoints) != len(run.Targets[i].Endpoints) {
			t.Errorf("line %d: %+v", i, r)
		}
	}
	var back policy.Run
	if err := json.Unmarshal([]byte(audited(t, "json", run, 1, AuditOptions{})), &back); err != nil {
		t.Fatal(err)
	}
	if got := back.Targets[0].Endpoints[0].Verdicts; !reflect.DeepEqual(got[0].Findings, run.Targets[0].Endpoints[0].Verdicts[0].Findings) {
		t.Errorf("%+v", got[0])
	}
}

func TestAnAuditThatCannotBeWrittenIsAnError(t *testing.T) {
	for _, f := range AuditFormats() {
		if err := Audit(fullDisk{}, f.Name, sampleRun(t), 1, AuditOptions{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if _, err := NewAuditWriter(&bytes.Buffer{}, "xml", AuditOptions{}); err == nil || !strings.Contains(err.Error(), "junit") {
		t.Errorf("a format that there is not: %v", err)
	}
}

func TestAnInterruptedAuditSaysSo(t *testing.T) {
	run := one(t)
	run.Interrupted = true
	for format, want := range map[string]string{
		"text": "interrupted", "sarif": `"executionSuccessful":false`, "junit": `type="interrupted"`, "markdown": "**Interrupted**", "github": "interrupted",
		"prometheus": "tlsprobe_audit_complete 0", "json": `"interrupted":true`,
	} {
		if got := audited(t, format, run, 130, AuditOptions{}); !strings.Contains(got, want) {
			t.Errorf("%s: no %q", format, want)
		}
	}
}

func TestResultsStandAtTheRuleOrTheTarget(t *testing.T) {
	rule := policy.Position{File: "corp.yaml", Line: 8}
	builtIn := policy.Position{File: "mozilla-intermediate@6.0", Line: 12}
	list := policy.Position{File: "hosts.txt", Line: 3}
	for _, c := range []struct {
		rule, target policy.Position
		want         string
	}{
		{rule, list, "corp.yaml:8"}, {rule, policy.Position{}, "corp.yaml:8"}, {builtIn, list, "hosts.txt:3"},
		{builtIn, policy.Position{}, "tlsprobe/mozilla-intermediate@6.0.yaml:12"}, {builtIn, policy.Position{File: "-", Line: 1}, "tlsprobe/mozilla-intermediate@6.0.yaml:12"},
	} {
		run := only(t, policy.LevelFail, verdict("dh.bits", finding.Fail, "1024 bits", breach(finding.Fail, "dh[0].bits.1024", "1024", "1024 bits", 3)))
		run.Targets[0].Position, run.Targets[0].Endpoints[0].Verdicts[0].Position = c.target, c.rule
		p := sarifOf(t, run, AuditOptions{}).Results[0].Locations[0].Physical
		if got := placeText(policy.Position{File: p.Artifact.URI, Line: p.Region.StartLine}); got != c.want {
			t.Errorf("%v, %v: %s, not %s", c.rule, c.target, got, c.want)
		}
	}
}

func TestFilesAreNamedFromTheRoot(t *testing.T) {
	root := t.TempDir()
	for file, want := range map[string]string{
		"a/b.yaml": "a/b.yaml", "./b.yaml": "b.yaml", filepath.Join(root, "x", "c d.yaml"): "x/c%20d.yaml", "ü#?.yaml": "%C3%BC%23%3F.yaml",
	} {
		if got := fileURI(file, root); got != want {
			t.Errorf("%s: %s, not %s", file, got, want)
		}
	}
	if got := fileURI("a:b.yaml", ""); runtime.GOOS != "windows" && got != "./a:b.yaml" { // there, a: is a drive
		t.Errorf("a:b.yaml: %s", got)
	}
	outside := filepath.Join(filepath.Dir(root), "other.yaml")
	if got := fileURI(outside, root); !strings.HasPrefix(got, "file:///") || !strings.HasSuffix(got, "/other.yaml") {
		t.Errorf("%s: %s", outside, got)
	}
}

func TestAReferenceToAnRFCIsALink(t *testing.T) {
	for ref, want := range map[string]string{
		"RFC 8996": "https://www.rfc-editor.org/rfc/rfc8996", "RFC 9325, Section 4.1": "https://www.rfc-editor.org/rfc/rfc9325#section-4.1",
		"BSI TR-02102-2, Section 3.3": "", "see RFC 8446 Section 4.2.8": "https://www.rfc-editor.org/rfc/rfc8446#section-4.2.8", "": "",
	} {
		if got := rfcURL(ref); got != want {
			t.Errorf("%q: %q, not %q", ref, got, want)
		}
	}
}
