package conn

import (
	"crypto/tls"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestWhatCannotBeOpenedIsSaidWithItsReason(t *testing.T) {
	o := overhear(t, tls.VersionTLS13, 0, 40)
	for name, c := range map[string]struct {
		secrets secretsOf
		lost    int // bytes of the server, in the middle of a record
		want    string
	}{
		"all":                 {o.secrets(t, ""), 0, ""},
		"no secrets":          {secretsOf{}, 0, "encrypted, no secrets"},
		"no secrets, a gap":   {secretsOf{}, 3, "encrypted, bytes or secrets are missing"},
		"data alone":          {o.secrets(t, "HANDSHAKE"), 0, "handshake encrypted, no secrets for it"},
		"the handshake alone": {o.secrets(t, "_TRAFFIC_SECRET_0"), 0, "not all opened, secrets are missing"},
		"a gap":               {o.secrets(t, ""), 3, "not all opened, bytes are missing"},
	} {
		_, f := o.listen(c.secrets, trace.Received, o.size(trace.Received)-3000, c.lost)
		if got := f.OpaqueWhy(); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}
