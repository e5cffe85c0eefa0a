package verify

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// shelf is a Fetcher of what lies on it, which counts.
type shelf struct {
	at    map[string][]byte
	asked []string
}

var errNotThere = errors.New("404 Not Found")

func (s *shelf) Get(url string, limit int) ([]byte, error) {
	s.asked = append(s.asked, url)
	body, ok := s.at[url]
	if !ok || len(body) > limit {
		return nil, errNotThere
	}
	return body, nil
}

func (s *shelf) Post(url, _ string, _ []byte, limit int) ([]byte, error) { return s.Get(url, limit) }

func TestMissingIssuersAreFetched(t *testing.T) {
	p := plainPlan(2)
	p.certs[0].template.IssuingCertificateURL = []string{"http://ca.example/gone.der", "http://ca.example/1.der"}
	p.certs[1].template.IssuingCertificateURL = []string{"http://ca.example/2.der"}
	p.certs[1].omit, p.certs[2].omit = true, true
	b := p.build(t)
	if r := Verify(b.request); r.Verdict != Reject {
		t.Fatalf("%s without fetching", r.Verdict)
	}
	s := &shelf{at: map[string][]byte{"http://ca.example/1.der": b.all[1], "http://ca.example/2.der": b.all[2]}}
	b.request.Fetch = s
	r := Verify(b.request)
	f := one(t, r, finding.ChainComplete)
	if r.Verdict != Accept || f.Status != finding.Warn || !strings.Contains(f.Message, "was fetched from http://ca.example/1.der") {
		t.Errorf("%s: %s %q, %v", r.Verdict, f.Status, f.Message, failures(r))
	}
	if len(s.asked) != 3 || len(r.Path.Certificates) != 4 || r.Path.Certificates[1].Fetched != "http://ca.example/1.der" || r.Path.Certificates[1].Index != -1 {
		t.Errorf("asked for %v, path %+v", s.asked, r.Path.Certificates)
	}
}

func TestIssuersThatCanNotBeFetchedAreSaid(t *testing.T) {
	p := plainPlan(1)
	p.certs[1].omit = true
	for i := range 10 {
		p.certs[0].template.IssuingCertificateURL = append(p.certs[0].template.IssuingCertificateURL, "http://ca.example/"+string(rune('a'+i)))
	}
	b := p.build(t)
	s := &shelf{at: map[string][]byte{"http://ca.example/b": bytes.Repeat([]byte("<html>"), 10), "http://ca.example/c": b.all[0]}}
	b.request.Fetch = s
	r := Verify(b.request)
	f := one(t, r, finding.ChainComplete)
	if r.Verdict != Reject || f.Status != finding.Fail || len(s.asked) != maxFetches {
		t.Errorf("%s: %s, asked for %v", r.Verdict, f.Status, s.asked)
	}
	for _, want := range []string{"fetching http://ca.example/a failed: 404 Not Found", "http://ca.example/b holds no certificate of Issuing CA"} {
		if !strings.Contains(f.Message, want) {
			t.Errorf("%q isn't said: %s", want, f.Message)
		}
	}
}

func TestNothingIsFetchedForACompleteChain(t *testing.T) {
	p := plainPlan(1)
	p.certs[0].template.IssuingCertificateURL = []string{"http://ca.example/1.der"}
	b := p.build(t)
	s := &shelf{}
	b.request.Fetch = s
	if r := Verify(b.request); r.Verdict != Accept || len(s.asked) > 0 {
		t.Errorf("%s, asked for %v", r.Verdict, s.asked)
	}
}
