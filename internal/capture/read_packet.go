package capture

import (
	"encoding/binary"
	"net/netip"
)

// LinkType says what a packet begins with: the registry of https://www.tcpdump.org/linktypes.html.
type LinkType uint16

// The link types that are read.
const (
	LinkNull     LinkType = 0   // BSD loopback: the address family in the byte order of the machine
	LinkEthernet LinkType = 1   //
	LinkRaw12    LinkType = 12  // raw IP, as some systems number it
	LinkRaw14    LinkType = 14  // likewise
	LinkRaw      LinkType = 101 // raw IP
	LinkLoop     LinkType = 108 // OpenBSD loopback: the address family in network byte order
	LinkCooked   LinkType = 113 // Linux "cooked", version 1
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkCooked2  LinkType = 276 // Linux "cooked", version 2
)

// The protocols of a link layer that lead on.
const (
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
	etherVLAN   = 0x8100 // IEEE 802.1Q
	etherQinQ   = 0x88a8 // IEEE 802.1ad
	etherQinQ91 = 0x9100 // as it was before
)

// maxTags bounds how many VLAN tags, and how many extension headers of IPv6, are followed.
const (
	maxTags    = 8
	maxHeaders = 16
)

// verdict is what became of a packet.
type verdict uint8

const (
	isTCP       verdict = iota
	isOther             // not TCP over IP
	isFragment          // of an IP packet: those are not put together
	isMalformed         // its headers are cut or contradict each other
	isForeign           // of a link layer that is not read
)

// segment is one TCP segment.
type segment struct {
	from, to netip.AddrPort
	seq, ack uint32
	flags    uint8
	data     []byte
	cut      int // bytes of data that were not captured
}

// The flags of a segment. RFC 9293, Section 3.1.
const (
	flagFIN = 1 << 0
	flagSYN = 1 << 1
	flagRST = 1 << 2
	flagACK = 1 << 4
)

// parse finds the TCP segment of a packet.
func (s *segment) parse(p *Packet) verdict {
	b, ok := network(p.Link, p.Data)
	if !ok {
		return isForeign
	}
	if len(b) == 0 {
		return isOther
	}
	switch b[0] >> 4 {
	case 4:
		return s.ipv4(b)
	case 6:
		return s.ipv6(b)
	}
	return isOther
}

// network returns what follows the link layer, empty where that is not IP; ok is false for a link type that is not read.
func network(link LinkType, b []byte) (ip []byte, ok bool) {
	switch link {
	case LinkRaw, LinkRaw12, LinkRaw14, LinkIPv4, LinkIPv6:
		return b, true
	case LinkNull, LinkLoop: // the version of IP says what the family would
		return b[min(4, len(b)):], true
	case LinkEthernet:
		return tagged(b, 12), true
	case LinkCooked:
		return tagged(b, 14), true
	case LinkCooked2:
		if len(b) < 20 {
			return nil, true
		}
		if kind := binary.BigEndian.Uint16(b); kind == etherVLAN || kind == etherQinQ {
			return tagged(b[20:], 2), true // the tag stands behind the header
		}
		return after(binary.BigEndian.Uint16(b), b[20:]), true
	}
	return nil, false
}

// tagged returns what follows the protocol at an offset, and any VLAN tags behind it.
func tagged(b []byte, at int) []byte {
	for range maxTags {
		if len(b) < at+2 {
			return nil
		}
		kind := binary.BigEndian.Uint16(b[at:])
		b = b[at+2:]
		if kind != etherVLAN && kind != etherQinQ && kind != etherQinQ91 {
			return after(kind, b)
		}
		at = 2 // tag control information, then the protocol
	}
	return nil
}

func after(kind uint16, b []byte) []byte {
	if kind == etherIPv4 || kind == etherIPv6 {
		return b
	}
	return nil
}

const protocolTCP = 6

// ipv4 reads an IPv4 packet. RFC 791, Section 3.1.
func (s *segment) ipv4(b []byte) verdict {
	if len(b) < 20 {
		return isMalformed
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if b[9] != protocolTCP {
		return isOther
	}
	if binary.BigEndian.Uint16(b[6:])&0x3fff != 0 { // more fragments, or not the first
		return isFragment
	}
	if total == 0 { // the network card cuts it later
		total = len(b)
	}
	if head < 20 || head > len(b) || total < head {
		return isMalformed
	}
	from, to := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	return s.tcp(from, to, b[head:min(total, len(b))], max(0, total-len(b)))
}

// The headers of IPv6 that may come before TCP. RFC 8200, Section 4; RFC 4302 for the authentication header.
const (
	headerHopByHop    = 0
	headerRouting     = 43
	headerFragment    = 44
	headerAuth        = 51
	headerDestination = 60
)

// ipv6 reads an IPv6 packet and walks its extension headers. RFC 8200.
func (s *segment) ipv6(b []byte) verdict {
	if len(b) < 40 {
		return isMalformed
	}
	from, to := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	total := int(binary.BigEndian.Uint16(b[4:]))
	next, rest := b[6], b[40:]
	if total == 0 {
		total = len(rest)
	}
	missing := max(0, total-len(rest))
	rest = rest[:min(total, len(rest))]
	for range maxHeaders {
		size := 0
		switch next {
		case protocolTCP:
			return s.tcp(from, to, rest, missing)
		case headerHopByHop, headerRouting, headerDestination:
			if len(rest) >= 2 {
				size = 8 * (int(rest[1]) + 1)
			}
		case headerAuth:
			if len(rest) >= 2 {
				size = 4 * (int(rest[1]) + 2)
			}
		case headerFragment:
			if len(rest) >= 4 && binary.BigEndian.Uint16(rest[2:])&0xfff9 == 0 { // an atomic one: RFC 6946
				size = 8
			} else if len(rest) >= 1 && rest[0] == protocolTCP {
				return isFragment
			} else {
				return isOther
			}
		default:
			return isOther
		}
		if size == 0 || size > len(rest) {
			return isMalformed
		}
		next, rest = rest[0], rest[size:]
	}
	return isMalformed
}

// tcp reads a TCP header. RFC 9293, Section 3.1.
func (s *segment) tcp(from, to netip.Addr, b []byte, missing int) verdict {
	if len(b) < 20 {
		return isMalformed
	}
	head := int(b[12]>>4) * 4
	if head < 20 || head > len(b)+missing {
		return isMalformed
	}
	s.from = netip.AddrPortFrom(from, binary.BigEndian.Uint16(b))
	s.to = netip.AddrPortFrom(to, binary.BigEndian.Uint16(b[2:]))
	s.seq, s.ack, s.flags = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), b[13]
	if head > len(b) { // cut within the options
		s.data, s.cut = nil, missing-(head-len(b))
		return isTCP
	}
	s.data, s.cut = b[head:], missing
	return isTCP
}
