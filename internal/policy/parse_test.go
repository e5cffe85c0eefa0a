package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

const corp = `name: corp
version: "2026.2"
title: What we ask of our endpoints
date: 2026-11-01
source: https://intranet.example/tls
rules:
  - id: proto.min
    title: no protocol before TLS 1.2
    level: fail
    severity: high
    where: protocols
    expect: {min: TLS 1.2}
    ref: RFC 8996
    fix: switch TLS 1.0 and 1.1 off
  - id: staple
    where: certificates[*].stapled
    when: [{where: "certificates[*].ocsp_responders", expect: {present: true}}]
    expect: {in: [yes]}
  - id: suites
    where: suites.tls1.2
    expect: {subset: [ECDHE-RSA-AES128-GCM-SHA256, TLS_ECDHE_ECDSA_*]}
waivers:
  - {rule: proto.*, target: old.example:443, path: protocols.tls1.0, reason: "printer, replaced in spring", expires: 2027-03-31}
`

// parse reads a policy that is right.
func parse(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("corp.yaml", []byte(text), policy.OpenBuiltin)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p
}

func TestAPolicyIsReadAsItIsWritten(t *testing.T) {
	p := parse(t, corp)
	if p.Name != "corp" || p.Version != "2026.2" || p.Date != "2026-11-01" || len(p.Rules) != 3 || len(p.Waivers) != 1 {
		t.Fatalf("%+v", p)
	}
	r := p.Rules[0]
	if r.ID != "proto.min" || r.Level != policy.LevelFail || r.Severity != finding.High || r.Where != "protocols" || r.Ref != "RFC 8996" ||
		r.Position != (policy.Position{File: "corp.yaml", Line: 7, Column: 5}) {
		t.Errorf("%+v", r)
	}
	if op := r.Expect[0]; op.Name != "min" || fmt.Sprint(op.Operands) != "[tls1.2]" || op.Position.Line != 12 {
		t.Errorf("a version is written in any way, and has one name: %+v", op)
	}
	if r := p.Rules[1]; r.Level != policy.LevelFail || r.Severity != finding.Medium || fmt.Sprint(r.Expect[0].Operands) != "[yes]" || len(r.When) != 1 {
		t.Errorf("what is left out has its default, and yes is a word: %+v", r)
	}
	if op := p.Rules[2].Expect[0]; op.Operands[0] != "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" {
		t.Errorf("OpenSSL's names are names, too: %q", op.Operands)
	}
	if w := p.Waivers[0]; !w.Expires.Equal(time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)) || w.Position.Line != 23 {
		t.Errorf("%+v", w)
	}
}

// mistakes are what is wrong with a policy, and where that is said to be.
var mistakes = []struct{ text, where, message, hint string }{
	{"", "corp.yaml", "the file holds nothing", "tlsprobe policy show"},
	{"# nothing\n", "corp.yaml", "the file holds nothing", ""},
	{"name: [", "corp.yaml:1", "this is no YAML", ""},
	{"name: a\n\tb: c\n", "corp.yaml:2", "this is no YAML", ""},
	{"name: a\nrules:\n  - {id: x, where: certificates[*].stapled, expect: {in: yes}}\n", "corp.yaml:3", "this is no YAML", "needs quotes"},
	{"name: @\n", "corp.yaml:1", "cannot start any token", "needs quotes"},
	{"name: a\ntitle: *b\n", "corp.yaml:2", "unknown anchor 'b' referenced", "needs quotes"},
	{"name: a\n\ntitle: \x01\n", "corp.yaml:3", "control characters", ""},
	{"name: a\nrules: []\n---\nname: b\n", "corp.yaml:3:1", "a second document", ""},
	{"name: \xff\n", "corp.yaml:1", "no UTF-8", ""},
	{"- a\n", "corp.yaml:1:1", "a policy should be keys with values, and is a list", ""},
	{"name: a\nrule: []\n", "corp.yaml:2:1", `a policy has no key "rule"`, "did you mean rules?"},
	{"name: a\nname: b\n", "corp.yaml:2:1", `"name" stands here twice, first in line 1`, ""},
	{"version: 1\nrules: []\n", "corp.yaml:1:1", "a policy lacks name", ""},
	{"name: a\n", "corp.yaml:1:1", "needs rules", ""},
	{"name: a\nrules: []\n", "corp.yaml", "the policy has no rule", ""},
	{"name: a b\nrules: []\n", "corp.yaml:1:7", `name "a b" is none`, "letters, digits"},
	{"name: a\ndate: 2026-13-01\nrules: []\n", "corp.yaml:2:7", "date", "as 2026-11-01"},
	{"name: a\nschema: tlsprobe.policy/2\nrules: []\n", "corp.yaml:2:9", "schema", "tlsprobe.policy/1"},
	{"name: a\nrules: x\n", "corp.yaml:2:8", `rules should be a list, and is "x"`, ""},
	{"name: a\nrules:\n", "corp.yaml:2:7", "rules should be a list, and is empty", ""},
	{"name: a\nrules: [x]\n", "corp.yaml:2:9", "a rule should be keys with values", ""},
	{rule(`where: protocols, expect: {min: tls1.2}`), "corp.yaml:3:5", "a rule lacks id", ""},
	{rule(`id: x, where: protocols`), "corp.yaml:3:5", "a rule lacks expect", ""},
	{rule(`id: x, expect: {min: tls1.2}`), "corp.yaml:3:5", "a rule lacks where", ""},
	{rule(`id: x, where: protocol, expect: {min: tls1.2}`), "corp.yaml:3:20", `there is nothing under the path "protocol"`, "did you mean protocols?"},
	{rule(`id: x, where: quite.something.else, expect: {min: tls1.2}`), "corp.yaml:3:20", "there is nothing under", "tlsprobe policy paths"},
	{rule(`id: x, where: "certificates[].verdict", expect: {in: accept}`), "corp.yaml:3:20", "is no path", ""},
	{rule(`id: x, level: fial, where: protocols, expect: {min: tls1.2}`), "corp.yaml:3:20", `level "fial" is none of fail, warn, note, off`, "did you mean fail?"},
	{rule(`id: x, severity: hihg, where: protocols, expect: {min: tls1.2}`), "corp.yaml:3:23", "severity", "did you mean high?"},
	{rule(`id: x, where: protocols, expect: {minimum: tls1.2}`), "corp.yaml:3:40", `expect has no key "minimum"`, "there is in, not_in, subset"},
	{rule(`id: x, where: protocols, expect: {}`), "corp.yaml:3:39", "expect has no operator", "superset"},
	{rule(`id: x, where: protocols, expect: tls1.2`), "corp.yaml:3:39", `expect should be keys with values, and is "tls1.2"`, ""},
	{rule(`id: x, where: protocols, expect: {min: [tls1.2]}`), "corp.yaml:3:45", "min should be a word or a text, and is a list", ""},
	{rule(`id: x, where: protocols, expect: {min: tls1.9}`), "corp.yaml:3:45", `"tls1.9" is no version`, "did you mean tls1."},
	{rule(`id: x, where: protocols, expect: {min: DTLS 1.2}`), "corp.yaml:3:45", "is no version", ""},
	{rule(`id: x, where: suites.tls1.2, expect: {min: 1}`), "corp.yaml:3:49", "min: these values have no order", ""},
	{rule(`id: x, where: alpn, expect: {min: h2}`), "corp.yaml:3:40", "these values have no order", ""},
	{rule(`id: x, where: suites.tls1.2, expect: {not_in: [TLS_RSA_WITH_RC4_128_SHE]}`), "corp.yaml:3:53", "is no cipher suite", "did you mean TLS_RSA_WITH_RC4_128_SHA?"},
	{rule(`id: x, where: suites.tls1.2, expect: {not_in: [TLS_RAS_*]}`), "corp.yaml:3:53", "matches nothing", ""},
	{rule(`id: x, where: extension.heartbeat, expect: {in: [on]}`), "corp.yaml:3:55", `in: "on" is none of the values here`, "there is yes, no"},
	{rule(`id: x, where: "dh[*].bits", expect: {in: [many]}`), "corp.yaml:3:48", "is no number", ""},
	{rule(`id: x, where: "dh[*].bits", expect: {min: NaN}`), "corp.yaml:3:48", "is no number", ""},
	{rule(`id: x, where: alpn, expect: {matches: "("}`), "corp.yaml:3:44", "missing closing )", ""},
	{rule(`id: x, where: alpn, expect: {matches: "` + strings.Repeat("a", 2000) + `"}`), "corp.yaml:3:44", "more than 1000 bytes", ""},
	{rule(`id: x, where: alpn, expect: {matches: "((((x{1000}){1000}){1000}){1000})"}`), "corp.yaml:3:44", "matches: invalid repeat count: {1000}", ""},
	{rule(`id: x, where: alpn, expect: {present: perhaps}`), "corp.yaml:3:44", "it takes true or false", ""},
	{rule(`id: x, where: alpn, expect: {count: {}}`), "corp.yaml:3:42", "it takes min, max or both", ""},
	{rule(`id: x, where: alpn, expect: {count: {min: 3, max: 2}}`), "corp.yaml:3:42", "min 3 is more than max 2", ""},
	{rule(`id: x, where: alpn, expect: {count: {min: -1}}`), "corp.yaml:3:42", "no number of things", ""},
	{rule(`id: x, where: alpn, expect: {in: []}`), "corp.yaml:3:39", "its list is empty", ""},
	{rule(`id: x, where: alpn, expect: {before: {these: [h2]}}`), "corp.yaml:3:43", "before lacks those", ""},
	{rule(`id: x, where: alpn, expect: {in: h2}, when: [{where: protocols}]`), "corp.yaml:3:51", "a condition lacks expect", ""},
	{rule(`id: x, where: alpn, expect: {in: h2}, wen: []`), "corp.yaml:3:44", `a rule has no key "wen"`, "did you mean when?"},
	{rule(`id: x, where: alpn, expect: {in: h2}`) + "  - {id: x, where: alpn, expect: {in: h2}}\n", "corp.yaml:4:5", "a rule x stands in line 3 already", ""},
	{rule(`id: x, where: alpn, expect: {in: h2}`) + "waivers: [{rule: y, reason: r, expires: 2027-01-01}]\n", "corp.yaml:4:11", `there is no rule "y" to be waived`, "there is x"},
	{rule(`id: x, where: alpn, expect: {in: h2}`) + "waivers: [{rule: x, expires: 2027-01-01}]\n", "corp.yaml:4:11", "a waiver lacks reason", ""},
	{rule(`id: x, where: alpn, expect: {in: h2}`) + "waivers: [{rule: x, reason: r}]\n", "corp.yaml:4:11", "a waiver lacks expires", ""},
	{rule(`id: x, where: alpn, expect: {in: h2}`) + "waivers: [{rule: x, reason: r, expires: soon}]\n", "corp.yaml:4:41", `expires "soon" is no day`, "2027-03-31"},
	{"name: a\nextends: modrn\n", "corp.yaml:2:10", "none that is built in is called modrn", ""},
	{"name: a\nextends: ./other.yaml\n", "corp.yaml:2:10", "a file can't be extended here", ""},
}

// rule is a policy of one rule, whose keys begin in line 3 and column 5.
func rule(keys string) string { return "name: a\nrules:\n  - {" + keys + "}\n" }

func TestAMistakeIsToldWithItsPlaceAndWhatToWriteInstead(t *testing.T) {
	for _, m := range mistakes {
		_, err := policy.Parse("corp.yaml", []byte(m.text), policy.OpenBuiltin)
		var e *policy.Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("%q: %v is no mistake with a place", m.text, err)
		case e.String() != m.where || !strings.Contains(e.Message, m.message) || !strings.Contains(e.Hint, m.hint):
			t.Errorf("%q:\n got %s (%s)\nwant %s: %s (%s)", m.text, e, e.Hint, m.where, m.message, m.hint)
		case e.Line > 0 && !strings.Contains(e.Message, "UTF-8") && e.Text != strings.Split(m.text, "\n")[e.Line-1] && len(e.Text) < 400:
			t.Errorf("%q: the line is not %q", m.text, e.Text)
		}
	}
}
