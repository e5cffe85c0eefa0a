package iana

// GroupKind is the kind of mathematics a group is.
type GroupKind uint8

// The kinds of groups.
const (
	GroupUnknown  GroupKind = iota
	GroupECDH               // elliptic curve, shares are uncompressed points: RFC 8446, Section 4.2.8.2
	GroupXDH                // X25519 and X448: RFC 7748
	GroupFFDHE              // finite field: RFC 7919
	GroupKEM                // key encapsulation: the server's share is a ciphertext
	GroupHybrid             // several of the others, their shares one behind the other
	GroupGOST               // GOST R 34.10-2012 curves: RFC 9189, RFC 9367
	GroupExplicit           // explicit curve parameters, before TLS 1.3: RFC 4492
)

// String is a word for the kind: "ECDH", "XDH", "FFDHE", "KEM", "hybrid".
func (k GroupKind) String() string { return textOf(groupKindTexts[:], k) }

var groupKindTexts = [...]string{"unknown", "ECDH", "XDH", "FFDHE", "KEM", "hybrid", "GOST", "explicit"}

// GroupInfo is what a group is made of.
type GroupInfo struct {
	Kind           GroupKind
	Strength       int // classical security in bits; of a hybrid, that of its classical part
	PQCategory     int // security category of NIST (1, 3, 5); 0 where a quantum computer breaks it
	ClientShareLen int // length in bytes of the client's key_exchange; 0 where it is not known
	ServerShareLen int // length in bytes of the server's key_exchange; 0 where it is not known
	Parts          []GroupPart
}

// GroupPart is a part of a hybrid; the parts are in the order of their shares on the wire.
type GroupPart struct {
	Group          Group
	ClientShareLen int
	ServerShareLen int
}

type groupDetail struct {
	info    GroupInfo
	aliases string // comma-separated; the first is what OpenSSL calls it
}

// Info tells what the group is made of, and whether it is known at all. Parts is shared and must
// not be changed.
func (v Group) Info() (GroupInfo, bool) {
	if i := table(groupTable[:]).index(uint16(v)); i >= 0 {
		return groupDetails[i].info, true
	}
	return GroupInfo{}, false
}

// OpenSSLName is the name that OpenSSL prints for the group, or "".
func (v Group) OpenSSLName() string {
	if i := table(groupTable[:]).index(uint16(v)); i >= 0 {
		return firstAlias(groupDetails[i].aliases)
	}
	return ""
}
