// Package message is the handshake messages and extensions of SSL 3.0 to TLS 1.3: a struct and a
// layout for each, in a file for each.
package message

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// HeaderLen is the length of a handshake message's header: type and length.
const HeaderLen = 4

// Sender is who sends a message; some layouts differ by it.
type Sender uint8

// The senders.
const (
	UnknownSender Sender = iota
	Client
	Server
)

// Context is what some layouts depend on. The zero value knows nothing: what can't be placed then
// stays opaque.
type Context struct {
	Version        iana.Version        // negotiated, 0 while it is not
	KeyExchange    iana.KeyExchange    // of the negotiated suite, for the key exchange messages
	Authentication iana.Authentication // likewise: anonymous parameters carry no signature
	SuiteKnown     bool                // KeyExchange and Authentication mean something
	Sender         Sender
	Occurrence     int  // of this message in the session, from 1: the path's #n
	Outline        bool // a tree shows certificates as one leaf each, and of a client's extensions server_name alone
}

func (x *Context) tls13() bool { return x.Version >= iana.TLS13 }

// Message is a handshake message.
type Message interface {
	// Type is the msg_type of the header.
	Type() iana.HandshakeType
	// Name is the first step of the message's paths, in snake case: "client_hello".
	Name() string
	layout(c *wire.Codec)
}

// Decoder reads messages with one codec, which costs less than one each. It is used by one goroutine.
type Decoder struct{ codec wire.Codec }

// Decode reads one whole handshake message, header included. There always is a message: what can't
// be read is left zero, and the diagnostics say where. With a tree every field is recorded. Byte
// slices of the result alias raw. A nil context knows nothing.
func (d *Decoder) Decode(raw []byte, ctx *Context, tree *wire.Tree) (Message, []wire.Diagnostic) {
	if ctx == nil {
		ctx = &Context{}
	}
	c := &d.codec
	c.Reset(raw, ctx, tree)
	m := decode(c, raw, ctx)
	if tree == nil && len(c.Diagnostics()) > 0 {
		// Without a tree extensions go unnamed, to save time; a fault is worth a second, careful look.
		c.Reset(raw, ctx, nil)
		c.NameAll()
		m = decode(c, raw, ctx)
	}
	return m, c.Diagnostics()
}

// Decode is [Decoder.Decode] for a single message.
func Decode(raw []byte, ctx *Context, tree *wire.Tree) (Message, []wire.Diagnostic) {
	return new(Decoder).Decode(raw, ctx, tree)
}

func decode(c *wire.Codec, raw []byte, ctx *Context) Message {
	m := blank(raw, ctx)
	f := framed{m, m.Type()}
	wire.Entry(c, m.Name(), ctx.Occurrence, &f, (*framed).layout)
	c.Done()
	return m
}

// Encode writes a message with its header. The diagnostics tell of lengths that do not fit.
func Encode(m Message, ctx *Context) ([]byte, []wire.Diagnostic) {
	c := wire.NewWriter(make([]byte, 0, 512), ctx)
	f := framed{m, m.Type()}
	f.layout(c)
	return c.Bytes(), c.Diagnostics()
}

// framed is a message with its header. RFC 8446, Section 4.
type framed struct {
	m Message
	t iana.HandshakeType
}

func (f *framed) layout(c *wire.Codec) {
	wire.U8(c, "msg_type", &f.t)
	wire.Body(c, 3, 0, 1<<24-1, f, (*framed).body)
}

func (f *framed) body(c *wire.Codec) { f.m.layout(c) }

// context returns what the codec's user knows; never nil.
func context(c *wire.Codec) *Context {
	if x, ok := c.Env().(*Context); ok && x != nil {
		return x
	}
	return &Context{}
}

// IsRetry reports whether a message is a HelloRetryRequest: a ServerHello with its random. Nothing else of it is read.
func IsRetry(raw []byte) bool {
	const at = HeaderLen + 2 // behind legacy_version
	return len(raw) >= at+len(retryRandom) && iana.HandshakeType(raw[0]) == iana.ServerHello && Random(raw[at:at+len(retryRandom)]) == retryRandom
}

// blank returns the empty struct that raw's header and the context call for.
func blank(raw []byte, ctx *Context) Message {
	if len(raw) == 0 {
		return &Unknown{}
	}
	t := iana.HandshakeType(raw[0])
	if IsRetry(raw) {
		return &ServerHello{Random: retryRandom}
	}
	for i := range kinds {
		if k := &kinds[i]; k.of == t && k.fits(ctx) {
			return k.blank()
		}
	}
	return &Unknown{MsgType: t}
}

// kind is one row of the table of messages. A version-bound layout needs the version to be known.
type kind struct {
	of       iana.HandshakeType
	min, max iana.Version // 0, 0: any, known or not
	blank    func() Message
}

func (k *kind) fits(ctx *Context) bool {
	return k.max == 0 || ctx.Version != 0 && k.min <= ctx.Version && ctx.Version <= k.max
}

var kinds = [...]kind{
	{iana.HelloRequest, 0, 0, func() Message { return &HelloRequest{} }},
	{iana.ClientHello, 0, 0, func() Message { return &ClientHello{} }},
	{iana.ServerHello, 0, 0, func() Message { return &ServerHello{} }},
	{iana.NewSessionTicket, 0, iana.TLS12, func() Message { return &NewSessionTicket12{} }},
	{iana.NewSessionTicket, iana.TLS13, 0xffff, func() Message { return &NewSessionTicket{} }},
	{iana.EndOfEarlyData, 0, 0, func() Message { return &EndOfEarlyData{} }},
	{iana.EncryptedExtensions, 0, 0, func() Message { return &EncryptedExtensions{} }},
	{iana.Certificate, 0, 0xffff, func() Message { return &Certificate{} }},
	{iana.ServerKeyExchange, 0, 0xffff, func() Message { return &ServerKeyExchange{} }},
	{iana.CertificateRequest, 0, iana.TLS12, func() Message { return &CertificateRequest12{} }},
	{iana.CertificateRequest, iana.TLS13, 0xffff, func() Message { return &CertificateRequest{} }},
	{iana.ServerHelloDone, 0, 0, func() Message { return &ServerHelloDone{} }},
	{iana.CertificateVerify, 0, 0xffff, func() Message { return &CertificateVerify{} }},
	{iana.ClientKeyExchange, 0, 0xffff, func() Message { return &ClientKeyExchange{} }},
	{iana.Finished, 0, 0, func() Message { return &Finished{} }},
	{iana.CertificateStatus, 0, 0, func() Message { return &CertificateStatus{} }},
	{iana.KeyUpdate, 0, 0, func() Message { return &KeyUpdate{} }},
	{iana.CompressedCertificate, 0, 0, func() Message { return &CompressedCertificate{} }},
}

// Unknown is a message that has no layout here, or none while the context is missing.
type Unknown struct {
	MsgType iana.HandshakeType
	Body    []byte
}

// Type implements Message.
func (m *Unknown) Type() iana.HandshakeType { return m.MsgType }

// Name implements Message: the registry's name, or the number.
func (m *Unknown) Name() string {
	if n := m.MsgType.Name(); n != "" {
		return n
	}
	return fmt.Sprintf("handshake_%d", m.MsgType)
}

func (m *Unknown) layout(c *wire.Codec) { c.Rest("body", &m.Body) }
