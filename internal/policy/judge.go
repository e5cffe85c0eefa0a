package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// JudgeOptions are what verdicts depend on beside the policy and the facts.
type JudgeOptions struct {
	Target   string // host:port
	Address  string
	Waivers  []Waiver  // beside those of the policy
	Baseline *Baseline // nil for none
	At       time.Time // when waivers are looked at
}

// Judge holds what was found out about an endpoint against a policy: a verdict for each rule, in their order. What is not known never
// passes.
func Judge(p *Policy, facts []Fact, o JudgeOptions) []Verdict {
	j := &judge{facts: facts, options: &o, waivers: slices.Concat(p.Waivers, o.Waivers), tests: make(map[testKey]test)}
	j.steps = make([][]string, len(facts))
	for i := range facts {
		j.steps[i] = splitPath(facts[i].Path)
	}
	list := make([]Verdict, len(p.Rules))
	for i := range p.Rules {
		list[i] = j.verdict(&p.Rules[i])
	}
	return list
}

// judge is one endpoint before the policy.
type judge struct {
	facts   []Fact
	steps   [][]string // of their paths
	options *JudgeOptions
	waivers []Waiver
	tests   map[testKey]test // those that were made ready
}

type testKey struct {
	op   *Operator
	kind Kind
}

// ready makes an operator ready once for all facts of a kind.
func (j *judge) ready(op *Operator, kind Kind) (*test, error) {
	t, there := j.tests[testKey{op, kind}]
	if !there {
		fresh, err := ready(op, kind)
		if err != nil {
			return nil, err
		}
		t = *fresh
		j.tests[testKey{op, kind}] = t
	}
	return &t, nil
}

// maxFindings bounds the findings of a rule: a certificate may have thousands of names.
const maxFindings = 1000

// ruling collects what comes of one rule.
type ruling struct {
	*judge
	rule     *Rule
	several  bool      // it is about several facts
	passed   bool      // some fact is as it should be, or let pass
	broken   bool      // something breaks it, and counts
	seen     []string  // what passed
	skips    []string  // why what does not apply does not
	findings []Finding // at most maxFindings
	paths    map[string]int
	unsaid   int      // findings that there is no room for
	open     []string // why it is not known whether it holds, beside the findings that say so
}

// selected is a fact that a rule is about, and what each * of the rule's path stands for there.
type selected struct {
	fact *Fact
	wild []string
}

// verdict judges one rule.
func (j *judge) verdict(rule *Rule) Verdict {
	pattern := splitPath(rule.Where)
	r := &ruling{judge: j, rule: rule, findings: []Finding{}, paths: make(map[string]int)}
	var about []selected
	for i := range j.facts {
		if wild, ok := selects(pattern, j.steps[i]); ok {
			about = append(about, selected{&j.facts[i], wild})
		}
	}
	r.several = len(about) > 1
	for _, s := range about {
		r.fact(s.fact, s.wild)
	}
	switch {
	case len(about) > 0:
	case hasWild(pattern):
		r.skips = append(r.skips, "there is none")
	default:
		r.unknown(&Fact{Path: rule.Where}, "nothing was found out about it")
	}
	return r.verdict()
}

// fact judges a fact that the rule is about. Where the rule does not apply, it makes no difference that the fact is not known.
func (r *ruling) fact(f *Fact, wild []string) {
	if f.State == Skipped {
		r.skips = append(r.skips, cmp.Or(f.Reason, "it does not apply"))
		return
	}
	applies := r.applies(wild)
	switch {
	case applies.status == finding.Skip:
		r.skips = append(r.skips, applies.why)
	case f.State != Known && f.State != Partial: // what has no state is not known
		r.unknown(f, cmp.Or(f.Reason, "it could not be found out"))
	case applies.status == finding.Unknown:
		r.unknown(f, "whether the rule applies is not known: "+applies.why)
	default:
		r.hold(f)
	}
}

// applies says whether all conditions hold: Skip where one does not, whatever the others are.
func (r *ruling) applies(wild []string) rest {
	all := rest{status: finding.Pass}
	for i := range r.rule.When {
		switch c := r.condition(&r.rule.When[i], wild); c.status {
		case finding.Pass:
		case finding.Unknown:
			all = c
		default:
			return c
		}
	}
	return all
}

// hold holds the fact against all that is expected, and takes down what comes of it. An operator that does not apply leaves the others.
func (r *ruling) hold(f *Fact) {
	held, missed := false, false
	for i := range r.rule.Expect {
		op := &r.rule.Expect[i]
		breaches, left := r.apply(op, f)
		for _, b := range breaches {
			r.breach(f, op, b)
		}
		switch left.status {
		case finding.Unknown:
			r.unknown(f, left.why)
		case finding.Skip:
			r.skips = append(r.skips, left.why)
		}
		missed = missed || len(breaches) > 0 || left.status == finding.Unknown
		held = held || left.status == finding.Pass
	}
	if held && !missed {
		r.passed = true
		r.seen = append(r.seen, r.said(f, listed(f.Values)))
	}
}

// rest is what is left to say of an operator beside its breaches: Pass, or Unknown or Skip and why.
type rest struct {
	status finding.Status
	why    string
}

// apply holds a fact against an operator.
func (j *judge) apply(op *Operator, f *Fact) ([]breach, rest) {
	t, err := j.ready(op, f.Kind)
	if err != nil {
		return nil, rest{finding.Unknown, fmt.Sprintf("%s can't be held against it: %v", op.Name, err)}
	}
	left := rest{status: finding.Pass}
	if t.row.order != orderIgnored {
		left = j.order(f.Path)
	}
	t.fact, t.ordered = f, left.status == finding.Pass
	if t.row.order == orderToo && left.status == finding.Skip {
		left = rest{status: finding.Pass} // the values alone are compared
	}
	breaches := t.row.judge(t)
	if f.State != Partial {
		return breaches, left
	}
	// What is missing may be among what is not known; what is there too much stays so. Either way there may be more that breaks it,
	// which counts where what is seen is waived.
	sure := slices.DeleteFunc(slices.Clone(breaches), func(b breach) bool { return b.mends })
	if len(sure) < len(breaches) || t.mayBreak() {
		left = rest{finding.Unknown, cmp.Or(f.Reason, "there may be more")}
	}
	return sure, left
}

// order says whether the order of a list is the endpoint's: another fact tells whose order counts, where there is something to tell.
func (j *judge) order(path string) rest {
	for i := range j.facts {
		f := &j.facts[i]
		if f.Path != path+".order" {
			continue
		}
		switch {
		case f.State == Skipped:
			return rest{finding.Skip, cmp.Or(f.Reason, "there is no order")}
		case f.State != Known:
			return rest{finding.Unknown, "whose order counts is not known: " + f.Reason}
		case len(f.Values) == 1 && f.Values[0].Text == "server":
			return rest{status: finding.Pass}
		}
		return rest{finding.Skip, "the endpoint has no order of its own"}
	}
	return rest{status: finding.Pass}
}

// condition says whether a condition holds: Pass, Skip or Unknown. Where it has a * that stands for nothing of the rule's, one fact that
// it holds of is enough.
func (j *judge) condition(w *When, wild []string) rest {
	pattern := bind(splitPath(w.Where), wild)
	best := rest{finding.Skip, w.Where + ": there is none"}
	found := false
	for i := range j.facts {
		if _, ok := selects(pattern, j.steps[i]); !ok {
			continue
		}
		found = true
		switch c := j.holds(w, &j.facts[i]); {
		case c.status == finding.Pass:
			return c
		case c.status == finding.Unknown, best.status != finding.Unknown:
			best = c
		}
	}
	switch {
	case found:
		return best
	case wantsNothing(w.Expect):
		return rest{status: finding.Pass}
	case !hasWild(pattern):
		return rest{finding.Unknown, w.Where + ": nothing was found out about it"}
	}
	return best
}

// wantsNothing tells a condition that there be none.
func wantsNothing(expect []Operator) bool {
	return !slices.ContainsFunc(expect, func(op Operator) bool {
		t, err := ready(&op, KindWord)
		return err != nil || t.row.name != "absent"
	})
}

// holds says whether a fact is as a condition asks.
func (j *judge) holds(w *When, f *Fact) rest {
	switch f.State {
	case Known, Partial:
	case Skipped:
		if wantsNothing(w.Expect) {
			return rest{status: finding.Pass}
		}
		return rest{finding.Skip, f.Path + ": " + cmp.Or(f.Reason, "it does not apply")}
	default:
		return rest{finding.Unknown, f.Path + ": " + cmp.Or(f.Reason, "it could not be found out")}
	}
	got := rest{status: finding.Pass}
	for i := range w.Expect {
		breaches, left := j.apply(&w.Expect[i], f)
		switch {
		case len(breaches) > 0 || left.status == finding.Skip:
			return rest{finding.Skip, f.Path + ": " + listed(f.Values) + ", and the rule is for " + Expected(w.Expect)}
		case left.status == finding.Unknown:
			got = rest{finding.Unknown, f.Path + ": " + left.why}
		}
	}
	return got
}
