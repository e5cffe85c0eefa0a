package policy_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// strange is a policy with all that is hard to write down.
const strange = `name: strange
title: "a: b # c \e[31m \u202e \" é"
rules:
  - id: a
    title: "- x"
    where: alpn
    expect: {in: ["h2", "true", "1.0", "0x10", "~", "null", "07", " x", "*"], count: {min: 1, max: 3}, present: true}
  - {id: b, where: "certificates[*].names", level: note, expect: {matches: '^[^:{}]+\.\d$'}, when: [{where: "dh[*].bits", expect: {min: 2048}}]}
  - {id: c, where: groups.tls1.3, expect: {before: {these: [x25519], those: [secp*]}}}
  - {id: d, where: suites, expect: {not_in: [TLS_RSA_*, TLS_DHE_*, TLS_DH_anon_*, TLS_PSK_*, TLS_KRB5_*, TLS_ECDH_anon_*, TLS_SRP_*, "*_RC4_*"]}}
waivers:
  - {rule: "*", reason: "a, b", expires: 2027-01-01T01:00:00Z}
  - {rule: a, target: "*", path: alpn, reason: b, expires: 2027-01-01}
`

func TestWhatIsWrittenIsTheSamePolicy(t *testing.T) {
	list := []*policy.Policy{parse(t, corp), parse(t, strange)}
	for _, name := range policy.Builtins() {
		p, err := policy.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	for _, p := range list {
		for form, write := range map[string]func(io.Writer, *policy.Policy) error{"YAML": policy.WriteYAML, "JSON": policy.WriteJSON} {
			var b, again bytes.Buffer
			if err := write(&b, p); err != nil {
				t.Fatal(err)
			}
			back, err := policy.Parse("written", b.Bytes(), nil)
			if err != nil {
				t.Errorf("%s as %s: %v\n%s", p.Name, form, err, &b)
				continue
			}
			if got, want := back.Reference("x"), p.Reference("x"); got != want || back.Title != p.Title || back.Source != p.Source || len(back.Waivers) != len(p.Waivers) {
				t.Errorf("%s as %s: %+v, want %+v", p.Name, form, got, want)
			}
			for i := range p.Waivers {
				one, other := p.Waivers[i], back.Waivers[i]
				one.Position, other.Position = policy.Position{}, policy.Position{}
				if one != other {
					t.Errorf("%s as %s: %+v, want %+v", p.Name, form, other, one)
				}
			}
			if _ = write(&again, back); form == "YAML" && strings.Count(again.String(), "from: written:") != len(p.Rules) {
				t.Errorf("%s: rules are not from where they stand:\n%s", p.Name, &again)
			}
		}
	}
}
