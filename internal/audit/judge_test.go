package audit

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// judged are documents for the findings, and what is right in the place of what is wrong.
var judged = []struct {
	id          finding.ID
	wrong, fine Document
}{
	{finding.EndpointVersionForbidden, speaks(iana.SSL30), speaks(iana.TLS12)},
	{finding.EndpointVersionDeprecated, speaks(iana.TLS11), speaks(iana.TLS13)},
	{finding.EndpointSuiteForbidden, Document{Protocols: []Protocol{{Version: trace.CodeOf(iana.TLS12), Suites: []Suite{{Suite: trace.CodeOf(iana.TLS_RSA_WITH_NULL_SHA), Strength: Broken}}}}},
		Document{Protocols: []Protocol{{Version: trace.CodeOf(iana.TLS12), Suites: []Suite{{Strength: Weak}}}}}},
	{finding.EndpointDHWeak, Document{DH: []DHParameters{{Bits: 2047}}}, Document{DH: []DHParameters{{Bits: 2048}}}},
	{finding.EndpointDHModulus, Document{DH: []DHParameters{{Bits: 2048, Prime: "composite"}}}, Document{DH: []DHParameters{{Bits: 2048, Prime: "prime"}}}},
	{finding.EndpointKeyReuse, answered("key_exchange.reuse", Yes, ""), answered("key_exchange.reuse", No, "")},
	{finding.EndpointHybridPassedOver, picks(1, iana.X25519), picks(1, iana.X25519MLKEM768)},
	{finding.EndpointHybridPassedOver, picks(1, iana.X25519), picks(3, iana.X25519)},
	{finding.EndpointDowngradeSentinel, answered("robust.downgrade_sentinel", No, ""), answered("robust.downgrade_sentinel", Skip, "")},
	{finding.EndpointIntolerant, answered("robust.grease", No, ""), answered("robust.grease", Unknown, "")},
	{finding.EndpointCompression, answered("compression", Yes, ""), answered("compression", No, "")},
	{finding.EndpointChoiceNotOffered, answered("suites.tls1.2", Unknown, "it chose the suite X, which was not offered"), answered("suites.tls1.2", Unknown, "no answer in time")},
	{finding.EndpointRenegotiationInfo, answered("extension.renegotiation_info", No, ""), answered("extension.renegotiation_info", Yes, "")},
	{finding.EndpointCertificateRefused, Document{Certificates: []Certificate{{Verdict: "reject"}}}, Document{Certificates: []Certificate{{Verdict: "inconclusive"}}}},
}

func speaks(v iana.Version) Document {
	return Document{Protocols: []Protocol{{Version: trace.CodeOf(v), Support: yesAt(1)}}}
}

func answered(id string, s Status, reason string) Document {
	return Document{Questions: []Question{{ID: id, Answer: Answer{Status: s, Reason: reason}}}}
}

func picks(row int, g iana.Group) Document {
	d := Document{PostQuantum: make([]HybridRow, len(hybridOffers))}
	d.PostQuantum[row] = HybridRow{savesTrip: hybridOffers[row].picksOtherOverRoundTrips, Groups: []Code{{Name: "first"}}, Picked: trace.CodeOf(g)}
	return d
}

func TestEveryFindingOnAnEndpointHasACaseThatIsWrongAndOneThatIsFine(t *testing.T) {
	seen := map[string]bool{}
	has := func(d *Document, id finding.ID) bool {
		for _, f := range new(enumeration).judge(d) {
			if f.ID == string(id) {
				return f.Ref != "" && f.Fix != "" && f.Expected+f.Actual != ""
			}
		}
		return false
	}
	for _, c := range judged {
		seen[string(c.id)] = true
		if !has(&c.wrong, c.id) || has(&c.fine, c.id) {
			t.Errorf("%s: wrong %t, fine %t", c.id, has(&c.wrong, c.id), has(&c.fine, c.id))
		}
	}
	for _, row := range finding.Checks() {
		if strings.HasPrefix(string(row.ID), "endpoint.") && !seen[string(row.ID)] {
			t.Errorf("%s has no case", row.ID)
		}
	}
}

func TestQuestionsAreEachAskedOnceAndSayHow(t *testing.T) {
	seen := map[string]bool{}
	for _, q := range questions() {
		if seen[q.id] || q.what == "" || q.how == "" || (q.answer == nil) != (q.cannot != "") {
			t.Errorf("%+v", q)
		}
		seen[q.id] = true
	}
	for _, row := range questionFindings {
		if !seen[row.question] {
			t.Errorf("nobody asks %s", row.question)
		}
	}
}

func TestSSL2IsToldFromAlertsAndNoise(t *testing.T) {
	for name, c := range map[string]struct {
		says string
		want outcome
		shut bool
	}{
		"a SERVER-HELLO":         {"\x80\x20\x04\x00\x01\x00\x02\x00\x00\x00", accepted, false},
		"one of another version": {"\x80\x20\x04\x00\x01\x03\x00\x00\x00\x00", ambiguous, false},
		"an alert":               {"\x15\x03\x01\x00\x02\x02\x46", refused, false},
		"an error":               {"\x80\x03\x00\x00\x01", refused, false},
		"nothing":                {"", ambiguous, true},
		"two bytes":              {"\x80\x20", ambiguous, false},
		"HTTP":                   {"HTTP/1.1 400 Bad Request", ambiguous, false},
	} {
		if got, _ := judgeSSL2(strings.NewReader(c.says)); got.outcome != c.want || got.closed != c.shut {
			t.Errorf("%s: %+v", name, got)
		}
	}
	hello := ssl2Hello(make([]byte, ssl2Challenge))
	// RFC 5246, Appendix E.2, has the layout: length, type, version, and the lengths of the three lists.
	if want := []byte{0x80, 46, 1, 0, 2, 0, 21, 0, 0, 0, 16}; !bytes.Equal(hello[:11], want) || len(hello) != 2+46 {
		t.Errorf("% x", hello)
	}
}

func TestKeysThatComeAgainAreReused(t *testing.T) {
	for name, c := range map[string]struct {
		seen map[iana.Group]map[string]int
		want Status
	}{
		"never":          {map[iana.Group]map[string]int{iana.X25519: {"a": 1, "b": 1}}, No},
		"again":          {map[iana.Group]map[string]int{iana.X25519: {"a": 2}}, Yes},
		"DHE again":      {map[iana.Group]map[string]int{finiteField: {"a": 1, "b": 3}, iana.X25519: {"c": 1}}, Yes},
		"one of a group": {map[iana.Group]map[string]int{iana.X25519: {"a": 1}, iana.Secp256r1: {"a": 1}}, Skip},
	} {
		got, _ := (&enumeration{server: &server{publics: c.seen}}).reuse()
		if got.Status != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWhatRestsOnClosedConnectionsIsUnknownOfAnUnreliableServer(t *testing.T) {
	for _, c := range []struct {
		closed     bool
		unreliable string
		want       Status
	}{{true, "it closes the connection", Unknown}, {true, "", No}, {false, "it closes the connection", No}} {
		a := noFrom(&answer{outcome: refused, closed: c.closed, reason: "it closes the connection"})
		if a.settle(c.unreliable); a.Status != c.want {
			t.Errorf("%+v: %+v", c, a)
		}
	}
}
