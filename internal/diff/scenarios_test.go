package diff

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestATraceIsTheSameAsItself(t *testing.T) {
	names, traces := scenarioTraces(t)
	for i, tr := range traces {
		for _, all := range []bool{false, true} {
			d := Compare(tr, reread(t, tr), Options{All: all})
			if d.Result != Same || d.Worse+d.Better+d.Neutral+d.Omitted > 0 || len(told(d)) > 0 || d.Parting != nil {
				t.Errorf("%s, all %v: %s\n%s", names[i], all, d.Result, strings.Join(told(d), "\n"))
			}
		}
	}
}

// place is where a certificate stands in the second of two traces.
var place = regexp.MustCompile(`\[\d+\]`)

// verdicts lists what a comparison comes to, so that it can be held against that of the other way round.
func verdicts(d *Document, of func(Verdict) Verdict) (list []string) {
	for _, g := range d.Groups {
		for _, c := range g.Changes {
			for _, m := range c.Meanings {
				list = append(list, string(of(m.Verdict))+" "+place.ReplaceAllString(c.Label, "[]"))
			}
		}
	}
	slices.Sort(list)
	return list
}

func TestSwappingAnyTwoScenariosSwapsBetterAndWorse(t *testing.T) {
	names, traces := scenarioTraces(t)
	step := 1
	if testing.Short() {
		step = 5
	}
	for i := range traces {
		for j := i + 1; j < len(traces); j += step {
			there, back := Compare(traces[i], traces[j], Options{}), Compare(traces[j], traces[i], Options{})
			x, y := verdicts(there, func(v Verdict) Verdict { return v }), verdicts(back, opposite)
			if !slices.Equal(x, y) || there.Worse != back.Better || there.Better != back.Worse || there.Neutral != back.Neutral || there.Result != back.Result {
				t.Fatalf("%s and %s: %d worse, %d better, %d neutral; the other way round %d, %d, %d\n%s\n\n%s", names[i], names[j],
					there.Worse, there.Better, there.Neutral, back.Worse, back.Better, back.Neutral, strings.Join(told(there), "\n"), strings.Join(told(back), "\n"))
			}
		}
	}
}

// TestWhatScenariosDifferIn compares servers that differ in one thing: that is said, and what it means.
func TestWhatScenariosDifferIn(t *testing.T) {
	for _, c := range []struct {
		a, b, words string
		verdict     Verdict
	}{
		{"tls13", "tls12", "version lowered", Worse},
		{"tls13", "hello-retry", "extra round trip", Worse},
		{"tls13", "x25519", "post-quantum lost", Worse},
		{"x25519", "post-quantum", "post-quantum gained", Better},
		{"tls12", "static-rsa", "forward secrecy lost", Worse},
		{"tls12", "cbc", "AEAD lost", Worse},
		{"tls12", "rc4", "cipher weaker", Worse},
		{"tls13", "client-auth", "client certificate asked for now", Neutral},
		{"tls12", "client-auth-tls12", "client certificate asked for now", Neutral},
		{"tls13", "alpn-h2", "ALPN changed", Neutral},
		{"tls13", "ocsp-staple", "OCSP staple gained", Better},
		{"tls12", "ocsp-staple-tls12", "OCSP staple gained", Better},
		{"sct", "tls13", "certificate timestamps lost", Worse},
		{"tls13", "incomplete-chain", "chain incomplete", Worse},
		{"tls13", "expired", "certificate expired, or not yet valid", Worse},
		{"tls13", "expired", "expires sooner", Worse},
		{"tls13", "wrong-host", "certificate is not for this name", Worse},
		{"tls13", "wrong-host", "name lost", Worse},
		{"tls13", "self-signed", "issuer changed", Neutral},
		{"tls13", "untrusted-root", "root not trusted", Worse},
		{"tls13", "rsa-1024", "key weaker", Worse},
		{"rsa", "ecdsa-p384", "key stronger", Better},
		{"tls13", "no-alpn", "handshake fails now", Worse},
		{"cut", "tls13", "handshake succeeds now", Better},
		{"tls13", "expired", "not trusted any more", Worse},
	} {
		d := Compare(scenarioTrace(t, c.a), scenarioTrace(t, c.b), Options{})
		found := false
		for _, g := range d.Groups {
			for _, ch := range g.Changes {
				found = found || slices.ContainsFunc(ch.Meanings, func(m Meaning) bool { return m.Verdict == c.verdict && m.Words == c.words })
			}
		}
		if !found {
			t.Errorf("%s and %s: nobody says %s: %s\n%s", c.a, c.b, c.verdict, c.words, strings.Join(told(d), "\n"))
		}
	}
}

func TestWhatFollowsFromAnotherVersionIsNoDifferenceOfItsOwn(t *testing.T) {
	p := serve(t, "tls13")
	a := p.probe(t)
	p.offer = func(o *handshake.Offer) { o.Max = iana.TLS12 }
	d := Compare(a, p.probe(t), Options{Selector: NewSelector(nil, []string{"client_hello", "checks"})})
	for _, l := range told(d) {
		if !strings.Contains(l, "; worse: ") && !strings.Contains(l, "cipher_suite") {
			t.Errorf("%s", l)
		}
	}
	if d.Worse < 2 {
		t.Errorf("%d worse", d.Worse)
	}
}

func TestATicketThatIsLateMakesNoDifference(t *testing.T) {
	p := serve(t, "tls13")
	p.linger = 20e9 // until the server has closed
	with := p.probe(t)
	without := reread(t, with)
	n := 0
	for _, e := range with.Events {
		if e.Kind == newSessionTicket {
			n++
		}
	}
	if n == 0 {
		t.Fatal("no ticket came")
	}
	without.Events = slices.DeleteFunc(without.Events, func(e *event) bool { return e.Kind == newSessionTicket })
	if d := Compare(with, without, Options{}); d.Result != Same {
		t.Errorf("%s", strings.Join(told(d), "\n"))
	}
	if d := Compare(with, without, Options{All: true}); d.Result == Same {
		t.Error("--all ignores it, too")
	}
}

func TestAFailedHandshakeSaysWhereItPartsFromAGoodOneAndWhatDiffersBefore(t *testing.T) {
	p := serve(t, "tls13")
	good := p.probe(t)
	p.offer = func(o *handshake.Offer) { o.ALPN = []string{"imap"} }
	d := Compare(good, p.probe(t), Options{})
	if d.Parting == nil || d.Parting.After != clientHello || d.Parting.A != serverHello || d.Parting.B != "alert fatal no_application_protocol" {
		t.Fatalf("they part at %+v", d.Parting)
	}
	if d.Parting.Before != 2 { // h2 and http/1.1 gone, imap new
		t.Errorf("%d differences before that:\n%s", d.Parting.Before, strings.Join(told(d), "\n"))
	}
	if d.A.Last != "finished" && d.A.Last != "finished#2" || d.B.Last != "alert fatal no_application_protocol" {
		t.Errorf("they came as far as %q and %q", d.A.Last, d.B.Last)
	}
	for _, g := range d.Groups {
		if g.Name == "certificate" && g.State != StateNotReached {
			t.Errorf("the certificate is %s", g.State)
		}
	}
}

func TestWhatIsIgnoredIsNotCompared(t *testing.T) {
	a, b := scenarioTrace(t, "tls13"), scenarioTrace(t, "hello-retry")
	for _, c := range []struct {
		only, ignore []string
		count        int
	}{
		{only: []string{"server_hello.extensions.key_share"}, count: 1},
		{only: []string{"ServerHello"}, count: 1},
		{only: []string{"*.extensions.key_share"}, count: 1},
		{only: []string{"hello_retry_request"}, count: 1},
		{only: []string{"server_hello"}, ignore: []string{"server_hello.extensions.*.server_share"}},
		{ignore: []string{"server_hello", "hello_retry_request", "certificate"}},
		{only: []string{"client_hello#1"}},
		{only: []string{"checks"}},
	} {
		d := Compare(a, b, Options{Selector: NewSelector(c.only, c.ignore)})
		if n := d.Worse + d.Better + d.Neutral; n != c.count || (n > 0) != (d.Result == Differs) {
			t.Errorf("only %q, ignore %q: %d\n%s", c.only, c.ignore, n, strings.Join(told(d), "\n"))
		}
	}
}

func TestEverythingIsComparedWithAll(t *testing.T) {
	p := serve(t, "tls13")
	a, b := p.probe(t), p.probe(t)
	d := Compare(a, b, Options{All: true})
	text := strings.Join(told(d), "\n")
	for _, path := range []string{"client_hello.random", "server_hello.random", "key_exchange", "certificate_verify.signature", "finished.verify_data", "record"} {
		if !strings.Contains(text, path) {
			t.Errorf("%s is not among what differs", path)
		}
	}
}

func TestServersAreClusteredAndTheOddOneIsCompared(t *testing.T) {
	p, odd := serve(t, "tls13"), serve(t, "hello-retry")
	probed := []Probed{{"odd", odd.probe(t)}, {"one", p.probe(t)}, {"two", p.probe(t)}, {"three", p.probe(t)}}
	d := Across(probed, Options{})
	if d.Result != AcrossDiffers || len(d.Clusters) != 2 || !slices.Equal(d.Clusters[0].Endpoints, []string{"one", "two", "three"}) ||
		!slices.Equal(d.Clusters[1].Endpoints, []string{"odd"}) || d.Clusters[0].Diff != nil || d.Clusters[1].Diff == nil || d.Clusters[1].Diff.Worse == 0 {
		t.Fatalf("%+v", d)
	}
	if d := Across(probed[1:], Options{}); d.Result != AcrossSame || len(d.Clusters) != 1 {
		t.Errorf("%+v", d)
	}
	gone := Probed{"gone", &unreachable}
	if d := Across(append(probed[1:2:2], gone), Options{}); d.Result != AcrossIncomplete || len(d.Unreached) != 1 {
		t.Errorf("%+v", d)
	}
	if d := Across([]Probed{gone}, Options{}); d.Result != AcrossIncomplete || len(d.Clusters) != 0 {
		t.Errorf("%+v", d)
	}
	if d := Across(append(probed[:2:2], gone), Options{}); d.Result != AcrossDiffers {
		t.Errorf("%+v", d)
	}
}
