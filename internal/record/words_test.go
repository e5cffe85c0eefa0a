package record

import (
	"errors"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestEveryErrorSaysWhatIsWrongAndWhere(t *testing.T) {
	for k := TooShort; k <= BadPad; k++ {
		e := &Error{Kind: k, Expected: 17, Actual: 42}
		text := e.Error()
		if strings.Contains(text, "record error") || strings.ToLower(text[:1]) != text[:1] || strings.HasSuffix(text, ".") {
			t.Errorf("kind %d: %q", k, text)
		}
		if e.Ref() == "" || e.Alert() == 0 || !errors.Is(e, k) {
			t.Errorf("kind %d: section %q, alert %d", k, e.Ref(), e.Alert())
		}
	}
	if got := (&Error{Kind: TooLong, Expected: 17, Actual: 42}).Error(); got != "record too long: 42 bytes, at most 17 allowed" {
		t.Errorf("%q", got)
	}
	if got := (&UnsupportedError{Version: iana.TLS12, Cipher: iana.CipherSEED}).Error(); !strings.Contains(got, "not supported") {
		t.Errorf("%q", got)
	}
}

func TestEveryAnomalyNamesItsBytesOfTheHeader(t *testing.T) {
	for _, c := range []struct {
		anomaly Anomaly
		span    Range
		text    string
	}{
		{Anomaly{Kind: UnknownType, Actual: 99}, Range{0, 1}, "unknown content type 99"},
		{Anomaly{Kind: OddVersion, Actual: 0x0304}, Range{1, 2}, "record version 0x0304"},
		{Anomaly{Kind: ZeroLength}, Range{3, 2}, "empty record"},
		{Anomaly{Kind: OverLong, Actual: 9, Limit: 8}, Range{3, 2}, "record of 9 bytes, at most 8 allowed"},
	} {
		if c.anomaly.Span() != c.span || c.anomaly.String() != c.text {
			t.Errorf("%v: %q", c.anomaly.Span(), c.anomaly.String())
		}
	}
}

func TestLimitOfTheFramerChangesWithTheKeys(t *testing.T) {
	f := NewFramer(MaxPlaintext, false)
	f.SetLimit(MaxProtected(iana.TLS12, MaxPlaintext))
	stream := append(Header{Type: iana.ApplicationData, Version: iana.TLS12, Length: MaxCiphertext}.Append(nil), make([]byte, MaxCiphertext)...)
	if got := frame(f, stream, 1000); len(got) != 1 || got[0].Anomalies != nil || f.Err() != nil {
		t.Errorf("%d records, %v", len(got), f.Err())
	}
}

func TestProtocolsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for p := ProtocolUnknown; p <= ProtocolRedis; p++ {
		if seen[p.String()] {
			t.Errorf("%q twice", p)
		}
		seen[p.String()] = true
	}
	if Protocol(200).String() != "unknown" {
		t.Error("a protocol that there isn't has a name")
	}
}
