package policy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// audited is a run of one policy over targets, each with its facts at one address.
func audited(t *testing.T, p *policy.Policy, baseline *policy.Baseline, targets ...[]string) *policy.Run {
	t.Helper()
	h := policy.Head{Tool: trace.Tool{Name: "tlsprobe"}, Started: now, Policy: p.Reference("corp.yaml")}
	var reports []policy.Report
	for _, facts := range targets {
		target, address := facts[0], "192.0.2.1:443"
		v := policy.Judge(p, factsOf(facts[1:]...), policy.JudgeOptions{Target: target, Address: address, Baseline: baseline, At: now})
		reports = append(reports, policy.NewReport(&h, &policy.Asked{Target: target, Input: target}, []policy.Endpoint{{Address: address, Verdicts: v}}))
	}
	return policy.NewRun(&h, reports, false)
}

// written is a run as a document, or as one line for each target.
func written(t *testing.T, run *policy.Run, lines bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if !lines {
		if err := trace.WriteDocument(&b, run); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for i := range run.Targets {
		if err := trace.WriteDocument(&b, &run.Targets[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestTheBaselineLetsPassWhatWasThereAndNothingElse(t *testing.T) {
	p := parse(t, rule(oldProtocols))
	before := audited(t, p, nil, []string{"a.example:443", "protocols = tls1.0"}, []string{"b.example:443", "protocols = ?"})
	for _, lines := range []bool{false, true} {
		base, err := policy.ReadBaseline(bytes.NewReader(written(t, before, lines)))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			target, facts string
			want          policy.Outcome
			known         bool
		}{
			{"a.example:443", "protocols = tls1.0", policy.OutcomePass, true},
			{"A.example:443", "protocols = tls1.0", policy.OutcomePass, true},
			{"a.example:443", "protocols = tls1.2", policy.OutcomePass, false},
			{"a.example:443", "protocols = tls1.0 tls1.1", policy.OutcomeFail, true},
			{"a.example:443", "protocols = ?", policy.OutcomeUnknown, false},
			{"a.example:443", "protocols = tls1.0 …", policy.OutcomeUnknown, true},
			{"b.example:443", "protocols = tls1.0", policy.OutcomeFail, false},
			{"b.example:443", "protocols = ?", policy.OutcomeUnknown, true},
		} {
			run := audited(t, p, base, []string{c.target, c.facts})
			known := false
			for _, f := range run.Targets[0].Endpoints[0].Verdicts[0].Findings {
				known = known || f.Known
			}
			if got := run.Decision(); got != c.want || known != c.known {
				t.Errorf("%s %s: %s, known %v; want %s, %v", c.target, c.facts, got, known, c.want, c.known)
			}
		}
	}
}

func TestWhatIsKnownStaysInTheNextBaseline(t *testing.T) {
	p := parse(t, rule(oldProtocols))
	facts := []string{"a.example:443", "protocols = tls1.0"}
	run := audited(t, p, nil, facts)
	for range 3 {
		base, err := policy.ReadBaseline(bytes.NewReader(written(t, run, false)))
		if err != nil {
			t.Fatal(err)
		}
		if run = audited(t, p, base, facts); run.Decision() != policy.OutcomePass || run.Targets[0].Counts != (policy.Counts{Pass: 1, Known: 1}) {
			t.Fatalf("%s, %+v", run.Decision(), run.Targets[0].Counts)
		}
	}
}

func TestWhatWasWaivedIsNotInTheBaseline(t *testing.T) {
	waived := parse(t, rule(oldProtocols)+"waivers: [{rule: proto.min, reason: r, expires: 2027-03-31}]\n")
	facts := []string{"a.example:443", "protocols = tls1.0"}
	run := audited(t, waived, nil, facts)
	if run.Decision() != policy.OutcomePass || run.Targets[0].Counts != (policy.Counts{Pass: 1, Waived: 1}) {
		t.Fatalf("%s, %+v", run.Decision(), run.Targets[0].Counts)
	}
	base, err := policy.ReadBaseline(bytes.NewReader(written(t, run, true)))
	if err != nil {
		t.Fatal(err)
	}
	expired := parse(t, rule(oldProtocols)+"waivers: [{rule: proto.min, reason: r, expires: 2026-03-31}]\n")
	if got := audited(t, expired, base, facts).Decision(); got != policy.OutcomeFail {
		t.Errorf("an expired waiver %ss through the baseline", got)
	}
}

// broken are files that are no baseline.
var broken = []struct {
	text string
	want error
}{
	{"", policy.ErrNotReport},
	{"\n", policy.ErrNotReport},
	{"{}", policy.ErrNotReport},
	{"[]", policy.ErrNotReport},
	{"null", policy.ErrNotReport},
	{"hello", policy.ErrNotReport},
	{`{"schema":"tlsprobe.trace/1"}`, policy.ErrNotReport},
	{`{"schema":"tlsprobe.audit/2"}`, policy.ErrNewerReport},
	{`{"schema":"tlsprobe.audit/1"}{"schema":"tlsprobe.au`, policy.ErrNotReport},
	{`{"schema":"tlsprobe.audit/1","targets":[{"endpoints":[{"verdicts":[{"findings":[{"status":"excellent"}]}]}]}]}`, policy.ErrNotReport},
	{`{"schema":"tlsprobe.audit/1","targets":7}`, policy.ErrNotReport},
	{strings.Repeat("[", 1<<20), policy.ErrNotReport},
}

func TestWhatIsNoBaselineIsRefused(t *testing.T) {
	for _, c := range broken {
		b, err := policy.ReadBaseline(strings.NewReader(c.text))
		if !errors.Is(err, c.want) || b != nil {
			t.Errorf("%.60q: %v", c.text, err)
		}
	}
	if _, err := policy.ReadBaseline(io.MultiReader(strings.NewReader(`{"schema":`), iotest.ErrReader(io.ErrNoProgress))); !errors.Is(err, io.ErrNoProgress) || errors.Is(err, policy.ErrNotReport) {
		t.Errorf("a reader that fails is no fault of the file: %v", err)
	}
}

func TestABaselineThatIsTooLargeIsRefused(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"schema":"tlsprobe.audit/1"}`), spaces{})
	if _, err := policy.ReadBaselineOf(endless, 1<<16); !errors.Is(err, policy.ErrReportTooLarge) {
		t.Error(err)
	}
}

// spaces is a file that never ends.
type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// outcomes are what rules of a level come to at addresses, and what that means for the target by what it fails on.
var outcomes = []struct {
	level    string
	facts    []string // of each address; - for one that could not be asked
	failOn   policy.Level
	want     policy.Outcome
	counts   policy.Counts
	decision policy.Outcome
}{
	{"fail", []string{"tls1.2"}, policy.LevelFail, policy.OutcomePass, policy.Counts{Pass: 1}, policy.OutcomePass},
	{"fail", []string{"tls1.0"}, policy.LevelFail, policy.OutcomeFail, policy.Counts{Fail: 1}, policy.OutcomeFail},
	{"fail", []string{"?"}, policy.LevelFail, policy.OutcomeUnknown, policy.Counts{Unknown: 1}, policy.OutcomeUnknown},
	{"fail", []string{"-"}, policy.LevelFail, policy.OutcomePass, policy.Counts{Skip: 1}, policy.OutcomePass},
	{"warn", []string{"tls1.0"}, policy.LevelFail, policy.OutcomePass, policy.Counts{Warn: 1}, policy.OutcomePass},
	{"warn", []string{"tls1.0"}, policy.LevelWarn, policy.OutcomeFail, policy.Counts{Warn: 1}, policy.OutcomeFail},
	{"warn", []string{"?"}, policy.LevelFail, policy.OutcomePass, policy.Counts{Unknown: 1}, policy.OutcomePass},
	{"warn", []string{"?"}, policy.LevelWarn, policy.OutcomeUnknown, policy.Counts{Unknown: 1}, policy.OutcomeUnknown},
	{"note", []string{"tls1.0"}, policy.LevelWarn, policy.OutcomePass, policy.Counts{Note: 1}, policy.OutcomePass},
	{"note", []string{"tls1.0"}, policy.LevelNote, policy.OutcomeFail, policy.Counts{Note: 1}, policy.OutcomeFail},
	{"fail", []string{"tls1.2", "tls1.0"}, policy.LevelFail, policy.OutcomeFail, policy.Counts{Fail: 1}, policy.OutcomeFail},
	{"fail", []string{"tls1.2", "?"}, policy.LevelFail, policy.OutcomeUnknown, policy.Counts{Unknown: 1}, policy.OutcomeUnknown},
	{"warn", []string{"tls1.0", "?"}, policy.LevelWarn, policy.OutcomeFail, policy.Counts{Warn: 1}, policy.OutcomeFail},
	{"fail", []string{"tls1.2", "unreached"}, policy.LevelFail, policy.OutcomeUnknown, policy.Counts{Pass: 1}, policy.OutcomeUnknown},
	{"fail", []string{"unreached", "tls1.0"}, policy.LevelFail, policy.OutcomeFail, policy.Counts{Fail: 1}, policy.OutcomeFail},
	{"fail", []string{"unreached"}, policy.LevelFail, policy.OutcomeUnreachable, policy.Counts{}, policy.OutcomeUnreachable},
	{"fail", nil, policy.LevelFail, policy.OutcomeUnreachable, policy.Counts{}, policy.OutcomeUnreachable},
}

func TestWhatComesOfATarget(t *testing.T) {
	for _, c := range outcomes {
		p := parse(t, rule("level: "+c.level+", "+oldProtocols))
		h := policy.Head{Started: now, Policy: p.Reference(""), FailOn: c.failOn}
		var endpoints []policy.Endpoint
		for _, facts := range c.facts {
			if facts == "unreached" {
				endpoints = append(endpoints, policy.Endpoint{Error: &trace.Error{Kind: "refused"}})
				continue
			}
			v := policy.Judge(p, factsOf("protocols = "+facts), policy.JudgeOptions{Target: "a:1", At: now})
			endpoints = append(endpoints, policy.Endpoint{Verdicts: v})
		}
		r := policy.NewReport(&h, &policy.Asked{Target: "a:1"}, endpoints)
		run := policy.NewRun(&h, []policy.Report{r}, false)
		if r.Outcome != c.want || r.Counts != c.counts || run.Decision() != c.decision {
			t.Errorf("%+v: %s %+v, %s", c, r.Outcome, r.Counts, run.Decision())
		}
	}
}

func TestARunThatDidNotAskEverythingDoesNotPass(t *testing.T) {
	p := parse(t, rule(oldProtocols))
	h := policy.Head{Started: now, Policy: p.Reference("")}
	if got := policy.NewRun(&h, nil, false).Decision(); got != policy.OutcomeUnknown {
		t.Errorf("no target: %s", got)
	}
	run := audited(t, p, nil, []string{"a:1", "protocols = tls1.2"})
	run.Interrupted = true
	if got := run.Decision(); got != policy.OutcomeUnknown {
		t.Errorf("interrupted: %s", got)
	}
	empty := policy.NewReport(&h, &policy.Asked{Target: "a:1"}, []policy.Endpoint{{Address: "192.0.2.1:1"}})
	if empty.Outcome != policy.OutcomeUnknown {
		t.Errorf("no verdict: %s", empty.Outcome)
	}
	run = audited(t, p, nil, []string{"a:1", "protocols = tls1.0"}, []string{"b:1", "protocols = ?"}, []string{"c:1", "protocols = tls1.2"})
	if got := run.Decision(); got != policy.OutcomeFail {
		t.Errorf("the worst of several: %s", got)
	}
}

func TestTheReferenceTellsPoliciesApartByWhatTheyAsk(t *testing.T) {
	one := parse(t, rule(oldProtocols)).Reference("a.yaml")
	same := parse(t, "# the same\n"+rule(oldProtocols)+"title: another\n").Reference("b.yaml")
	other := parse(t, rule(`id: proto.min, where: protocols, expect: {min: tls1.3}`)).Reference("a.yaml")
	if one.SHA256 != same.SHA256 || one.SHA256 == other.SHA256 || len(one.SHA256) != 64 || one.Rules != 1 || one.Name != "a" {
		t.Errorf("%+v, %+v, %+v", one, same, other)
	}
}

func TestWhatIsWrittenIsAsTheSchemaSays(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal(policy.SchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, rule(oldProtocols)+"waivers: [{rule: proto.min, target: a, reason: r, expires: 2026-03-31}]\n")
	run := audited(t, p, nil, []string{"a:1", "protocols = tls1.0 tls1.2"}, []string{"b:1", "protocols = ?"})
	run.Targets[0].Endpoints[0].Enumeration = new(audit.Document)
	run.Targets[0].Endpoints[0].Evidence = []policy.Evidence{{Connection: 1, Trace: &trace.Trace{Outcome: trace.OK}}}
	run.Targets[1].Error = &trace.Error{Kind: "refused"}
	for _, lines := range []bool{false, true} {
		for i, line := range bytes.Split(bytes.TrimSpace(written(t, run, lines)), []byte("\n")) {
			line = bytes.ReplaceAll(line, []byte(`"schema":""`), []byte(`"schema":"tlsprobe.enum/1"`))
			var v any
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("lines %v, %d: %v\n%s", lines, i, err, line)
			}
		}
	}
	if schema.Validate(map[string]any{"schema": policy.ReportSchema}) == nil {
		t.Error("the schema takes anything")
	}
}
