package ct

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Serialized is one timestamp as it stands in a list, in a form that can be skipped where its version isn't known.
//
//	opaque SerializedSCT<1..2^16-1>;                  RFC 6962, Section 3.3
type Serialized struct{ Raw []byte }

// List is a list of timestamps: the content of the TLS extension, and of the OCTET STRING in a certificate or OCSP response.
//
//	struct {
//	    SerializedSCT sct_list <1..2^16-1>;
//	} SignedCertificateTimestampList;                 RFC 6962, Section 3.3
type List struct{ SCTs []Serialized }

// Layout lays the list out.
func (l *List) Layout(c *wire.Codec) {
	wire.List(c, "sct_list", 2, 1, 1<<16-1, &l.SCTs, (*Serialized).layout)
}

func (s *Serialized) layout(c *wire.Codec) { c.Opaque16("serialized_sct", &s.Raw, 1, 1<<16-1) }

// SplitList splits a SignedCertificateTimestampList into its serialized timestamps, which [Parse] reads. What could be read is
// returned beside the error, which says where the list isn't what it should be. The result aliases the list.
func SplitList(list []byte) ([][]byte, error) {
	var l List
	c := wire.NewReader(list, nil, nil)
	l.Layout(c)
	c.Done()
	scts := make([][]byte, 0, len(l.SCTs))
	for _, s := range l.SCTs {
		if len(s.Raw) > 0 {
			scts = append(scts, s.Raw)
		}
	}
	if err := firstFault(c); err != nil {
		return scts, fmt.Errorf("the list of timestamps is malformed: %w", err)
	}
	return scts, nil
}

// FormatError says where bytes aren't in the form of RFC 6962.
type FormatError struct{ Diagnostic wire.Diagnostic }

func (e *FormatError) Error() string {
	d := e.Diagnostic
	return fmt.Sprintf("%s at byte %d: expected %s, found %s", d.Path, d.Off, d.Expected, d.Actual)
}

func firstFault(c *wire.Codec) error {
	if d := c.Diagnostics(); len(d) > 0 {
		return &FormatError{d[0]}
	}
	return nil
}

// UnwrapList takes a list of timestamps out of the value of the extension that carries it in a certificate
// (1.3.6.1.4.1.11129.2.4.2) or in a single response of OCSP (1.3.6.1.4.1.11129.2.4.5): an OCTET STRING. RFC 6962, Section 3.3.
// The list is what could be read, also where there is an error.
func UnwrapList(value []byte) ([]byte, error) {
	var notes cert.Notes
	r := cert.NewReader(value, 0, &notes)
	e, ok := r.Read("SignedCertificateTimestampList", cert.TagOctetString)
	r.End("SignedCertificateTimestampList")
	if problems := notes.Problems(); len(problems) > 0 {
		if !ok {
			e.Content = nil
		}
		return e.Content, problems[0]
	}
	return e.Content, nil
}
