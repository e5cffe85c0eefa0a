package verify

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// documentSchema is the published schema, refusing keys that it doesn't name.
func documentSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(SchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	closeSchema(&s)
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func closeSchema(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	for _, p := range s.Properties {
		closeSchema(p)
	}
	for _, d := range s.Defs {
		closeSchema(d)
	}
	closeSchema(s.Items)
	if len(s.Properties) > 0 {
		s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	}
}

func documentOf(t *testing.T, req *Request) (*Document, []byte) {
	t.Helper()
	r := Verify(*req)
	d := NewDocument(req, &r, trace.Tool{Name: "tlsprobe", Version: "test"})
	var b bytes.Buffer
	if err := trace.WriteDocument(&b, d); err != nil {
		t.Fatal(err)
	}
	return d, b.Bytes()
}

func TestDocumentsOfVerificationsFollowTheSchema(t *testing.T) {
	schema := documentSchema(t)
	check := func(req *Request) {
		t.Helper()
		_, raw := documentOf(t, req)
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%v: %s", err, raw)
		}
	}
	for n := range 3 {
		good := plainPlan(n).build(t).request
		check(&good)
		good.Hostname, good.Store, good.Rules, good.Purpose = "", nil, RulesRFC5280, PurposeAny
		check(&good)
	}
	late := plainPlan(1)
	late.time = now.Add(1000 * day)
	req := late.build(t).request
	check(&req)
	check(&Request{Chain: [][]byte{nil, []byte("garbage"), {0x30, 0}}, Time: now})
	check(&Request{Time: now})
}

func TestTheSchemaRefusesWhatIsNoVerification(t *testing.T) {
	schema := documentSchema(t)
	req := plainPlan(1).build(t).request
	_, good := documentOf(t, &req)
	for _, change := range [][2]string{
		{`"schema":"tlsprobe.verify/1"`, `"schema":"tlsprobe.trace/1"`}, {`"verdict":"accept"`, `"verdict":"fine"`},
		{`"purpose":"server"`, `"purpose":"web"`}, {`"status":"pass"`, `"status":"good"`}, {`"ok":true,`, ``}, {`"i":0`, `"i":"0"`},
	} {
		bad := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		var doc any
		if err := json.Unmarshal(bad, &doc); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(bad, good) || schema.Validate(doc) == nil {
			t.Errorf("%s is taken, or does not occur", change[1])
		}
	}
}

func TestCertificatesOfTheStoreHaveAPlaceInTheDocument(t *testing.T) {
	b := plainPlan(1).build(t)
	d, _ := documentOf(t, &b.request)
	if len(d.Chain) != 3 || d.Chain[2].From != "store" || d.Chain[2].Role != "anchor" || d.Chain[2].SHA256 != cert.Fingerprint(b.roots[0]) {
		t.Fatalf("%+v", d.Chain)
	}
	if p := d.Paths[0]; !slices.Equal(p.Certs, []int{0, 1, 2}) || p.Anchor == nil || p.Anchor.Index != 2 || !p.OK || p.Anchor.Subject != d.Chain[2].Subject {
		t.Errorf("%+v", p)
	}
	for i, want := range []string{"leaf", "intermediate", "anchor"} {
		if d.Chain[i].Role != want || d.Chain[i].Index != i {
			t.Errorf("%d: %+v", i, d.Chain[i])
		}
	}
	found := false
	for _, f := range d.Checks {
		if f.ID == string(finding.ChainRootTrust) && f.Where.Cert != nil {
			found = f.Where.Cert.Index == 2
		}
	}
	if !found {
		t.Error("the check of the root does not name it by its place")
	}
}

func TestARootThatIsSentIsListedOnce(t *testing.T) {
	p := plainPlan(1)
	p.sendRoot = true
	b := p.build(t)
	d, _ := documentOf(t, &b.request)
	if len(d.Chain) != 3 || d.Chain[2].From != "input" || d.Chain[2].Role != "anchor" {
		t.Errorf("%+v", d.Chain)
	}
	b.request.Store = Of("none")
	if d, _ = documentOf(t, &b.request); d.Chain[2].Role != "root" || d.Paths[0].Anchor != nil || d.Verdict != "reject" {
		t.Errorf("%+v %+v", d.Chain, d.Paths)
	}
	b.request.Chain = append(b.request.Chain, plainPlan(0).build(t).all[0])
	if d, _ = documentOf(t, &b.request); d.Chain[3].Role != "unused" {
		t.Errorf("%+v", d.Chain)
	}
}

func TestEveryWordOfTheSettingsIsItsOwn(t *testing.T) {
	seen := map[string]bool{}
	words := []string{Purpose(99).String()}
	for _, p := range Purposes() {
		words = append(words, p.String())
	}
	for _, r := range Revocations() {
		words = append(words, r.String())
	}
	for _, w := range words {
		if w == "" || seen[w] {
			t.Errorf("%q stands for several", w)
		}
		seen[w] = true
	}
	for i, r := range AllRules() {
		if int(r) != i || r.String() == "unknown" {
			t.Errorf("%d: %v", i, r)
		}
	}
}
