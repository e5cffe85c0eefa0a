package policy_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// rounds is how many facts each property is held against, for each rule.
const rounds = 200

// ruled is a rule of the table of cases, as a policy.
func ruled(t *testing.T) (list []*policy.Policy) {
	t.Helper()
	seen := make(map[string]bool)
	for _, c := range cases {
		if !seen[c.rule] {
			seen[c.rule] = true
			list = append(list, parse(t, rule(ruleOf(c.rule))))
		}
	}
	return list
}

// wordsOf are values that facts of the cases may have.
func wordsOf(path string) []string {
	switch f := factOf(path + " ="); {
	case f.Kind == policy.KindVersion:
		return []string{"ssl2.0", "tls1.0", "tls1.1", "tls1.2", "tls1.3"}
	case f.Kind == policy.KindNumber:
		return []string{"6", "14", "512", "2048", "4096", "8192"}
	case path == "extension.heartbeat":
		return []string{"yes", "no"}
	}
	return []string{"h2", "h3", "ftp", "x25519", "x448", "secp256r1", "X25519MLKEM768", "TLS_RSA_A_SHA", "a.example", "b.test"}
}

// some is a fact of a rule with random values, and whose order counts.
func some(r *rand.Rand, p *policy.Policy, state policy.State) []policy.Fact {
	f := factOf(bound(p.Rules[0].Where, "[0]") + " =")
	f.State, f.Reason = state, "for some reason"
	words := wordsOf(f.Path)
	for _, i := range r.Perm(len(words))[:r.Intn(len(words)+1)] {
		f.Values = append(f.Values, policy.Value{Text: words[i], Order: order(f.Kind, words[i])})
	}
	return []policy.Fact{f, factOf(f.Path + ".order = " + []string{"server", "client", "?", "-"}[r.Intn(4)])}
}

// bound puts an index in the place of [*].
func bound(path, index string) string {
	for i := range len(path) - 2 {
		if path[i:i+3] == "[*]" {
			return path[:i] + index + path[i+3:]
		}
	}
	return path
}

func TestWhatIsNotKnownNeverPasses(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, p := range ruled(t) {
		for range rounds {
			facts := some(r, p, policy.Unknown)
			if v := policy.Judge(p, facts, policy.JudgeOptions{Target: "a:1", At: now})[0]; v.Status != finding.Unknown {
				t.Fatalf("%s of %v: %s", policy.Expected(p.Rules[0].Expect), facts, v.Status)
			}
		}
	}
}

// TestAPartPassesOnlyIfEachWholePasses completes lists of which a part is known with any other values: what was said of the part has
// to be right, whatever they are.
func TestAPartIsJudgedAsEachWholeWouldBe(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for _, p := range ruled(t) {
		for range rounds {
			facts := some(r, p, policy.Partial)
			o := policy.JudgeOptions{Target: "a:1", At: now}
			part := policy.Judge(p, facts, o)[0]
			whole := slices.Clone(facts)
			whole[0].State = policy.Known
			whole[0].Values = slices.Clone(facts[0].Values)
			for _, w := range wordsOf(whole[0].Path) {
				if !slices.ContainsFunc(whole[0].Values, func(v policy.Value) bool { return v.Text == w }) && r.Intn(2) == 0 {
					at := r.Intn(len(whole[0].Values) + 1)
					whole[0].Values = slices.Insert(whole[0].Values, at, policy.Value{Text: w, Order: order(whole[0].Kind, w)})
				}
			}
			all := policy.Judge(p, whole, o)[0]
			if part.Status == finding.Pass && all.Status != finding.Pass || part.Status == finding.Fail && all.Status != finding.Fail {
				t.Fatalf("%s: %s of %v, and %s of %v", policy.Expected(p.Rules[0].Expect), part.Status, texts(facts[0]), all.Status, texts(whole[0]))
			}
		}
	}
}

// limiting are the operators that one more value can't heal, unless it is one that they ask for.
var limiting = []string{"in", "not_in", "subset", "min", "max", "matches", "not_matches", "absent"}

func TestAnotherValueNeverHealsWhatIsBroken(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for _, p := range ruled(t) {
		if slices.ContainsFunc(p.Rules[0].Expect, func(op policy.Operator) bool { return !slices.Contains(limiting, op.Name) || op.Operands[0] == "false" }) {
			continue
		}
		for range rounds {
			facts := some(r, p, policy.Known)
			o := policy.JudgeOptions{Target: "a:1", At: now}
			before := policy.Judge(p, facts, o)[0]
			words := wordsOf(facts[0].Path)
			w := words[r.Intn(len(words))]
			more := slices.Clone(facts)
			more[0].Values = append(slices.Clone(facts[0].Values), policy.Value{Text: w, Order: order(facts[0].Kind, w)})
			if after := policy.Judge(p, more, o)[0]; before.Status == finding.Fail && after.Status != finding.Fail {
				t.Fatalf("%s: %v is broken, and with %s it is %s", policy.Expected(p.Rules[0].Expect), texts(facts[0]), w, after.Status)
			}
		}
	}
}

func TestFingerprintsDependOnNoOrderNorAddressNorDay(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for _, p := range ruled(t) {
		if slices.ContainsFunc(p.Rules[0].Expect, func(op policy.Operator) bool { return op.Name == "before" || op.Name == "equals" }) {
			continue // what they find is about the order
		}
		for range rounds {
			facts := some(r, p, policy.Known)
			one := policy.Judge(p, facts, policy.JudgeOptions{Target: "A.example:1", Address: "192.0.2.1:1", At: now})[0]
			other := slices.Clone(facts)
			other[0].Values = slices.Clone(facts[0].Values)
			r.Shuffle(len(other[0].Values), func(i, j int) {
				other[0].Values[i], other[0].Values[j] = other[0].Values[j], other[0].Values[i]
			})
			slices.Reverse(other)
			two := policy.Judge(p, other, policy.JudgeOptions{Target: "a.example:1", Address: "192.0.2.2:1", At: now.AddDate(1, 0, 0)})[0]
			if a, b := fingerprints(one), fingerprints(two); !slices.Equal(a, b) {
				t.Fatalf("%v and %v", a, b)
			}
		}
	}
}

func fingerprints(v policy.Verdict) (list []string) {
	for _, f := range v.Findings {
		list = append(list, f.Fingerprint)
	}
	slices.Sort(list)
	return list
}

func TestFingerprintsTellRulesTargetsAndPathsApart(t *testing.T) {
	seen := make(map[string]string)
	for _, rule := range []string{"a", "ab", "abc"} {
		for _, target := range []string{"", "b", "bc", "c"} {
			for _, path := range []string{"", "c", "d", "cd"} {
				id := fmt.Sprintf("%q %q %q", rule, target, path)
				f := policy.Fingerprint(rule, target, path)
				if len(f) != 32 || seen[f] != "" {
					t.Errorf("%s is %s, as is %s", id, f, seen[f])
				}
				seen[f] = id
			}
		}
	}
	if f := policy.Fingerprint("proto.min", "old.example:443", "protocols.tls1.0"); f != wantFingerprint {
		t.Errorf("baselines that were written are worth nothing any more: %s, want %s", f, wantFingerprint)
	}
}

// wantFingerprint was computed with Python: hashlib over each part behind its length in eight bytes.
const wantFingerprint = "3413cb3a90e6a4ea2a95a4f4ed6240f2"
