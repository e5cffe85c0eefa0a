package ct

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// The kinds of log entries. RFC 6962, Section 3.1.
const (
	x509Entry    = 0
	precertEntry = 1
)

// entry is what a log vouches for: a certificate, or what it will be but for the timestamps in it.
type entry struct {
	kind uint16
	body []byte // signed_entry of RFC 6962, Section 3.2
	err  error  // why there is no body
}

// certificateEntry is the entry of timestamps that come beside the certificate: they cover all of it.
//
//	opaque ASN.1Cert<1..2^24-1>;                      RFC 6962, Section 3.1
func certificateEntry(leaf *cert.Certificate) entry {
	return entry{kind: x509Entry, body: appendOpaque24(make([]byte, 0, 3+len(leaf.Raw)), leaf.Raw)}
}

var (
	errNoIssuer = errors.New("the certificate's issuer isn't known, whose key the log has signed too")
	errTwoLists = errors.New("the certificate has two lists of timestamps")
)

// precertificateEntry is the entry of timestamps that stand in the certificate. They were made before it could exist, for a
// precertificate that has everything but them.
//
//	struct {
//	    opaque issuer_key_hash[32];
//	    TBSCertificate tbs_certificate;
//	} PreCert;                                        RFC 6962, Section 3.2
//
// An authority may have a certificate of its own for signing precertificates. The log then replaces issuer and authority key
// identifier by those of the final certificate before it signs, and hashes the final issuer's key: so the final certificate and
// its issuer are all it takes, and nothing has to be rewritten here.
func precertificateEntry(leaf, issuer *cert.Certificate) entry {
	if issuer == nil || len(issuer.PublicKey.Raw) == 0 {
		return entry{err: errNoIssuer}
	}
	tbs, err := PrecertificateTBS(leaf)
	if err != nil {
		return entry{err: err}
	}
	hash := sha256.Sum256(issuer.PublicKey.Raw)
	body := append(make([]byte, 0, len(hash)+3+len(tbs)), hash[:]...)
	return entry{kind: precertEntry, body: appendOpaque24(body, tbs)}
}

// PrecertificateTBS returns the TBSCertificate that a log signed for the certificate: its own without the list of timestamps.
// That is cut out of the bytes as they stand; nothing is encoded again but the lengths of what enclosed it. The error says what
// makes it impossible to find. RFC 6962, Section 3.2.
func PrecertificateTBS(c *cert.Certificate) ([]byte, error) {
	var notes cert.Notes
	outer := cert.NewReader(c.RawTBS, 0, &notes)
	tbs, _ := outer.Read("tbsCertificate", cert.TagSequence)
	var wrapper cert.Element
	for inner := outer.Inside(tbs); !inner.Empty(); {
		e, _ := inner.Any("tbsCertificate")
		if e.Tag == cert.ContextConstructed(3) && wrapper.Raw == nil {
			wrapper = e
		}
	}
	wrapped := outer.Inside(wrapper)
	list, _ := wrapped.Read("extensions", cert.TagSequence)
	wrapped.End("extensions")
	found := 0
	kept := make([]byte, 0, len(list.Content))
	for inner := outer.Inside(list); !inner.Empty(); {
		x, _ := inner.Read("extension", cert.TagSequence)
		content := outer.Inside(x)
		if id, ok := content.Read("extnID", cert.TagOID); ok && cert.OID(id.Content).Is(cert.ExtSCTList) {
			found++
			continue
		}
		kept = append(kept, x.Raw...)
	}
	problems := notes.Problems()
	switch {
	case len(problems) > 0:
		return nil, fmt.Errorf("the precertificate can't be rebuilt: %w", problems[0])
	case found == 0:
		return nil, errors.New("the certificate has no list of timestamps")
	case found > 1:
		return nil, errTwoLists
	}
	// Extensions has at least one member, so without any the whole field goes. RFC 5280, Section 4.1.
	if len(kept) > 0 {
		kept = appendDER(nil, 0xa3, appendDER(nil, 0x30, kept))
	}
	from := wrapper.Off - tbs.ContentOff()
	content := make([]byte, 0, len(tbs.Content))
	content = append(content, tbs.Content[:from]...)
	content = append(content, kept...)
	content = append(content, tbs.Content[from+len(wrapper.Raw):]...)
	return appendDER(make([]byte, 0, len(content)+6), 0x30, content), nil
}

// appendDER appends an element with the length in its shortest form, as DER has it. X.690, Section 10.1.
func appendDER(b []byte, identifier byte, content []byte) []byte {
	b = append(b, identifier)
	n := len(content)
	if n < 0x80 {
		return append(append(b, byte(n)), content...)
	}
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(n))
	octets := length[:]
	for octets[0] == 0 {
		octets = octets[1:]
	}
	b = append(b, 0x80|byte(len(octets)))
	return append(append(b, octets...), content...)
}

func appendOpaque24(b, content []byte) []byte {
	n := len(content)
	return append(append(b, byte(n>>16), byte(n>>8), byte(n)), content...)
}

// appendSigned appends what the log signed.
//
//	digitally-signed struct {
//	    Version sct_version;
//	    SignatureType signature_type = certificate_timestamp;
//	    uint64 timestamp;
//	    LogEntryType entry_type;
//	    select(entry_type) { … } signed_entry;
//	    CtExtensions extensions;
//	};                                                RFC 6962, Section 3.2
func (s *SCT) appendSigned(b []byte, e entry) []byte {
	const certificateTimestamp = 0
	b = append(b, s.Version, certificateTimestamp)
	b = binary.BigEndian.AppendUint64(b, s.Timestamp)
	b = binary.BigEndian.AppendUint16(b, e.kind)
	b = append(b, e.body...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(s.Extensions)))
	return append(b, s.Extensions...)
}
