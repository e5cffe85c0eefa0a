package record

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// AnomalyKind is what can be odd about a record's header.
type AnomalyKind uint8

// The anomalies of a header.
const (
	// UnknownType: the content type is none of those TLS defines. RFC 8446, Section 5.
	UnknownType AnomalyKind = iota + 1
	// OddVersion: the version is not 0x0300 to 0x0303. A record never says 0x0304. RFC 8446, Section 5.1.
	OddVersion
	// ZeroLength: the record is empty. Application data may be; handshake, alert and
	// change_cipher_spec must not. RFC 8446, Section 5.1; RFC 5246, Section 6.2.1.
	ZeroLength
	// OverLong: the length is above the limit in force. RFC 8446, Sections 5.1 and 5.2.
	OverLong
)

// Anomaly is one odd thing about a header.
type Anomaly struct {
	Kind   AnomalyKind
	Actual int // the value found
	Limit  int // OverLong: the limit it is above
}

// Span returns the bytes of the header that the anomaly is about.
func (a Anomaly) Span() Range {
	switch a.Kind {
	case UnknownType:
		return Range{0, 1}
	case OddVersion:
		return Range{1, 2}
	default:
		return Range{3, 2}
	}
}

// String says in one line what is odd.
func (a Anomaly) String() string {
	switch a.Kind {
	case UnknownType:
		return fmt.Sprintf("unknown content type %d", a.Actual)
	case OddVersion:
		return fmt.Sprintf("record version %#04x", a.Actual)
	case ZeroLength:
		return "empty record"
	case OverLong:
		return fmt.Sprintf("record of %d bytes, at most %d allowed", a.Actual, a.Limit)
	}
	return fmt.Sprintf("anomaly %d", a.Kind)
}

// Anomalies returns what is odd about the header, given the greatest length allowed in bytes;
// nil where nothing is.
func (h Header) Anomalies(limit int) []Anomaly {
	var out []Anomaly
	if h.Type < iana.ChangeCipherSpec || h.Type > iana.Heartbeat {
		out = append(out, Anomaly{Kind: UnknownType, Actual: int(h.Type)})
	}
	if h.Version < iana.SSL30 || h.Version > iana.TLS12 {
		out = append(out, Anomaly{Kind: OddVersion, Actual: int(h.Version)})
	}
	if h.Length == 0 {
		out = append(out, Anomaly{Kind: ZeroLength})
	}
	if h.Length > limit {
		out = append(out, Anomaly{Kind: OverLong, Actual: h.Length, Limit: limit})
	}
	return out
}
