package render

import (
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifHome   = "https://github.com/tlsprobe/tlsprobe"
)

// securitySeverities are scores in the middle of the ranges that GitHub makes words of: over 9.0 is critical, from 7.0 high, from 4.0
// medium, from 0.1 low ("SARIF support for code scanning").
var securitySeverities = map[finding.Severity]string{finding.Low: "2.0", finding.Medium: "5.5", finding.High: "8.0", finding.Critical: "9.5"}

// sarifLevels are the words for the levels of rules, and with them of what breaks these.
var sarifLevels = map[policy.Level]string{policy.LevelFail: "error", policy.LevelWarn: "warning", policy.LevelNote: "note"}

// sarifBuilder gathers a log.
type sarifBuilder struct {
	o       AuditOptions
	run     *policy.Run
	out     sarifRun
	rules   map[string]int // the index of each rule
	results map[string]int // of the target that is being written, by what two addresses may share
	against bool           // there is a baseline: something is known
}

// sarifEnd writes an audit as a SARIF log of one run.
func (a *AuditWriter) sarifEnd(run *policy.Run, exit int) error {
	b := &sarifBuilder{o: a.o, run: run, rules: make(map[string]int), against: hasKnown(run)}
	tool := safetext.Visible(wordsOr(run.Tool.Name, "tlsprobe"))
	b.out = sarifRun{
		Tool: sarifTool{sarifDriver{Name: tool, Version: safetext.Visible(run.Tool.Version), InformationURI: sarifHome}},
		// Up to the last slash it is what GitHub calls the category: audits by different policies stand side by side.
		AutomationDetails: sarifAutomation{
			ID:          "tlsprobe-audit/" + strings.ReplaceAll(safetext.Visible(run.Policy.Name), "/", "-") + "/",
			Description: sarifText{Text: "audit by the policy " + safetext.Visible(policyName(&run.Policy))},
		},
		ColumnKind: "unicodeCodePoints",
		Properties: sarifRunBag{
			Policy: safetext.Visible(run.Policy.Name), Version: safetext.Visible(run.Policy.Version), SHA256: safetext.Visible(run.Policy.SHA256),
			FailOn: string(run.FailOn),
		},
	}
	call := sarifInvocation{ExecutionSuccessful: !run.Interrupted, ExitCode: exit}
	if !run.Started.IsZero() {
		call.StartTimeUTC = run.Started.UTC().Format(time.RFC3339)
	}
	b.out.Invocations = []sarifInvocation{call}
	for i := range run.Targets {
		b.target(&run.Targets[i])
	}
	if run.Interrupted {
		b.notify(sarifNotification{Level: "error", Descriptor: sarifReference{ID: "interrupted"},
			Message: sarifText{Text: "the audit was interrupted: the targets that follow were not audited"}})
	}
	return trace.WriteDocument(a.w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{b.out}})
}

// hasKnown tells whether something was found in a baseline. Where there is none, nothing is called new.
func hasKnown(run *policy.Run) bool {
	for _, r := range run.Targets {
		for _, e := range r.Endpoints {
			for _, v := range e.Verdicts {
				for i := range v.Findings {
					if v.Findings[i].Known {
						return true
					}
				}
			}
		}
	}
	return false
}

func (b *sarifBuilder) notify(n sarifNotification) {
	list := &b.out.Invocations[0].Notifications
	*list = append(*list, n)
}

// unreached says that a target, or an address of it, could not be asked. The run is then no success: something was not looked at.
func (b *sarifBuilder) unreached(r *policy.Report, address, why string) {
	b.out.Invocations[0].ExecutionSuccessful = false
	n := sarifNotification{Level: "error", Descriptor: sarifReference{ID: "unreached"}, Message: sarifWords(r.Target + prefixed(" at ", address) + ": " + why)}
	at := sarifLocation{Logical: []sarifLogical{b.endpoint(r, address)}}
	if inList(r.Position) {
		at.Physical = b.physical(r.Position)
	}
	n.Locations = []sarifLocation{at}
	b.notify(n)
}

func (b *sarifBuilder) target(r *policy.Report) {
	b.results = make(map[string]int)
	if len(r.Endpoints) == 0 {
		b.unreached(r, "", unreachedText(r.Error))
	}
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		if why := unjudged(e); why != "" {
			b.unreached(r, e.Address, why)
		}
		for k := range e.Verdicts {
			v := &e.Verdicts[k]
			rule := b.rule(v)
			findings := findingsOf(r, e, v)
			for n := range findings {
				b.finding(r, e, v, &findings[n], rule)
			}
		}
	}
}

// rule returns the index of a rule, after it was put on the list.
func (b *sarifBuilder) rule(v *policy.Verdict) int {
	if at, ok := b.rules[v.Rule]; ok {
		return at
	}
	title := safetext.Visible(wordsOr(v.Title, v.Rule))
	full := title + prefixed("; wanted: ", safetext.Visible(v.Expected))
	help := []string{full}
	markdown := []string{"Rule: " + mdText(title), prefixed("Wanted: ", mdCode(v.Expected))}
	for _, line := range []struct{ label, text string }{{"What to do: ", v.Fix}, {"See: ", v.Ref}, {"About: ", v.Where}} {
		help = append(help, prefixed(line.label, safetext.Visible(line.text)))
		markdown = append(markdown, prefixed(line.label, mdText(line.text)))
	}
	const most = 1024 // what GitHub takes of a description
	at := len(b.out.Tool.Driver.Rules)
	b.rules[v.Rule] = at
	b.out.Tool.Driver.Rules = append(b.out.Tool.Driver.Rules, sarifRule{
		ID: safetext.Visible(v.Rule), ShortDescription: sarifText{Text: shortenedTo(most-len("…"), title)}, FullDescription: sarifText{Text: shortenedTo(most-len("…"), full)},
		Help:    sarifText{Text: paragraphs(help), Markdown: paragraphs(markdown)},
		HelpURI: rfcURL(v.Ref), DefaultConfiguration: sarifConfig{wordsOr(sarifLevels[v.Level], "error")},
		Properties: sarifRuleBag{Tags: []string{"security", "tls"}, Precision: "very-high", SecuritySeverity: securitySeverities[v.Severity]},
	})
	return at
}

func paragraphs(lines []string) string {
	var said []string
	for _, line := range lines {
		if line != "" {
			said = append(said, line)
		}
	}
	return strings.Join(said, "\n\n")
}

// finding makes a result of a breach, and a notification of what is unknown. The same at another address is added to the first.
func (b *sarifBuilder) finding(r *policy.Report, e *policy.Endpoint, v *policy.Verdict, f *policy.Finding, rule int) {
	state := findingState(f)
	if s := stateOf(f.Status); !s.isBreach() && s != stateUnknown {
		return
	}
	if state == stateUnknown {
		level := "warning"
		if counts(b.run.FailOn, v.Level) {
			level = "error"
		}
		b.notify(sarifNotification{Level: level, Descriptor: sarifReference{ID: "unknown"}, AssociatedRule: &sarifReference{ID: safetext.Visible(v.Rule), Index: &rule},
			Message:   sarifWords(sarifWhere(r, e) + ": " + v.Rule + " is unknown" + prefixed(": ", foundText(f.Message, v.Message, ""))),
			Locations: []sarifLocation{b.location(r, e, v, f)}})
		return
	}
	key := strings.Join([]string{v.Rule, f.Fingerprint, f.Where.Path}, "\x00")
	if at, ok := b.results[key]; ok {
		x := &b.out.Results[at]
		x.Properties.Addresses = append(x.Properties.Addresses, safetext.Visible(e.Address))
		logical := &x.Locations[0].Logical
		*logical = append(*logical, b.endpoint(r, e.Address))
		return
	}
	x := sarifResult{
		RuleID: safetext.Visible(v.Rule), RuleIndex: rule, Level: wordsOr(sarifLevels[v.Level], "error"),
		Message:             sarifMessage(r, v, f),
		Locations:           []sarifLocation{b.location(r, e, v, f)},
		PartialFingerprints: sarifFingerprints{safetext.Visible(f.Fingerprint), safetext.Visible(f.Fingerprint)},
		Properties: sarifResultBag{Target: safetext.Visible(r.Target), Addresses: []string{safetext.Visible(e.Address)}, Path: safetext.Visible(f.Where.Path),
			Expected: safetext.Visible(wordsOr(f.Expected, v.Expected)), Actual: safetext.Visible(wordsOr(f.Actual, v.Actual))},
	}
	if place, _ := placeOf(r, v.Position); inList(r.Position) && place != r.Position {
		id := 1
		x.RelatedLocations = []sarifLocation{{ID: &id, Physical: b.physical(r.Position), Message: &sarifText{Text: "the target"}}}
	}
	if b.against {
		x.BaselineState = map[bool]string{true: "unchanged", false: "new"}[f.Known]
	}
	if f.Waived != nil {
		x.Suppressions = []sarifSuppression{b.suppression(f.Waived)}
	}
	b.results[key] = len(b.out.Results)
	b.out.Results = append(b.out.Results, x)
}

// sarifWhere is the target, and of several addresses which.
func sarifWhere(r *policy.Report, e *policy.Endpoint) string {
	if len(r.Endpoints) > 1 {
		return r.Target + " at " + e.Address
	}
	return r.Target
}

// sarifMessage says what was found where, and what was wanted: GitHub shows it as the title of an alert.
func sarifMessage(r *policy.Report, v *policy.Verdict, f *policy.Finding) sarifText {
	text := r.Target + ": " + titled(v, foundText(f.Message, v.Message, "")) + prefixed(", want ", wordsOr(f.Expected, v.Expected))
	if f.Waived != nil && f.Waived.Expired {
		text += " (" + waiverText(f.Waived) + ")"
	}
	return sarifWords(text)
}

// sarifWords makes a text the plain text of a message: braces, which are placeholders, are doubled, and what would be an embedded
// link is none. SARIF, Sections 3.11.5 and 3.11.6.
func sarifWords(s string) sarifText {
	return sarifText{Text: strings.NewReplacer("{", "{{", "}", "}}", "](", "] (").Replace(safetext.Visible(s))}
}

// suppression is a waiver. One that has expired suppresses nothing more: it is rejected.
func (b *sarifBuilder) suppression(w *policy.Waived) sarifSuppression {
	s := sarifSuppression{Kind: "external", Status: "accepted", Justification: safetext.Visible(waiverText(w))}
	if w.Expired {
		s.Status = "rejected"
	}
	if inPolicyFile(w.Position) {
		s.Location = &sarifLocation{Physical: b.physical(w.Position)}
	}
	return s
}

// location is where a finding is shown. GitHub refuses results without a file; where there is none it is one by the name of the policy.
func (b *sarifBuilder) location(r *policy.Report, e *policy.Endpoint, v *policy.Verdict, f *policy.Finding) sarifLocation {
	place, found := placeOf(r, v.Position)
	if !found {
		place.File = "tlsprobe/" + strings.ReplaceAll(wordsOr(place.File, v.Rule), "/", "-") + ".yaml"
	}
	logical := []sarifLogical{b.endpoint(r, e.Address)}
	if path := safetext.Visible(f.Where.Path); path != "" {
		logical = append(logical, sarifLogical{Name: path, FullyQualifiedName: safetext.Visible(r.Target) + "/" + path, Kind: "fact"})
	}
	return sarifLocation{Physical: b.physical(place), Logical: logical}
}

func (b *sarifBuilder) endpoint(r *policy.Report, address string) sarifLogical {
	name := safetext.Visible(r.Target)
	return sarifLogical{Name: name, FullyQualifiedName: name + prefixed("/", safetext.Visible(address)), Kind: "endpoint"}
}

// physical is a position, of which GitHub wants all four numbers.
func (b *sarifBuilder) physical(p policy.Position) *sarifPhysical {
	line, column := max(p.Line, 1), max(p.Column, 1)
	return &sarifPhysical{Artifact: sarifArtifact{fileURI(p.File, b.o.Root)}, Region: sarifRegion{line, column, line, column + 1}}
}
