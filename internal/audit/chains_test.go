package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
)

func TestChainsThatAreCutAreNotCalledAll(t *testing.T) {
	e := &enumeration{server: &server{}}
	for i := range maxChains + 1 {
		chain := &message.Certificate{List: []message.CertificateEntry{{Cert: []byte{byte(i)}}}}
		e.features.chains = append(e.features.chains, chainFacts{asked: "TLS 1.3 RSA", answer: answer{chain: chain, connection: 1}})
	}
	a, _ := e.certificateAnswer()
	if a.Status != Unknown || !strings.Contains(a.Reason, "17 chains, of which 16 are listed") || len(e.certificates()) != maxChains {
		t.Errorf("%+v, and %d certificates", a, len(e.certificates()))
	}
	e.features.chains = slices.Delete(e.features.chains, 0, 1)
	if a, _ := e.certificateAnswer(); a.Status != Yes {
		t.Errorf("%+v", a)
	}
}
