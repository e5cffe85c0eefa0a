package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// change makes a document say something else of an endpoint, in all the places where documents say it.
type change func(testing.TB, *audit.Document)

// clone copies what changes write to.
func clone(d *audit.Document) *audit.Document {
	c := *d
	c.Protocols, c.Groups, c.DH, c.Certificates = slices.Clone(d.Protocols), slices.Clone(d.Groups), slices.Clone(d.DH), slices.Clone(d.Certificates)
	if d.HTTP != nil {
		page := *d.HTTP
		c.HTTP = &page
	}
	c.Signatures, c.Questions, c.Findings = slices.Clone(d.Signatures), slices.Clone(d.Questions), slices.Clone(d.Findings)
	return &c
}

func all(changes ...change) change {
	return func(t testing.TB, d *audit.Document) {
		for _, c := range changes {
			c(t, d)
		}
	}
}

// answers sets the answer to a question.
func answers(id string, s audit.Status) change {
	return func(t testing.TB, d *audit.Document) {
		for i := range d.Questions {
			if d.Questions[i].ID == id {
				d.Questions[i].Answer = audit.Answer{Status: s, Reason: "the test says so", Connection: 1}
				return
			}
		}
		t.Fatalf("nobody asks %s", id)
	}
}

func version(t testing.TB, text string) iana.Version {
	t.Helper()
	v, err := iana.ParseVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func protocol(t testing.TB, d *audit.Document, text string) *audit.Protocol {
	t.Helper()
	v := version(t, text)
	for i := range d.Protocols {
		if d.Protocols[i].Version.Value == uint64(v) {
			return &d.Protocols[i]
		}
	}
	t.Fatalf("nothing about %s", text)
	return nil
}

// speaks switches a version on, with suites that are taken from TLS 1.2 where it has none.
func speaks(text string) change {
	return func(t testing.TB, d *audit.Document) {
		p := protocol(t, d, text)
		p.Support = audit.Answer{Status: audit.Yes, Connection: 1}
		answers("protocol."+text, audit.Yes)(t, d)
		if text != "ssl2.0" {
			p.Complete = p.Support
			answers("suites."+text, audit.Yes)(t, d)
		}
	}
}

// mute switches a version off.
func mute(text string) change {
	return func(t testing.TB, d *audit.Document) {
		p := protocol(t, d, text)
		p.Support = audit.Answer{Status: audit.No, Reason: "alert protocol_version", Connection: 1}
		p.Complete = audit.Answer{Status: audit.Skip, Reason: "it does not have the version"}
		p.Suites = nil
		answers("protocol."+text, audit.No)(t, d)
		answers("suites."+text, audit.Skip)(t, d)
		answers("suites."+text+".order", audit.Skip)(t, d)
		if text == "tls1.3" {
			d.Groups = slices.DeleteFunc(d.Groups, func(l audit.GroupList) bool { return l.Version.Value == uint64(iana.TLS13) })
			answers("groups.tls1.3", audit.Skip)(t, d)
		}
	}
}

// strengths are the words of suites that changes add.
var strengths = map[string]string{"NULL": audit.Broken, "anon": audit.Broken, "RC4": audit.Broken, "3DES": audit.Weak}

// suites makes suites those of a version, in this order.
func suites(text string, names ...string) change {
	return func(t testing.TB, d *audit.Document) {
		p := protocol(t, d, text)
		p.Suites = nil
		for _, n := range names {
			addSuite(t, p, n)
		}
	}
}

func addSuite(t testing.TB, p *audit.Protocol, name string) {
	t.Helper()
	s, err := iana.ParseCipherSuite(name)
	if err != nil {
		t.Fatal(err)
	}
	word := audit.Good
	for part, w := range strengths {
		if strings.Contains(name, part) {
			word = w
		}
	}
	p.Suites = append(slices.Clip(p.Suites), audit.Suite{Suite: trace.CodeOf(s), Strength: word, Connection: 1})
}

// also adds a suite to those of a version.
func also(text, name string) change {
	return func(t testing.TB, d *audit.Document) { addSuite(t, protocol(t, d, text), name) }
}

// first puts a suite before those of a version.
func first(text, name string) change {
	return func(t testing.TB, d *audit.Document) {
		p := protocol(t, d, text)
		rest := p.Suites
		p.Suites = nil
		addSuite(t, p, name)
		p.Suites = append(p.Suites, rest...)
	}
}

// preferring says whose order of a list counts.
func preferring(list string, p audit.Preference) change {
	return func(t testing.TB, d *audit.Document) {
		for i := range d.Questions {
			if d.Questions[i].ID == list+".order" {
				d.Questions[i].Answer, d.Questions[i].Values = audit.Answer{Status: audit.Yes, Connection: 1}, []string{string(p)}
			}
		}
	}
}

// groups makes groups those of TLS 1.3, and those before TLS 1.3 that there can be.
func groups(names ...string) change {
	return func(t testing.TB, d *audit.Document) {
		for i := range d.Groups {
			l := &d.Groups[i]
			l.Groups = nil
			for _, n := range names {
				g, err := iana.ParseGroup(n)
				if err != nil {
					t.Fatal(err)
				}
				info, _ := g.Info()
				if info.PQCategory == 0 || l.Version.Value >= uint64(iana.TLS13) {
					l.Groups = append(l.Groups, audit.Group{Group: trace.CodeOf(g), Strength: info.Strength, PostQuantum: info.PQCategory > 0, Connection: 1})
				}
			}
		}
	}
}

// schemes makes schemes those that a kind of key signs with, in all versions.
func schemes(key string, names ...string) change {
	return func(t testing.TB, d *audit.Document) {
		for i := range d.Signatures {
			l := &d.Signatures[i]
			if l.Key != key {
				continue
			}
			l.Schemes = nil
			for _, n := range names {
				s, err := iana.ParseSignatureScheme(n)
				if err != nil {
					t.Fatal(err)
				}
				l.Schemes = append(l.Schemes, audit.Scheme{Scheme: trace.CodeOf(s), Connection: 1})
			}
		}
	}
}

// dhe gives the endpoint a finite field.
func dhe(bits int, prime string) change {
	return func(t testing.TB, d *audit.Document) {
		d.DH = []audit.DHParameters{{Offered: "none", Bits: bits, Prime: prime, Connection: 1}}
		answers("dh.parameters", audit.Yes)(t, d)
	}
}

// certificates changes every chain.
func certificates(how func(testing.TB, *audit.Certificate)) change {
	return func(t testing.TB, d *audit.Document) {
		for i := range d.Certificates {
			how(t, &d.Certificates[i])
		}
	}
}

// chains puts other chains in the place of all, each with its own certificate first.
func chains(of ...func(testing.TB) [][]byte) change {
	return func(t testing.TB, d *audit.Document) {
		model := d.Certificates[0]
		d.Certificates = nil
		for _, f := range of {
			c := model
			c.Chain = f(t)
			d.Certificates = append(d.Certificates, c)
		}
	}
}

// hsts is for how many seconds browsers shall stay with TLS; none: they need not.
func hsts(seconds ...int64) change {
	return func(t testing.TB, d *audit.Document) {
		d.HTTP.HSTS = audit.HSTS{}
		answers("http.hsts", audit.No)(t, d)
		for _, n := range seconds {
			d.HTTP.HSTS = audit.HSTS{Present: true, MaxAge: &n, Valid: true}
			answers("http.hsts", audit.Yes)(t, d)
		}
	}
}

// finds adds a finding of enumeration.
func finds(id finding.ID) change {
	return func(_ testing.TB, d *audit.Document) { d.Findings = append(d.Findings, finding.Of(id)) }
}

// brokenRules are the rules that do not hold, and what came of each.
func brokenRules(p *policy.Policy, d *audit.Document) map[string]finding.Status {
	list := make(map[string]finding.Status)
	for _, v := range policy.Judge(p, policy.FactsOf(d, now), policy.JudgeOptions{Target: "example.test:443", At: now}) {
		if v.Status != finding.Pass && v.Status != finding.Skip {
			list[v.Rule] = v.Status
		}
	}
	return list
}
