package ct

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// LogID names a log: the SHA-256 of its key's SubjectPublicKeyInfo. RFC 6962, Section 3.2.
type LogID [32]byte

// String returns the identifier in lower-case hexadecimal.
func (id LogID) String() string { return hex.EncodeToString(id[:]) }

// v1 is the version of RFC 6962, the only one there is in this form.
const v1 = 0

// SCT is a signed certificate timestamp: a log's promise to publish a certificate.
//
//	struct {
//	    Version sct_version;
//	    LogID id;
//	    uint64 timestamp;
//	    CtExtensions extensions;
//	    digitally-signed struct { … };
//	} SignedCertificateTimestamp;                     RFC 6962, Section 3.2
//
// What is signed is not sent but for these fields; a digitally-signed struct is SignatureAndHashAlgorithm and
// opaque signature<0..2^16-1>. RFC 5246, Section 4.7.
type SCT struct {
	Version    uint8
	LogID      LogID
	Timestamp  uint64 // milliseconds since 1970, leap seconds not counted
	Extensions []byte // see [SCT.ParseExtensions]
	Scheme     iana.SignatureScheme
	Signature  []byte
}

func (s *SCT) layout(c *wire.Codec) {
	wire.U8(c, "sct_version", &s.Version)
	c.Fixed("id", s.LogID[:])
	c.U64("timestamp", &s.Timestamp)
	c.Opaque16("extensions", &s.Extensions, 0, 1<<16-1)
	wire.U16(c, "algorithm", &s.Scheme)
	c.Opaque16("signature", &s.Signature, 0, 1<<16-1)
}

// ErrVersion is the error for a timestamp of a version that isn't known, which clients skip. RFC 6962, Section 3.3.
var ErrVersion = errors.New("the timestamp is of a version that isn't known")

// Parse reads one serialized timestamp. The error is [ErrVersion], wrapped with the version, or says where the timestamp is
// malformed; what could be read is returned all the same. The result aliases the input.
func Parse(raw []byte) (SCT, error) {
	var s SCT
	if len(raw) > 0 && raw[0] != v1 {
		s.Version = raw[0]
		return s, fmt.Errorf("%w: %d", ErrVersion, raw[0])
	}
	c := wire.NewReader(raw, nil, nil)
	s.layout(c)
	c.Done()
	if err := firstFault(c); err != nil {
		return s, fmt.Errorf("the timestamp is malformed: %w", err)
	}
	return s, nil
}

// maxMillis is the last millisecond of the year 9999, beyond which times have no RFC 3339 form.
const maxMillis = 253402300799999

// Time returns the time of the timestamp in UTC; one beyond the year 9999 is the end of that.
func (s *SCT) Time() time.Time { return time.UnixMilli(int64(min(s.Timestamp, maxMillis))).UTC() }

// extLeafIndex is the type of the extension that says where the entry is in a tiled log.
// c2sp.org/static-ct-api, SCT Extension.
const extLeafIndex = 0

// Extension is one extension of a timestamp, in the form that tiled logs gave to RFC 6962's opaque bytes.
//
//	struct {
//	    ExtensionType extension_type;
//	    opaque extension_data<0..2^16-1>;
//	} Extension;                                      c2sp.org/static-ct-api, SCT Extension
type Extension struct {
	Type uint8
	Data []byte
}

func (x *Extension) layout(c *wire.Codec) {
	wire.U8(c, "extension_type", &x.Type)
	c.Opaque16("extension_data", &x.Data, 0, 1<<16-1)
}

// ParseExtensions reads the extensions as tiled logs write them. Other logs may put anything there: RFC 6962 leaves it open, so
// an error doesn't make the timestamp wrong.
func (s *SCT) ParseExtensions() ([]Extension, error) {
	if len(s.Extensions) == 0 {
		return nil, nil
	}
	var list []Extension
	c := wire.NewReader(s.Extensions, nil, nil)
	wire.Items(c, &list, (*Extension).layout)
	c.Done()
	if err := firstFault(c); err != nil {
		return nil, fmt.Errorf("the extensions aren't in the form of static-ct-api: %w", err)
	}
	return list, nil
}

// LeafIndex returns the place of the entry in a tiled log: the 40-bit number of the extension leaf_index. It is false if there
// is none, or two, or one of another size.
func (s *SCT) LeafIndex() (uint64, bool) {
	list, err := s.ParseExtensions()
	if err != nil {
		return 0, false
	}
	index, found := uint64(0), false
	for _, x := range list {
		if x.Type != extLeafIndex {
			continue
		}
		if found || len(x.Data) != 5 {
			return 0, false
		}
		found = true
		for _, b := range x.Data {
			index = index<<8 | uint64(b)
		}
	}
	return index, found
}
