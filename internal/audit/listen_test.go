package audit

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestACertificateCompressedAsNobodyOfferedIsNoAnswer(t *testing.T) {
	hello := &message.ClientHello{}
	for _, offered := range []bool{false, true} {
		if offered {
			extend(iana.ExtCompressCertificate, &message.CompressCertificate{Algorithms: []iana.CompressionAlgorithm{1}})(hello)
		}
		for algorithm, fine := range map[iana.CompressionAlgorithm]bool{1: offered, 2: false} {
			l := listener{ask: &ask{until: untilFlight}, editor: &editor{sent: hello}}
			if !l.hear(&message.CompressedCertificate{Algorithm: algorithm}, true) || (l.wrong == "") != fine {
				t.Errorf("offered %t, %v: %q", offered, algorithm, l.wrong)
			}
			if !fine && !strings.Contains(l.wrong, notOffered) {
				t.Errorf("%q makes no finding", l.wrong)
			}
		}
	}
}
