package policy_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// numbersIn are the last steps of facts that are numbers.
var numbersIn = []string{"bits", "days_left", "scts"}

// factOf makes a fact of a line, path = values: … is for more that is not known, ?why for unknown, -why for what does not apply.
func factOf(line string) policy.Fact {
	path, rest, _ := strings.Cut(line, " =")
	f := policy.Fact{Path: path, Kind: policy.KindWord, State: policy.Known, Connection: 9}
	_, last, _ := strings.Cut(path, "].")
	switch {
	case path == "protocols":
		f.Kind = policy.KindVersion
	case slices.Contains(numbersIn, last):
		f.Kind = policy.KindNumber
	case last == "names" || last == "ocsp_responders":
		f.Kind = policy.KindText
	}
	for i, text := range strings.Fields(rest) {
		if text == "…" {
			f.State, f.Reason = policy.Partial, "the server went away"
			continue
		}
		if why, ok := strings.CutPrefix(text, "?"); ok {
			f.State, f.Reason = policy.Unknown, why
			continue
		}
		if why, ok := strings.CutPrefix(text, "-"); ok {
			f.State, f.Reason = policy.Skipped, why
			continue
		}
		f.Values = append(f.Values, policy.Value{Text: text, Order: order(f.Kind, text), Connection: i + 1, Event: 4, Field: "server_hello"})
	}
	return f
}

func order(kind policy.Kind, text string) (n float64) {
	switch kind {
	case policy.KindVersion:
		v, _ := iana.ParseVersion(text)
		n = float64(v)
	case policy.KindNumber:
		n, _ = strconv.ParseFloat(text, 64)
	}
	return n
}

func factsOf(lines ...string) (list []policy.Fact) {
	for _, l := range lines {
		list = append(list, factOf(l))
	}
	return list
}

// judged is what comes of a policy with one rule.
func judged(t *testing.T, rules string, o policy.JudgeOptions, facts ...string) policy.Verdict {
	t.Helper()
	if o.Target == "" {
		o.Target, o.At = "host.example:443", now
	}
	return policy.Judge(parse(t, rule(rules)), factsOf(facts...), o)[0]
}

// cases are rules, facts, and what comes of them: the status, and the findings by their paths; ? is before those that are unknown.
var cases = []struct {
	name, rule string
	facts      []string
	status     string
	findings   []string
}{
	{"in holds", `where: alpn, expect: {in: [h2, http/1.1]}`, []string{"alpn = h2"}, "pass", nil},
	{"in is broken by each other value", `where: alpn, expect: {in: [h2]}`, []string{"alpn = h2 h3 ftp"}, "fail", []string{"alpn.h3", "alpn.ftp"}},
	{"in minds no case", `where: groups.tls1.3, expect: {in: [X25519]}`, []string{"groups.tls1.3 = x25519"}, "pass", nil},
	{"in holds of nothing", `where: alpn, expect: {in: [h2]}`, []string{"alpn ="}, "pass", nil},
	{"in of numbers compares numbers", `where: "dh[*].bits", expect: {in: ["2048.0"]}`, []string{"dh[0].bits = 2048"}, "pass", nil},
	{"not_in holds", `where: suites.tls1.2, expect: {not_in: [TLS_RSA_*]}`, []string{"suites.tls1.2 = TLS_AES"}, "pass", nil},
	{"not_in is broken by a glob", `where: suites.tls1.2, expect: {not_in: ["TLS_RSA_*_SHA"]}`, []string{"suites.tls1.2 = TLS_RSA_A_SHA TLS_RSA_B_SHA256"}, "fail", []string{"suites.tls1.2.TLS_RSA_A_SHA"}},
	{"subset is in", `where: groups.tls1.3, expect: {subset: [x25519]}`, []string{"groups.tls1.3 = x25519 x448"}, "fail", []string{"groups.tls1.3.x448"}},
	{"superset names what is missing", `where: protocols, expect: {superset: [tls1.2, tls1.3]}`, []string{"protocols = tls1.1"}, "fail", []string{"protocols.tls1.2", "protocols.tls1.3"}},
	{"superset holds", `where: protocols, expect: {superset: [tls1.2]}`, []string{"protocols = tls1.3 tls1.2"}, "pass", nil},
	{"any holds by one", `where: groups.tls1.3, expect: {any: [X25519MLKEM768, SecP*]}`, []string{"groups.tls1.3 = x25519 secp256r1mlkem768"}, "pass", nil},
	{"any is broken as a whole", `where: groups.tls1.3, expect: {any: [X25519MLKEM768]}`, []string{"groups.tls1.3 = x25519"}, "fail", []string{"groups.tls1.3"}},
	{"min of versions", `where: protocols, expect: {min: tls1.2}`, []string{"protocols = tls1.3 tls1.2 tls1.1 ssl2.0"}, "fail", []string{"protocols.tls1.1", "protocols.ssl2.0"}},
	{"max of numbers", `where: "dh[*].bits", expect: {max: 4096}`, []string{"dh[0].bits = 8192"}, "fail", []string{"dh[0].bits.8192"}},
	{"a number that time changes is not named", `where: "certificates[*].days_left", expect: {min: 14}`, []string{"certificates[0].days_left = 6"}, "fail", []string{"certificates[0].days_left"}},
	{"min holds at its bound", `where: "certificates[*].days_left", expect: {min: 14}`, []string{"certificates[0].days_left = 14"}, "pass", nil},
	{"equals holds", `where: groups.tls1.3, expect: {equals: [x25519, x448]}`, []string{"groups.tls1.3 = x25519 x448"}, "pass", nil},
	{"equals minds the order", `where: groups.tls1.3, expect: {equals: [x448, x25519]}`, []string{"groups.tls1.3 = x25519 x448", "groups.tls1.3.order = server"}, "fail", []string{"groups.tls1.3"}},
	{"equals without an order", `where: groups.tls1.3, expect: {equals: [x448, x25519]}`, []string{"groups.tls1.3 = x25519 x448", "groups.tls1.3.order = client"}, "pass", nil},
	{"equals with an order that is not known", `where: groups.tls1.3, expect: {equals: [x448, x25519]}`, []string{"groups.tls1.3 = x25519 x448", "groups.tls1.3.order = ?why"}, "unknown", []string{"?groups.tls1.3"}},
	{"equals tells more and less", `where: groups.tls1.3, expect: {equals: [x448]}`, []string{"groups.tls1.3 = x25519"}, "fail", []string{"groups.tls1.3.x25519", "groups.tls1.3.x448"}},
	{"before holds", `where: groups.tls1.3, expect: {before: {these: [x448], those: [secp*]}}`, []string{"groups.tls1.3 = x448 x25519 secp256r1"}, "pass", nil},
	{"before is broken by what comes late", `where: groups.tls1.3, expect: {before: {these: ["x*"], those: [secp*]}}`, []string{"groups.tls1.3 = x448 secp256r1 x25519"}, "fail", []string{"groups.tls1.3.x25519"}},
	{"before without an order is skipped", `where: groups.tls1.3, expect: {before: {these: ["x*"], those: [secp*]}}`, []string{"groups.tls1.3 = secp256r1 x25519", "groups.tls1.3.order = client"}, "skip", nil},
	{"before with an order that is not known", `where: groups.tls1.3, expect: {before: {these: ["x*"], those: [secp*]}}`, []string{"groups.tls1.3 = secp256r1 x25519", "groups.tls1.3.order = ?"}, "unknown", []string{"?groups.tls1.3"}},
	{"what does not apply leaves the others", `where: groups.tls1.3, expect: {before: {these: ["x*"], those: [secp*]}, superset: [x25519]}`, []string{"groups.tls1.3 = secp256r1 x25519", "groups.tls1.3.order = client"}, "pass", nil},
	{"matches", `where: "certificates[*].names", expect: {matches: '\.example$'}`, []string{"certificates[0].names = a.example b.test"}, "fail", []string{"certificates[0].names.b.test"}},
	{"not_matches", `where: "certificates[*].names", expect: {not_matches: '^\*'}`, []string{"certificates[0].names = *.example b.test"}, "fail", []string{"certificates[0].names.*.example"}},
	{"present holds", `where: alpn, expect: {present: true}`, []string{"alpn = h2"}, "pass", nil},
	{"present is broken", `where: alpn, expect: {present: true}`, []string{"alpn ="}, "fail", []string{"alpn"}},
	{"no is not there", `where: extension.heartbeat, expect: {present: true}`, []string{"extension.heartbeat = no"}, "fail", []string{"extension.heartbeat"}},
	{"present: false is absent", `where: extension.heartbeat, expect: {present: false}`, []string{"extension.heartbeat = yes"}, "fail", []string{"extension.heartbeat.yes"}},
	{"absent holds of no", `where: extension.heartbeat, expect: {absent: true}`, []string{"extension.heartbeat = no"}, "pass", nil},
	{"absent: false is present", `where: alpn, expect: {absent: false}`, []string{"alpn ="}, "fail", []string{"alpn"}},
	{"count too few", `where: alpn, expect: {count: {min: 2}}`, []string{"alpn = h2"}, "fail", []string{"alpn"}},
	{"count too many", `where: alpn, expect: {count: {max: 1}}`, []string{"alpn = h2 h3"}, "fail", []string{"alpn"}},
	{"all operators have to hold", `where: protocols, expect: {min: tls1.2, superset: [tls1.3]}`, []string{"protocols = tls1.2 tls1.0"}, "fail", []string{"protocols.tls1.0", "protocols.tls1.3"}},
	{"two operators mind one value once", `where: protocols, expect: {min: tls1.2, in: [tls1.2]}`, []string{"protocols = tls1.0"}, "fail", []string{"protocols.tls1.0"}},

	{"what is not known is unknown", `where: alpn, expect: {in: [h2]}`, []string{"alpn = ?timeout"}, "unknown", []string{"?alpn"}},
	{"what does not apply is skipped", `where: alpn, expect: {in: [h2]}`, []string{"alpn = -none"}, "skip", nil},
	{"what was never asked is unknown", `where: alpn, expect: {in: [h2]}`, nil, "unknown", []string{"?alpn"}},
	{"of several there may be none", `where: "dh[*].bits", expect: {min: 2048}`, nil, "skip", nil},
	{"of several one is broken", `where: "dh[*].bits", expect: {min: 2048}`, []string{"dh[0].bits = 4096", "dh[1].bits = 512"}, "fail", []string{"dh[1].bits.512"}},
	{"of several one is unknown", `where: "dh[*].bits", expect: {min: 2048}`, []string{"dh[0].bits = 4096", "dh[1].bits = ?"}, "unknown", []string{"?dh[1].bits"}},
	{"a breach goes before what is unknown", `where: "dh[*].bits", expect: {min: 2048}`, []string{"dh[0].bits = ?", "dh[1].bits = 512"}, "fail", []string{"?dh[0].bits", "dh[1].bits.512"}},
	{"how many there are is unknown", `where: "dh[*].bits", expect: {min: 2048}`, []string{"dh[*].bits = ?"}, "unknown", []string{"?dh[*].bits"}},
	{"the first of them, too", `where: "dh[0].bits", expect: {min: 2048}`, []string{"dh[*].bits = ?"}, "unknown", []string{"?dh[*].bits"}},
	{"what is not there does not pass beside what does not apply", `where: "dh[*].bits", expect: {min: 2048}`, []string{"dh[*].bits = -"}, "skip", nil},

	{"a breach in a part is a breach", `where: alpn, expect: {in: [h2]}`, []string{"alpn = h2 h3 …"}, "fail", []string{"alpn.h3", "?alpn"}},
	{"a good part is unknown", `where: alpn, expect: {in: [h2]}`, []string{"alpn = h2 …"}, "unknown", []string{"?alpn"}},
	{"what a part lacks is unknown", `where: protocols, expect: {superset: [tls1.3]}`, []string{"protocols = tls1.2 …"}, "unknown", []string{"?protocols"}},
	{"what a part has is there", `where: protocols, expect: {superset: [tls1.3]}`, []string{"protocols = tls1.3 …"}, "pass", nil},
	{"one of a part is one of all", `where: protocols, expect: {any: [tls1.3]}`, []string{"protocols = tls1.3 …"}, "pass", nil},
	{"present in a part", `where: alpn, expect: {present: true}`, []string{"alpn = h2 …"}, "pass", nil},
	{"absent in a part", `where: alpn, expect: {absent: true}`, []string{"alpn = …"}, "unknown", []string{"?alpn"}},
	{"too many in a part", `where: alpn, expect: {count: {max: 1}}`, []string{"alpn = h2 h3 …"}, "fail", []string{"alpn"}},
	{"few enough in a part", `where: alpn, expect: {count: {max: 2}}`, []string{"alpn = h2 …"}, "unknown", []string{"?alpn"}},
	{"enough in a part", `where: alpn, expect: {count: {min: 1}}`, []string{"alpn = h2 …"}, "pass", nil},
	{"more in a part than should be", `where: groups.tls1.3, expect: {equals: [x448]}`, []string{"groups.tls1.3 = x25519 …"}, "fail", []string{"groups.tls1.3.x25519", "?groups.tls1.3"}},
	{"order broken in a part", `where: groups.tls1.3, expect: {before: {these: [x448], those: [x25519]}}`, []string{"groups.tls1.3 = x25519 x448 …"}, "fail", []string{"groups.tls1.3.x448", "?groups.tls1.3"}},
	{"order kept in a part", `where: groups.tls1.3, expect: {before: {these: [x448], those: [x25519]}}`, []string{"groups.tls1.3 = x448 x25519 …"}, "unknown", []string{"?groups.tls1.3"}},
}

// ruleOf is a rule without id.
func ruleOf(keys string) string { return "id: x, " + keys }

// found lists the paths of findings, those that are unknown behind a ?.
func found(v *policy.Verdict) (list []string) {
	for _, f := range v.Findings {
		path := f.Where.Path
		if f.Status == finding.Unknown {
			path = "?" + path
		}
		list = append(list, path)
	}
	return list
}

func TestWhatComesOfARule(t *testing.T) {
	for _, c := range cases {
		v := judged(t, ruleOf(c.rule), policy.JudgeOptions{}, c.facts...)
		if v.Status.String() != c.status || !slices.Equal(found(&v), c.findings) {
			t.Errorf("%s: %s %q, want %s %q", c.name, v.Status, found(&v), c.status, c.findings)
		}
		if v.Status != finding.Pass && v.Message == "" {
			t.Errorf("%s: it does not say why", c.name)
		}
	}
}

// conditions are rules with a condition, and what comes of them.
var conditions = []struct {
	name   string
	facts  []string
	status string
}{
	{"it applies", []string{"certificates[0].stapled = no", "certificates[0].ocsp_responders = http://a"}, "fail"},
	{"it does not apply", []string{"certificates[0].stapled = no", "certificates[0].ocsp_responders ="}, "skip"},
	{"whether it applies is unknown", []string{"certificates[0].stapled = no", "certificates[0].ocsp_responders = ?"}, "unknown"},
	{"nothing is said of the other fact", []string{"certificates[0].stapled = no"}, "skip"},
	{"the star is the same one", []string{"certificates[0].stapled = yes", "certificates[0].ocsp_responders = http://a",
		"certificates[1].stapled = no", "certificates[1].ocsp_responders ="}, "pass"},
	{"the other one is broken", []string{"certificates[0].stapled = yes", "certificates[0].ocsp_responders =",
		"certificates[1].stapled = no", "certificates[1].ocsp_responders = http://a"}, "fail"},
	{"what is not known and does not matter", []string{"certificates[0].stapled = ?", "certificates[0].ocsp_responders ="}, "skip"},
	{"neither is known", []string{"certificates[0].stapled = ?", "certificates[0].ocsp_responders = ?"}, "unknown"},
	{"a part that has one is enough", []string{"certificates[0].stapled = no", "certificates[0].ocsp_responders = http://a …"}, "fail"},
	{"a part that has none says nothing", []string{"certificates[0].stapled = no", "certificates[0].ocsp_responders = …"}, "unknown"},
}

func TestARuleAppliesWhereItsConditionsHold(t *testing.T) {
	for _, c := range conditions {
		v := judged(t, `id: x, where: "certificates[*].stapled", when: [{where: "certificates[*].ocsp_responders", expect: {present: true}}], expect: {in: [yes]}`,
			policy.JudgeOptions{}, c.facts...)
		if v.Status.String() != c.status {
			t.Errorf("%s: %s (%s), want %s", c.name, v.Status, v.Message, c.status)
		}
	}
}

func TestOneConditionThatDoesNotHoldIsEnough(t *testing.T) {
	for _, when := range []string{`{where: compression, expect: {in: yes}}, {where: client_certificate, expect: {in: yes}}`, `{where: client_certificate, expect: {in: yes}}, {where: compression, expect: {in: yes}}`} {
		v := judged(t, `id: x, where: alpn, when: [`+when+`], expect: {in: [h2]}`, policy.JudgeOptions{}, "alpn = h3", "compression = ?", "client_certificate = no")
		if v.Status != finding.Skip {
			t.Errorf("%s: %s", when, v.Status)
		}
	}
}

func TestAConditionOnOneOfSeveralHoldsWhereItHoldsOfOne(t *testing.T) {
	const text = `id: x, where: alpn, when: [{where: "certificates[*].key.type", expect: {in: [ecdsa]}}], expect: {in: [h2]}`
	for facts, want := range map[string]finding.Status{
		"rsa ecdsa": finding.Fail, "rsa rsa": finding.Skip, "rsa ?": finding.Unknown, "ecdsa ?": finding.Fail, "": finding.Skip,
	} {
		lines := []string{"alpn = h3"}
		for i, value := range strings.Fields(facts) {
			lines = append(lines, "certificates["+string(rune('0'+i))+"].key.type = "+value)
		}
		if v := judged(t, text, policy.JudgeOptions{}, lines...); v.Status != want {
			t.Errorf("%q: %s, want %s", facts, v.Status, want)
		}
	}
}

func TestLevelsDecideWhatABreachComesTo(t *testing.T) {
	for level, want := range map[string]finding.Status{"fail": finding.Fail, "warn": finding.Warn, "note": finding.Info} {
		v := judged(t, `id: x, level: `+level+`, severity: high, where: alpn, expect: {in: [h2]}`, policy.JudgeOptions{}, "alpn = h3")
		if v.Status != want || v.Findings[0].Status != want {
			t.Errorf("%s: %s", level, v.Status)
		}
		if none := v.Findings[0].Severity == finding.None; none != (level == "note") {
			t.Errorf("%s: severity %s", level, v.Findings[0].Severity)
		}
	}
}

func TestAFindingSaysWhatShowsIt(t *testing.T) {
	v := judged(t, `id: x, title: only h2, ref: RFC 9113, fix: drop the rest, where: alpn, expect: {in: [h2]}`, policy.JudgeOptions{Address: "192.0.2.1:443", Target: "host.example:443"}, "alpn = h2 h3")
	f := v.Findings[0]
	if f.Connection != 2 || f.Where.Event != 4 || f.Field != "server_hello" || f.Address != "192.0.2.1:443" || f.Fix != "drop the rest" || f.ID != "x" {
		t.Errorf("%+v", f)
	}
	if v.Expected != "h2" || v.Actual != "h3" || v.Title != "only h2" || v.Where != "alpn" || v.Position.Line != 3 {
		t.Errorf("%+v", v)
	}
	if v := judged(t, `id: x, where: alpn, expect: {present: true}`, policy.JudgeOptions{}, "alpn ="); v.Findings[0].Connection != 9 {
		t.Error("what shows that there is none is not named")
	}
}

func TestWhatTheFactSaysOfItselfIsTold(t *testing.T) {
	facts := factsOf("certificates[0].verdict = reject", "certificates[1].verdict = accept")
	facts[0].Reason = "hostname, validity"
	v := policy.Judge(parse(t, rule(`id: x, where: "certificates[*].verdict", expect: {in: [accept]}`)), facts, policy.JudgeOptions{Target: "a:1", At: now})[0]
	if v.Actual != "certificates[0]: reject" || v.Message != "certificates[0]: reject: hostname, validity" || v.Findings[0].Message != v.Message {
		t.Errorf("%q, %q", v.Actual, v.Message)
	}
}

func TestManyFindingsAreBounded(t *testing.T) {
	f := policy.Fact{Path: "alpn", Kind: policy.KindWord, State: policy.Known}
	for i := range 5000 {
		f.Values = append(f.Values, policy.Value{Text: strings.Repeat("x", i%50) + string(rune(0x4e00+i))})
	}
	v := policy.Judge(parse(t, rule(`id: x, where: alpn, expect: {in: [h2]}`)), []policy.Fact{f}, policy.JudgeOptions{Target: "a:1", At: now})[0]
	if v.Status != finding.Fail || len(v.Findings) != 1000 || len(v.Message) > 1000 || !strings.Contains(v.Message, "and 4997 more") {
		t.Errorf("%s, %d findings, %q", v.Status, len(v.Findings), v.Message)
	}
}
