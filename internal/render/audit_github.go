package render

import (
	"bufio"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// maxAnnotations is how many annotations of a kind GitHub shows of a step (actions/toolkit, docs/problem-matchers.md). The last says how
// many more there are.
const maxAnnotations = 10

// annotationKinds are the commands, the gravest first.
var annotationKinds = [...]string{"error", "warning", "notice"}

// annotation is a command to the runner, without the kind.
type annotation struct {
	place  policy.Position // no file: about none
	title  string
	detail string // visible, in lines
}

// githubEnd writes an audit as commands to the runner of GitHub Actions, and a last line for the log.
func (a *AuditWriter) githubEnd(run *policy.Run, exit int) error {
	kinds := map[string][]annotation{}
	for i := range run.Targets {
		annotateTarget(kinds, run, &run.Targets[i])
	}
	if run.Interrupted {
		kinds["error"] = append(kinds["error"], annotation{title: "tlsprobe audit", detail: "interrupted: the targets that follow were not audited"})
	}
	w := bufio.NewWriter(a.w)
	for _, kind := range annotationKinds {
		list := kinds[kind]
		for i, x := range list {
			if i == maxAnnotations-1 && len(list) > maxAnnotations {
				x = annotation{title: "tlsprobe audit", detail: "and " + strconv.Itoa(len(list)-i) + " more of these, that GitHub would not show"}
			} else if i >= maxAnnotations {
				break
			}
			writeAnnotation(w, kind, x, a.o.Root)
		}
	}
	sum := a.closingSum(run.Interrupted)
	_, _ = w.WriteString(sum.text + "; exit " + strconv.Itoa(exit) + "\n") // errors stay with the writer, until Flush
	return w.Flush()
}

// annotateTarget adds what there is to say of a target. What is the same at several addresses is said once.
func annotateTarget(kinds map[string][]annotation, run *policy.Run, r *policy.Report) {
	unreached := func(where, why string) {
		x := annotation{title: where, detail: safetext.Visible(why)}
		if inList(r.Position) {
			x.place = r.Position
		}
		kinds["error"] = append(kinds["error"], x)
	}
	if len(r.Endpoints) == 0 {
		unreached(r.Target, unreachedText(r.Error))
	}
	for i := range r.Endpoints {
		if why := unjudged(&r.Endpoints[i]); why != "" {
			unreached(r.Target+" at "+r.Endpoints[i].Address, why)
		}
	}
	for _, row := range auditRowsOf(r) {
		kind := annotationKind(run.FailOn, row.v.Level, row.state)
		if kind == "" {
			continue
		}
		x := annotation{title: row.v.Rule + ": " + r.Target, detail: safetext.Visible(titled(row.v, row.bare()))}
		if row.state == stateUnknown {
			x.detail = "unknown: " + x.detail
		} else {
			x.detail += prefixed(", want ", safetext.Visible(row.v.Expected))
		}
		x.detail += prefixed("\nfix: ", safetext.Visible(row.v.Fix)) + prefixed("\nsee: ", safetext.Visible(row.v.Ref))
		for _, why := range expiredWaivers(row.v) {
			x.detail += "\n" + safetext.Visible(why)
		}
		if place, ok := placeOf(r, row.v.Position); ok {
			x.place = place
		}
		kinds[kind] = append(kinds[kind], x)
	}
}

// annotationKind is the command for a state; none for what is well, or let pass.
func annotationKind(failOn, level policy.Level, state ruleState) string {
	switch {
	case state == stateFail, state == stateUnknown && counts(failOn, level):
		return "error"
	case state == stateWarn, state == stateUnknown:
		return "warning"
	case state == stateNote:
		return "notice"
	}
	return ""
}

// expiredWaivers says which waivers have let pass what breaks a rule, and do so no more.
func expiredWaivers(v *policy.Verdict) (list []string) {
	seen := map[string]bool{}
	for i := range v.Findings {
		if w := v.Findings[i].Waived; w != nil && w.Expired && !seen[waiverText(w)] {
			seen[waiverText(w)] = true
			list = append(list, waiverText(w))
		}
	}
	return list
}

func writeAnnotation(w *bufio.Writer, kind string, x annotation, root string) {
	var properties []string
	if x.place.File != "" {
		properties = append(properties, "file="+commandProperty(relativePath(x.place.File, root)), "line="+strconv.Itoa(max(x.place.Line, 1)))
		if x.place.Column > 0 {
			properties = append(properties, "col="+strconv.Itoa(x.place.Column))
		}
	}
	properties = append(properties, "title="+commandProperty(x.title))
	_, _ = w.WriteString("::" + kind + " " + strings.Join(properties, ",") + "::" + commandData(x.detail) + "\n")
}

// commandData escapes the message of a command to the runner, as actions/toolkit does (packages/core/src/command.ts).
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// commandProperty escapes a property of a command, in which colons and commas end something, too.
func commandProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(safetext.Visible(s))
}
