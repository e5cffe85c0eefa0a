package policy_test

import (
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

const oldProtocols = `id: proto.min, where: protocols, expect: {min: tls1.2}`

// waivers are waivers of that rule, and what they make of two versions that are too old.
var waivers = []struct {
	name, waiver string
	status       finding.Status
	waived       int
}{
	{"of all", `rule: proto.min, reason: r, expires: 2027-03-31`, finding.Pass, 2},
	{"by the beginning of the rule", `rule: proto.*, reason: r, expires: 2027-03-31`, finding.Pass, 2},
	{"of one value", `rule: proto.min, path: protocols.tls1.0, reason: r, expires: 2027-03-31`, finding.Fail, 1},
	{"of the path", `rule: proto.min, path: protocols, reason: r, expires: 2027-03-31`, finding.Pass, 2},
	{"of a step that is cut", `rule: proto.min, path: protocol, reason: r, expires: 2027-03-31`, finding.Fail, 0},
	{"of a version that is cut", `rule: proto.min, path: protocols.tls1, reason: r, expires: 2027-03-31`, finding.Fail, 0},
	{"of any step", `rule: proto.min, path: "*.tls1.1", reason: r, expires: 2027-03-31`, finding.Fail, 1},
	{"for the target", `rule: proto.min, target: Host.example:443, reason: r, expires: 2027-03-31`, finding.Pass, 2},
	{"for the host", `rule: proto.min, target: host.example, reason: r, expires: 2027-03-31`, finding.Pass, 2},
	{"for hosts like it", `rule: proto.min, target: "*.example", reason: r, expires: 2027-03-31`, finding.Pass, 2},
	{"for another port", `rule: proto.min, target: host.example:8443, reason: r, expires: 2027-03-31`, finding.Fail, 0},
	{"for another host", `rule: proto.min, target: example, reason: r, expires: 2027-03-31`, finding.Fail, 0},
	{"until today", `rule: proto.min, reason: r, expires: 2026-11-26`, finding.Fail, 0},
	{"until the minute", `rule: proto.min, reason: r, expires: 2026-11-26T12:00:00Z`, finding.Fail, 0},
	{"for a minute more", `rule: proto.min, reason: r, expires: 2026-11-26T13:01:00+01:00`, finding.Pass, 2},
}

func TestAWaiverLetsPassWhatItIsAboutUntilItsDay(t *testing.T) {
	for _, c := range waivers {
		p := parse(t, rule(oldProtocols)+"waivers: [{"+c.waiver+"}]\n")
		v := policy.Judge(p, factsOf("protocols = tls1.2 tls1.1 tls1.0"), policy.JudgeOptions{Target: "host.example:443", At: now})[0]
		waived := 0
		for _, f := range v.Findings {
			if f.Waived != nil && !f.Waived.Expired {
				waived++
			}
			if f.Status != finding.Fail {
				t.Errorf("%s: a finding that is waived is one still", c.name)
			}
		}
		if v.Status != c.status || waived != c.waived {
			t.Errorf("%s: %s with %d waived, want %s with %d", c.name, v.Status, waived, c.status, c.waived)
		}
	}
}

func TestAWaiverOfAValueIsOfThatValueAlone(t *testing.T) {
	const names = `id: x, where: "certificates[*].names", expect: {not_matches: '.'}`
	for path, want := range map[string]string{
		"certificates[0].names.*.example":   "*.example",
		"certificates[*].names.example":     "example",
		"certificates[0].names.www":         "",
		"certificates[1].names.example":     "",
		"certificates[0].names.example.com": "example.com",
	} {
		p := parse(t, rule(names)+"waivers: [{rule: x, path: \""+path+"\", reason: r, expires: 2027-03-31}]\n")
		v := policy.Judge(p, factsOf("certificates[0].names = *.example www.example example example.com"), policy.JudgeOptions{Target: "host.example:443", At: now})[0]
		waived := ""
		for _, f := range v.Findings {
			if f.Waived != nil {
				waived += f.Actual
			}
		}
		if got := waived; got != want {
			t.Errorf("%s waives %q", path, got)
		}
	}
}

func TestAnExpiredWaiverIsToldAndCountsNoMore(t *testing.T) {
	p := parse(t, rule(oldProtocols)+"waivers: [{rule: proto.min, reason: printer, expires: 2026-01-01}]\n")
	v := policy.Judge(p, factsOf("protocols = tls1.0"), policy.JudgeOptions{Target: "host.example:443", At: now})[0]
	w := v.Findings[0].Waived
	if v.Status != finding.Fail || w == nil || !w.Expired || w.Reason != "printer" || w.Position.Line != 4 {
		t.Errorf("%s, %+v", v.Status, w)
	}
	again := policy.Waiver{Rule: "*", Reason: "once more", Expires: now.Add(time.Hour)}
	v = policy.Judge(p, factsOf("protocols = tls1.0"), policy.JudgeOptions{Target: "host.example:443", At: now, Waivers: []policy.Waiver{again}})[0]
	if w := v.Findings[0].Waived; v.Status != finding.Pass || w.Expired || w.Reason != "once more" {
		t.Errorf("one that counts goes before one that expired: %s, %+v", v.Status, w)
	}
}

func TestAWaiverNeverLetsPassWhatIsNotKnown(t *testing.T) {
	p := parse(t, rule(oldProtocols)+"waivers: [{rule: proto.min, reason: r, expires: 2027-03-31}]\n")
	for _, facts := range []string{"protocols = ?", "protocols = tls1.2 …", "protocols = tls1.0 …"} {
		v := policy.Judge(p, factsOf(facts), policy.JudgeOptions{Target: "host.example:443", At: now})[0]
		if v.Status != finding.Unknown || v.Message == "" {
			t.Errorf("%s: %s %q", facts, v.Status, v.Message)
		}
	}
	count := parse(t, rule(`id: x, where: alpn, expect: {count: {max: 1}}`)+"waivers: [{rule: x, reason: r, expires: 2027-03-31}]\n")
	v := policy.Judge(count, factsOf("alpn = h2 h3 …"), policy.JudgeOptions{Target: "host.example:443", At: now})[0]
	if v.Status != finding.Unknown || v.Message == "" {
		t.Errorf("a finding under the same path hides what is not known: %s %q", v.Status, v.Message)
	}
}

func TestAFileOfWaiversIsHeldAgainstThePolicy(t *testing.T) {
	p := parse(t, rule(oldProtocols))
	list, err := policy.ParseWaivers("waivers.yaml", []byte("waivers:\n  - {rule: proto.min, reason: r, expires: 2027-03-31}\n"), p)
	if err != nil || len(list) != 1 || list[0].Position.String() != "waivers.yaml:2:5" {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = policy.ParseWaivers("waivers.yaml", []byte("waivers:\n  - {rule: proto.mni, reason: r, expires: 2027-03-31}\n"), p)
	if err == nil || err.Error() != `waivers.yaml:2:5: there is no rule "proto.mni" to be waived` {
		t.Error(err)
	}
	if _, err = policy.ParseWaivers("waivers.yaml", []byte("name: x\n"), nil); err == nil {
		t.Error("a policy is no file of waivers")
	}
}
