package assess_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/assess"
	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// wanted is the policy of these tests.
const wanted = `
name: test
version: "1"
rules:
  - {id: versions, where: protocols, expect: {min: tls1.2}, severity: high}
  - {id: suites, where: suites.tls1.2, expect: {in: ["TLS_ECDHE_*"]}}
`

func options(t testing.TB) *assess.Options {
	t.Helper()
	p, err := policy.Parse("test.yaml", []byte(wanted), policy.OpenBuiltin)
	if err != nil {
		t.Fatal(err)
	}
	return &assess.Options{
		Policy: p, File: "test.yaml", FailOn: policy.LevelFail, Workers: 2, Now: time.Now, Tool: trace.Tool{Name: "tlsprobe", Version: "test"},
		Enumeration: func(target dial.Target, input string) audit.Options {
			return audit.Options{
				Target: target, Input: input, SNI: "example.test", PerHost: 4, Timeout: 10 * time.Second, Basics: true,
				Rand: rand.Reader, Now: time.Now, At: time.Unix(1<<30, 0), Dialer: dial.Dialer{Resolver: names{}},
			}
		},
	}
}

// names resolves every name to two addresses of loopback.
type names struct{}

func (names) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}, nil
}

// serve runs a server of crypto/tls until the test ends, and returns its port; 0 asks for any.
func serve(t testing.TB, ip string, port int, minVersion uint16) int {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
	if err != nil {
		t.Skipf("%s is no address of this machine: %v", ip, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	cfg := &tls.Config{Certificates: []tls.Certificate{identity(t)}, MinVersion: minVersion}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = c.SetDeadline(time.Now().Add(20 * time.Second))
				_ = tls.Server(c, cfg).Handshake()
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func identity(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"example.test"}, NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func audited(t testing.TB, o *assess.Options, text string) policy.Report {
	t.Helper()
	return o.Target(context.Background(), assess.Line{Text: text, Position: policy.Position{File: "hosts.txt", Line: 3}})
}

// verdict returns what came of a rule at an address.
func verdict(t testing.TB, e *policy.Endpoint, rule string) *policy.Verdict {
	t.Helper()
	for i := range e.Verdicts {
		if e.Verdicts[i].Rule == rule {
			return &e.Verdicts[i]
		}
	}
	t.Fatalf("nobody judged %s", rule)
	return nil
}

func TestATargetIsJudgedAtEachOfItsAddresses(t *testing.T) {
	port := serve(t, "127.0.0.1", 0, tls.VersionTLS12)
	serve(t, "127.0.0.2", port, tls.VersionTLS10)
	r := audited(t, options(t), "example.test:"+strconv.Itoa(port))
	if len(r.Endpoints) != 2 || r.Error != nil {
		t.Fatalf("%d endpoints, error %v", len(r.Endpoints), r.Error)
	}
	first, second := &r.Endpoints[0], &r.Endpoints[1]
	if v := verdict(t, first, "versions"); v.Status != finding.Pass {
		t.Errorf("%s: %v, %s", first.Address, v.Status, v.Message)
	}
	if v := verdict(t, second, "versions"); v.Status != finding.Fail || len(v.Findings) != 2 {
		t.Errorf("%s: %v, %s", second.Address, v.Status, v.Message)
	}
	if r.Outcome != policy.OutcomeFail || r.Counts.Fail != 1 {
		t.Errorf("outcome %s, %+v", r.Outcome, r.Counts)
	}
	if r.Same.Status != audit.No || !slices.ContainsFunc(r.Differences, func(d string) bool { return strings.HasPrefix(d, second.Address+": protocol.tls1.0: ") }) {
		t.Errorf("same %v, differences %q", r.Same, r.Differences)
	}
	if r.Position.Line != 3 || r.Target != "example.test:"+strconv.Itoa(port) {
		t.Errorf("target %s at %v", r.Target, r.Position)
	}
}

func TestAnAddressThatIsNotReachedNeverPasses(t *testing.T) {
	port := serve(t, "127.0.0.1", 0, tls.VersionTLS12) // and nobody on the other
	o := options(t)
	r := audited(t, o, "example.test:"+strconv.Itoa(port))
	if r.Outcome != policy.OutcomeUnknown || r.Error != nil {
		t.Errorf("outcome %s, error %v", r.Outcome, r.Error)
	}
	for _, text := range []string{"example.test:1", "not a target", "starttls://example.test:25"} {
		r = audited(t, o, text)
		if r.Outcome != policy.OutcomeUnreachable || r.Error == nil || r.Error.Hint == "" {
			t.Errorf("%s: outcome %s, error %+v", text, r.Outcome, r.Error)
		}
	}
}

func TestFindingsPointAtTheMessagesThatShowThem(t *testing.T) {
	port := serve(t, "127.0.0.1", 0, tls.VersionTLS10)
	o := options(t)
	o.Evidence = true
	r := audited(t, o, "127.0.0.1:"+strconv.Itoa(port))
	e := &r.Endpoints[0]
	n := 0
	for _, v := range e.Verdicts {
		for _, f := range v.Findings {
			at := slices.IndexFunc(e.Evidence, func(x policy.Evidence) bool { return x.Connection == f.Connection })
			if at < 0 {
				t.Errorf("%s: there is no trace of connection %d", f.Where.Path, f.Connection)
				continue
			}
			n++
			tr := e.Evidence[at].Trace
			event := slices.IndexFunc(tr.Events, func(x *trace.Event) bool { return x.N == f.Where.Event })
			if event < 0 || tr.Events[event].Kind != "server_hello" {
				t.Errorf("%s: event %d of connection %d is no ServerHello", f.Where.Path, f.Where.Event, f.Connection)
			}
			value := f.Where.Path[strings.LastIndexByte(f.Where.Path, '.')+1:]
			if v.Rule == "suites" && tr.Summary.CipherSuite.Name != value {
				t.Errorf("%s rests on a connection with %s", value, tr.Summary.CipherSuite.Name)
			}
		}
	}
	if n == 0 {
		t.Error("nothing was found")
	}
}

func TestWhatIsKnownWhenAnAuditIsInterruptedStays(t *testing.T) {
	port := serve(t, "127.0.0.1", 0, tls.VersionTLS10)
	ctx, cancel := context.WithCancelCause(context.Background())
	o := options(t)
	ask := o.Enumeration
	o.Enumeration = func(target dial.Target, input string) audit.Options {
		e := ask(target, input)
		dials := 0
		e.PerHost = 1
		e.Dialer.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials == 20 {
				cancel(errors.New("enough"))
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		return e
	}
	r := o.Target(ctx, assess.Line{Text: "127.0.0.1:" + strconv.Itoa(port)})
	if r.Error == nil || r.Error.Kind != string(trace.Interrupted) {
		t.Errorf("error %+v", r.Error)
	}
	if len(r.Endpoints) != 1 || len(r.Endpoints[0].Verdicts) != 2 {
		t.Fatalf("%d endpoints", len(r.Endpoints))
	}
	if r.Outcome == policy.OutcomePass {
		t.Error("an audit that was interrupted passes")
	}
}

func TestABugAtOneTargetDoesNotEndTheAudit(t *testing.T) {
	o := options(t)
	o.Enumeration = func(dial.Target, string) audit.Options { panic("oops") }
	r := audited(t, o, "127.0.0.1:1")
	if r.Outcome == policy.OutcomePass || r.Error == nil || r.Error.Kind != string(trace.Internal) || !strings.Contains(r.Error.Message, "oops") {
		t.Errorf("outcome %s, error %+v", r.Outcome, r.Error)
	}
}
