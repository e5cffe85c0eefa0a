package verify

import (
	"context"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/fetch"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// authorityServer answers as an authority does: a responder, a list, a certificate, each at its path, and in every bad way.
type authorityServer struct {
	t    *testing.T
	plan *chainPlan
	made built
	http *httptest.Server
	ways map[string]func(w http.ResponseWriter, r *http.Request)
}

func newAuthorityServer(t *testing.T, p *chainPlan) *authorityServer {
	a := &authorityServer{t: t, plan: p}
	a.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if do := a.ways[r.URL.Path]; do != nil {
			do(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(func() {
		a.http.CloseClientConnections()
		a.http.Close()
	})
	return a
}

// respond answers with a response of a status about the leaf, changed and signed as asked.
func (a *authorityServer) respond(status int, change func(*staple)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
		if q, err := ocsp.ParseRequest(body); err != nil || q.SerialNumber.Cmp(big.NewInt(1000)) != 0 {
			a.t.Errorf("%s %s: a request of %d bytes: %v", r.Method, r.URL, len(body), err)
		}
		s := staple{response: ocsp.Response{Status: status, SerialNumber: big.NewInt(1000), ThisUpdate: now.Add(-day), NextUpdate: now.Add(day), RevokedAt: now.Add(-day)}}
		if change != nil {
			change(&s)
		}
		_, _ = w.Write(s.sign(a.t, a.plan, a.made))
	}
}

func send(body func() []byte) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body()) }
}

// slow answers when the client has gone.
func slow(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then net/http notices that the client goes
	<-r.Context().Done()
}

// huge never ends, until the client leaves.
func huge(w http.ResponseWriter, r *http.Request) {
	for junk := make([]byte, 1<<16); r.Context().Err() == nil; {
		if _, err := w.Write(junk); err != nil {
			return
		}
	}
}

func loop(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }

func (a *authorityServer) fetcher() Fetcher {
	c := fetch.New(context.Background(), dial.Dialer{}, fetch.Limits{Each: 500 * time.Millisecond, All: 20 * time.Second})
	a.t.Cleanup(c.Close)
	return c
}

func expiredDelegate(s *staple) {
	s.delegate = &blueprint{key: testKeys()[6], template: x509.Certificate{
		SerialNumber: big.NewInt(50), NotBefore: now.Add(-2 * day), NotAfter: now.Add(-day), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
	}}
	s.delegate.template.Subject.CommonName = "Responder"
}

func TestRespondersOfEveryKindAreAskedAndJudged(t *testing.T) {
	const pass, fail, unknown = finding.Pass, finding.Fail, finding.Unknown
	for _, c := range []struct {
		name    string
		way     func(a *authorityServer) func(http.ResponseWriter, *http.Request)
		status  finding.Status
		verdict Verdict // with revocation required
		says    string
	}{
		{"good", func(a *authorityServer) func(http.ResponseWriter, *http.Request) { return a.respond(ocsp.Good, nil) }, pass, Accept, "good"},
		{"revoked", func(a *authorityServer) func(http.ResponseWriter, *http.Request) { return a.respond(ocsp.Revoked, nil) }, fail, Reject, "revoked"},
		{"unknown", func(a *authorityServer) func(http.ResponseWriter, *http.Request) { return a.respond(ocsp.Unknown, nil) }, unknown, Reject, "doesn't know"},
		{"slow", func(*authorityServer) func(http.ResponseWriter, *http.Request) { return slow }, unknown, Reject, "no whole answer within"},
		{"huge", func(*authorityServer) func(http.ResponseWriter, *http.Request) { return huge }, unknown, Reject, "bytes"},
		{"wrong signer", func(a *authorityServer) func(http.ResponseWriter, *http.Request) {
			return a.respond(ocsp.Good, func(s *staple) { s.key = testKeys()[7] })
		}, unknown, Reject, "sign"},
		{"expired delegate", func(a *authorityServer) func(http.ResponseWriter, *http.Request) {
			return a.respond(ocsp.Good, expiredDelegate)
		}, unknown, Reject, "expired"},
		{"redirect loop", func(*authorityServer) func(http.ResponseWriter, *http.Request) { return loop }, unknown, Reject, "redirect"},
		{"garbage", func(*authorityServer) func(http.ResponseWriter, *http.Request) {
			return send(func() []byte { return []byte("<html>maintenance</html>") })
		}, unknown, Reject, "malformed"},
		{"not there", func(*authorityServer) func(http.ResponseWriter, *http.Request) { return http.NotFound }, unknown, Reject, "404"},
		{"refused", nil, unknown, Reject, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainPlan(1)
			a := newAuthorityServer(t, p)
			p.leaf().template.OCSPServer = []string{a.http.URL + "/ocsp"}
			a.made = p.build(t)
			a.made.request.CRLs = [][]byte{rootList(t, p, a.made)} // speaks for the intermediate
			if c.way == nil {
				a.http.Close()
			} else {
				a.ways = map[string]func(http.ResponseWriter, *http.Request){"/ocsp": c.way(a)}
			}
			request := a.made.request
			if r := Verify(request); one(t, r, finding.RevocationOCSP).Status != finding.Skip {
				t.Error("asked without being allowed to")
			}
			request.Fetch, request.Revocation = a.fetcher(), RevocationRequire
			r := Verify(request)
			f := firstOf(r, finding.RevocationOCSP)
			if f.Status != c.status || r.Verdict != c.verdict || !strings.Contains(f.Message+" "+f.Actual, c.says) {
				t.Errorf("%s, %s: %s [%s]", r.Verdict, f.Status, f.Message, f.Actual)
			}
			request.Fetch, request.Revocation = a.fetcher(), RevocationSoft
			if r := Verify(request); r.Trusted != (c.status != fail) {
				t.Errorf("softly: %s", r.Verdict)
			}
		})
	}
}

// rootList is an empty list of the root.
func rootList(t testing.TB, p *chainPlan, b built) []byte {
	t.Helper()
	root, err := x509.ParseCertificate(b.all[len(b.all)-1])
	if err != nil {
		t.Fatal(err)
	}
	return listOf(t, root, p.root().key)
}

func firstOf(r Result, id finding.ID) finding.Finding {
	for _, f := range r.Findings {
		if f.ID == string(id) {
			return f
		}
	}
	return finding.Finding{}
}

func TestListsOfEveryKindAreFetchedAndJudged(t *testing.T) {
	const pass, fail, unknown = finding.Pass, finding.Fail, finding.Unknown
	for _, c := range []struct {
		name   string
		way    func(a *authorityServer) func(http.ResponseWriter, *http.Request)
		status finding.Status
		says   string
	}{
		{"good", func(a *authorityServer) func(http.ResponseWriter, *http.Request) {
			return send(func() []byte { return crlOf(a.t, a.plan, a.made, 7) })
		}, pass, ""},
		{"revoked", func(a *authorityServer) func(http.ResponseWriter, *http.Request) {
			return send(func() []byte { return crlOf(a.t, a.plan, a.made, 7, 1000) })
		}, fail, "revoked"},
		{"slow", func(*authorityServer) func(http.ResponseWriter, *http.Request) { return slow }, unknown, "no whole answer within"},
		{"huge", func(*authorityServer) func(http.ResponseWriter, *http.Request) { return huge }, unknown, ""},
		{"redirect loop", func(*authorityServer) func(http.ResponseWriter, *http.Request) { return loop }, unknown, "redirect"},
		{"garbage", func(*authorityServer) func(http.ResponseWriter, *http.Request) {
			return send(func() []byte { return []byte("not a list") })
		}, unknown, ""},
		{"cut", func(a *authorityServer) func(http.ResponseWriter, *http.Request) {
			return send(func() []byte { der := crlOf(a.t, a.plan, a.made, 7); return der[:len(der)-9] })
		}, unknown, ""},
		{"refused", nil, unknown, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainPlan(1)
			a := newAuthorityServer(t, p)
			p.leaf().template.CRLDistributionPoints = []string{a.http.URL + "/1.crl"}
			a.made = p.build(t)
			if c.way == nil {
				a.http.Close()
			} else {
				a.ways = map[string]func(http.ResponseWriter, *http.Request){"/1.crl": c.way(a)}
			}
			request := a.made.request
			request.Fetch = a.fetcher()
			r := Verify(request)
			f := firstOf(r, finding.RevocationCRL)
			if f.Status != c.status || r.Trusted != (c.status != fail) || !strings.Contains(f.Message+" "+f.Actual, c.says) {
				t.Errorf("%s, %s: %s [%s]", r.Verdict, f.Status, f.Message, f.Actual)
			}
		})
	}
}

func TestIssuersAreFetchedOverHTTP(t *testing.T) {
	p := plainPlan(1)
	a := newAuthorityServer(t, p)
	p.leaf().template.IssuingCertificateURL = []string{a.http.URL + "/moved"}
	p.certs[1].omit = true
	a.made = p.build(t)
	a.ways = map[string]func(http.ResponseWriter, *http.Request){
		"/moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/ca.der", http.StatusMovedPermanently)
		},
		"/ca.der": send(func() []byte { return a.made.all[1] }),
	}
	request := a.made.request
	request.Fetch = a.fetcher()
	r := Verify(request)
	if f := one(t, r, finding.ChainComplete); r.Verdict != Accept || f.Status != finding.Warn {
		t.Errorf("%s, %s: %s", r.Verdict, f.Status, f.Message)
	}
}
