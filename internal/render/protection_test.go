package render

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestDataThatIsNotKeptIsShownAsEncryptedAllTheSame(t *testing.T) {
	s := newScript("server")
	s.t.Buffers = []*trace.Buffer{{ID: 0, Kind: trace.BufferStream}, {ID: 1, Kind: trace.BufferStream}}
	s.t.Summary.Version = trace.CodeOf(iana.TLS13)
	s.install("read", "application")
	s.install("write", "application")
	s.event(&trace.Event{Dir: trace.Received, Layer: trace.LayerData, Kind: "application_data", Detail: &trace.Data{Length: 64144000}})
	raw := message.Alert{Level: iana.Warning, Description: iana.AlertCloseNotify}.Encode()
	s.event(&trace.Event{Dir: trace.Sent, Layer: trace.LayerAlert, Kind: "alert", Buf: s.buffer(trace.BufferMessage, raw, trace.Span{Len: 2})})
	got := shown(t, s.t, Options{})
	if !strings.Contains(got, "◀═  64 MB  ApplicationData") || !strings.Contains(got, "═▶      2  Alert") {
		t.Error(got)
	}
}

func TestBytesAlwaysFitTheirColumn(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 999999: "999999", 1000000: "1.0 MB", 9949999: "9.9 MB", 9950000: "10 MB", 999499999: "999 MB", 999500000: "1.0 GB", 64144000000: "64 GB",
		1<<63 - 1: "9223 PB",
	} {
		if got := bytesText(n); got != want || len(got) > bytesColumn+1 {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestANullCipherIsShownByOneShaft(t *testing.T) {
	const withNullSHA256 = iana.CipherSuite(0x003b) // RFC 5246, Appendix A.5
	tr, _ := tls12(t, pkix.Name{CommonName: "peer"}, &tls.Config{ServerName: "peer.example"}, &tls.Config{})
	s := newScript("peer.example")
	s.t, s.now = tr, 0
	s.install("read", "")
	s.data(trace.Received, "hello")
	if got := shown(t, tr, Options{}); !strings.Contains(got, "◀═") || !strings.Contains(got, "protected from here on") {
		t.Fatalf("the suite of crypto/tls encrypts:\n%s", got)
	}
	tr.Summary.CipherSuite = trace.CodeOf(withNullSHA256)
	got := shown(t, tr, Options{})
	if strings.Contains(got, "◀═") || !strings.Contains(got, "authenticated, not encrypted, from here on") || strings.Contains(got, "protected") {
		t.Error(got)
	}
	if got := shown(t, tr, Options{Verbosity: 2}); strings.Contains(got, "◀═") || !strings.Contains(got, "authenticated, not encrypted, by the keys") {
		t.Error(got)
	}
}
