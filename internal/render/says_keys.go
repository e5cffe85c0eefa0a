package render

import (
	"bytes"
	"fmt"
	"math/bits"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func saysServerKeyExchange(_ *view, m trace.Fields) []string {
	p := m.At("params")
	what := ""
	switch {
	case p.At("named_curve").OK():
		what = name(p.At("named_curve")) + " " + sizeOf(p.At("public"))
	case p.At("dh_p").OK():
		what = fmt.Sprintf("DH %d bits", bitLen(p.At("dh_p").Bytes()))
	case p.At("rsa_modulus").OK():
		what = fmt.Sprintf("RSA export %d bits", bitLen(p.At("rsa_modulus").Bytes()))
	case p.At("curve_type").OK():
		what = name(p.At("curve_type"))
	case m.At("psk_identity_hint").OK():
		what = "PSK hint " + sizeOf(m.At("psk_identity_hint"))
	}
	return []string{sentence(what, name(m.At("algorithm")))}
}

// bitLen is the length of a big-endian number in bits.
func bitLen(b []byte) int {
	b = bytes.TrimLeft(b, "\x00")
	if len(b) == 0 {
		return 0
	}
	return 8*(len(b)-1) + bits.Len8(b[0])
}

func saysClientKeyExchange(_ *view, m trace.Fields) []string {
	identity := ""
	if id := m.At("psk_identity"); id.OK() {
		identity = "PSK identity " + sizeOf(id)
	}
	what := ""
	switch {
	case m.At("ecdh_yc").OK():
		what = "public value " + sizeOf(m.At("ecdh_yc"))
	case m.At("dh_yc").OK():
		what = "public value " + sizeOf(m.At("dh_yc"))
	case m.At("encrypted_pre_master_secret").OK():
		what = "premaster secret encrypted for the server's key, " + sizeOf(m.At("encrypted_pre_master_secret"))
	}
	return []string{sentence(identity, what)}
}

func saysNewSessionTicket(_ *view, m trace.Fields) []string {
	if hint := m.At("ticket_lifetime_hint"); hint.OK() {
		if num(hint) == 0 {
			return []string{"lifetime not said"}
		}
		return []string{lifetime(num(hint))}
	}
	early := "no early data"
	if limit := m.At("extensions", "early_data", "max_early_data_size"); limit.OK() {
		early = fmt.Sprintf("early data up to %dB", num(limit))
	}
	return []string{sentence(lifetime(num(m.At("ticket_lifetime"))), early)}
}

func saysKeyUpdate(_ *view, m trace.Fields) []string {
	switch num(m.At("request_update")) {
	case 0:
		return []string{"next traffic key"}
	case 1:
		return []string{"next traffic key · asks for ours"}
	}
	return []string{"request_update " + name(m.At("request_update"))}
}

func saysHelloRequest(*view, trace.Fields) []string { return []string{"asks to renegotiate"} }
