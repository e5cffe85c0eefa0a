package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// PreSharedKeys offers keys to resume or authenticate with; it is the last extension of a ClientHello.
//
//	struct {
//	    PskIdentity identities<7..2^16-1>;
//	    PskBinderEntry binders<33..2^16-1>;
//	} OfferedPsks;                                    RFC 8446, Section 4.2.11
type PreSharedKeys struct {
	Identities []PSKIdentity
	Binders    []PSKBinder
}

// PSKIdentity names a key.
type PSKIdentity struct {
	Identity            []byte
	ObfuscatedTicketAge uint32 // milliseconds plus ticket_age_add
}

// PSKBinder proves possession of a key: an HMAC over the hello up to the binders.
type PSKBinder struct{ Binder []byte }

func (x *PreSharedKeys) layout(c *wire.Codec) {
	wire.List(c, "identities", 2, 7, 1<<16-1, &x.Identities, (*PSKIdentity).layout)
	wire.List(c, "binders", 2, 33, 1<<16-1, &x.Binders, (*PSKBinder).layout)
}

func (i *PSKIdentity) layout(c *wire.Codec) {
	c.Opaque16("identity", &i.Identity, 1, 1<<16-1)
	c.U32("obfuscated_ticket_age", &i.ObfuscatedTicketAge)
}

func (b *PSKBinder) layout(c *wire.Codec) { c.Opaque8("binder", &b.Binder, 32, 255) }

// SelectedPreSharedKey is the server's choice, counted from 0. RFC 8446, Section 4.2.11.
type SelectedPreSharedKey struct {
	Identity uint16
}

func (x *SelectedPreSharedKey) layout(c *wire.Codec) { wire.U16(c, "selected_identity", &x.Identity) }
