package handshake

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
)

// RFC 6961, Section 2.2: the responses of a list are in the order of the certificates, empty where there is none. RFC 8446, Section
// 4.4.2.1: each certificate has its own.
func TestStaplesBelongToTheCertificateThatTheyCameWith(t *testing.T) {
	der := func(s string) message.OCSPResponse { return message.OCSPResponse{DER: []byte(s)} }
	list := &message.CertificateStatus{StatusType: message.StatusOCSPMulti, Responses: []message.OCSPResponse{der("a"), {}, der("c"), der("d")}}
	one := &message.CertificateStatus{StatusType: message.StatusOCSP, Response: []byte("b")}
	for name, c := range map[string]struct {
		come func(s *serverFlight)
		want []string
	}{
		"a list":                   {func(s *serverFlight) { s.staple(0, list) }, []string{"a", "", "c"}},
		"one":                      {func(s *serverFlight) { s.staple(0, one) }, []string{"b"}},
		"one of the second":        {func(s *serverFlight) { s.staple(1, one) }, []string{"", "b"}},
		"a list and the second":    {func(s *serverFlight) { s.staple(0, list); s.staple(1, one) }, []string{"a", "b", "c"}},
		"of none that was sent":    {func(s *serverFlight) { s.staple(7, one) }, nil},
		"of another type than any": {func(s *serverFlight) { s.staple(0, &message.CertificateStatus{StatusType: 9, Other: []byte("x")}) }, nil},
	} {
		s := serverFlight{chain: [][]byte{{1}, {2}, {3}}}
		c.come(&s)
		if len(s.staples) != len(c.want) {
			t.Errorf("%s: %q", name, s.staples)
			continue
		}
		for i := range c.want {
			if string(s.staples[i]) != c.want[i] {
				t.Errorf("%s: %q", name, s.staples)
			}
		}
	}
}
