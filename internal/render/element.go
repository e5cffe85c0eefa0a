package render

import (
	"net/netip"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// The tags of DER elements that are read out. X.690, Section 8; RFC 5280, Section 4.2.1.6 for the names.
const (
	tagBoolean         = 0x01
	tagBitString       = 0x03
	tagOID             = 0x06
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagIPAddress       = 0x87
	tagRegisteredID    = 0x88
)

// element returns what a primitive element of DER means, by the tag in its header, where that is more than its bytes say: the
// name of an object identifier, a time, an address, the usages of a key. It reports false for all else.
func (f field) element() (string, bool) {
	if f.isLeaf() || f.tree.Nodes[f.i+1].Name != "header" {
		return "", false
	}
	head, parts := f.at(f.i+1), f.parts()
	b := head.bytes()
	if !head.isLeaf() || len(b) == 0 || len(parts) == 0 || !parts[len(parts)-1].isLeaf() {
		return "", false
	}
	value := parts[len(parts)-1].bytes()
	if b[0] == tagBitString && f.node().Name == "usages" && len(parts) == 2 {
		return keyUsages(value), true
	}
	if len(parts) != 1 {
		return "", false
	}
	switch b[0] {
	case tagBoolean:
		return boolean(value)
	case tagOID:
		return cert.OID(value).Label(), true
	case tagUTCTime, tagGeneralizedTime:
		return timeText(append(b[:len(b):len(b)], value...))
	case tagIPAddress:
		return f.address(value)
	case tagRegisteredID:
		return cert.OID(value).Label(), f.node().Name == "registered_id"
	}
	return "", false
}

func boolean(b []byte) (string, bool) {
	switch {
	case len(b) != 1:
		return "", false
	case b[0] == 0:
		return "FALSE", true
	case b[0] == 0xff:
		return "TRUE", true
	}
	return "", false // DER has no other TRUE: X.690, Section 11.1
}

// keyUsages are the names of the bits of a KeyUsage, the first the most significant. RFC 5280, Section 4.2.1.3.
func keyUsages(b []byte) string {
	var usage cert.KeyUsage
	for i := range min(9, 8*len(b)) {
		if b[i/8]&(0x80>>(i%8)) != 0 {
			usage |= 1 << i
		}
	}
	if usage == 0 {
		return "none"
	}
	return usage.String()
}

// timeText reads an element that is a time.
func timeText(der []byte) (string, bool) {
	var notes cert.Notes
	r := cert.NewReader(der, 0, &notes)
	t := cert.ParseTime(&r, "time")
	if t.Time.IsZero() {
		return "", false
	}
	return t.Time.UTC().Format(time.RFC3339), true
}

// address reads an iPAddress: in a name constraint it is one with its mask.
func (f field) address(b []byte) (string, bool) {
	switch f.node().Name {
	case "ip_address", "subtree", "base":
	default:
		return "", false
	}
	if a, ok := netip.AddrFromSlice(b); ok {
		return a.String(), true
	}
	subnet, ok := (cert.GeneralName{Kind: cert.IPAddress, Value: b}).Subnet()
	return subnet.String(), ok
}
