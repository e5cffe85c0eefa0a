package capture

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// The types of blocks: draft-ietf-opsawg-pcapng, Section 4. All others are skipped.
const (
	blockInterface = 1
	blockOldPacket = 2 // obsolete
	blockSimple    = 3
	blockPacket    = 6
	blockSecrets   = 10
	blockSection   = 0x0a0d0d0a
)

// secretsTLS marks secrets that are a TLS key log: draft-ietf-opsawg-pcapng, Section 4.7.
const secretsTLS = 0x544c534b

// clock turns the counts of an interface into times.
type clock struct {
	unit   time.Duration // pcap: of the fraction
	perSec uint64        // pcapng: counts in a second
	offset int64         // seconds to add
}

// at is the time of a count. Fractions below a nanosecond are lost.
func (k clock) at(count uint64) time.Time {
	per := k.perSec
	if per == 0 {
		per = 1e6
	}
	hi, lo := bits.Mul64(count%per, uint64(time.Second))
	nano, _ := bits.Div64(hi, lo, per)
	return time.Unix(int64(count/per)+k.offset, int64(nano)).UTC()
}

// nextBlock reads blocks until one is of use: draft-ietf-opsawg-pcapng, Section 3.1.
func (c *Reader) nextBlock(b *Block) error {
	for {
		h, err := c.read(8)
		if err != nil {
			return err
		}
		if string(h[:4]) == "\x0a\x0d\x0d\x0a" {
			if err := c.section([4]byte(h[4:8])); err != nil {
				return err
			}
			continue
		}
		if c.order == nil {
			return c.damaged("no section header comes first")
		}
		kind, total := c.order.Uint32(h), c.order.Uint32(h[4:])
		if total < 12 || total%4 != 0 {
			return c.damaged("a block of %d bytes", total)
		}
		found, err := c.block(b, kind, int64(total)-12)
		if err != nil {
			return err
		}
		if err := c.skip(4); err != nil { // the length again
			return err
		}
		if found {
			return nil
		}
	}
}

// section reads a section header, which says the byte order of what follows: draft-ietf-opsawg-pcapng, Section 4.1.
func (c *Reader) section(length [4]byte) error {
	m, err := c.read(4)
	if err != nil {
		return within(err)
	}
	switch string(m) {
	case "\x1a\x2b\x3c\x4d":
		c.order = binary.BigEndian
	case "\x4d\x3c\x2b\x1a":
		c.order = binary.LittleEndian
	default:
		return c.damaged("a section of unknown byte order")
	}
	total := c.order.Uint32(length[:])
	if total < 28 || total%4 != 0 {
		return c.damaged("a section header of %d bytes", total)
	}
	c.interfaces = c.interfaces[:0]
	return c.skip(int64(total) - 12)
}

// block reads the body of a block, n bytes, and tells whether it is one that is handed out.
func (c *Reader) block(b *Block, kind uint32, n int64) (bool, error) {
	limit := int64(maxPacket + maxBlockHead)
	switch kind {
	case blockInterface:
		limit = maxBlockHead
	case blockPacket, blockOldPacket, blockSimple:
		if c.secretsOnly {
			return false, c.skip(n)
		}
	case blockSecrets:
		limit = maxSecrets
	default:
		return false, c.skip(n)
	}
	if n > limit {
		return false, c.damaged("a block of type %d of %d bytes", kind, n)
	}
	body, err := c.read(int(n))
	if err != nil {
		return false, within(err)
	}
	switch kind {
	case blockInterface:
		return false, c.addInterface(body)
	case blockSecrets:
		return c.secrets(b, body)
	case blockSimple:
		return c.simple(b, body)
	}
	return c.packet(b, kind, body)
}

// addInterface reads an interface: draft-ietf-opsawg-pcapng, Section 4.2.
func (c *Reader) addInterface(body []byte) error {
	if len(body) < 8 {
		return c.damaged("an interface of %d bytes", len(body))
	}
	if len(c.interfaces) == maxInterfaces {
		return c.damaged("more than %d interfaces", maxInterfaces)
	}
	f := face{link: LinkType(c.order.Uint16(body)), snaplen: int(min(c.order.Uint32(body[4:]), maxPacket))}
	const resolution, offset = 9, 14
	for rest := body[8:]; len(rest) >= 4; {
		code, n := c.order.Uint16(rest), int(c.order.Uint16(rest[2:]))
		rest = rest[4:]
		if code == 0 || n > len(rest) {
			break
		}
		switch {
		case code == resolution && n == 1:
			f.clock.perSec = perSecond(rest[0])
		case code == offset && n == 8:
			f.clock.offset = int64(c.order.Uint64(rest))
		}
		rest = rest[min((n+3)&^3, len(rest)):]
	}
	c.interfaces = append(c.interfaces, f)
	return nil
}

// perSecond reads if_tsresol: a negative power of ten, or of two where the first bit is set. 0 stands for what can't be counted in.
func perSecond(resolution byte) uint64 {
	exp := resolution & 0x7f
	if resolution&0x80 != 0 {
		if exp > 63 {
			return 0
		}
		return 1 << exp
	}
	if exp > 19 {
		return 0
	}
	per := uint64(1)
	for range exp {
		per *= 10
	}
	return per
}

// packet reads an Enhanced Packet Block, or the older one: draft-ietf-opsawg-pcapng, Section 4.3 and Appendix A.
func (c *Reader) packet(b *Block, kind uint32, body []byte) (bool, error) {
	if len(body) < 20 {
		return false, c.damaged("a packet block of %d bytes", len(body))
	}
	id := int64(c.order.Uint32(body))
	if kind == blockOldPacket {
		id = int64(c.order.Uint16(body))
	}
	if id >= int64(len(c.interfaces)) {
		return false, c.damaged("a packet of interface %d of %d", id, len(c.interfaces))
	}
	f := &c.interfaces[id]
	count := uint64(c.order.Uint32(body[4:]))<<32 | uint64(c.order.Uint32(body[8:]))
	captured, wire := c.order.Uint32(body[12:]), c.order.Uint32(body[16:])
	if int64(captured) > int64(len(body)-20) {
		return false, c.damaged("a packet of %d bytes in a block of %d", captured, len(body))
	}
	b.Packet = Packet{Time: f.clock.at(count), Link: f.link, Data: body[20 : 20+captured], Cut: cutOff(wire, captured)}
	return true, nil
}

// simple reads a packet that has neither interface nor time: draft-ietf-opsawg-pcapng, Section 4.4.
func (c *Reader) simple(b *Block, body []byte) (bool, error) {
	if len(body) < 4 || len(c.interfaces) == 0 {
		return false, c.damaged("a simple packet without an interface")
	}
	f := &c.interfaces[0]
	wire := c.order.Uint32(body)
	captured := uint32(len(body) - 4)
	if f.snaplen > 0 {
		captured = min(captured, uint32(f.snaplen))
	}
	captured = min(captured, wire)
	b.Packet = Packet{Link: f.link, Data: body[4 : 4+captured], Cut: cutOff(wire, captured)}
	return true, nil
}

// secrets reads a Decryption Secrets Block. Those of other protocols are passed over.
func (c *Reader) secrets(b *Block, body []byte) (bool, error) {
	if len(body) < 8 {
		return false, c.damaged("secrets in a block of %d bytes", len(body))
	}
	if c.order.Uint32(body) != secretsTLS {
		return false, nil
	}
	n := c.order.Uint32(body[4:])
	if int64(n) > int64(len(body)-8) {
		return false, c.damaged("%d bytes of secrets in a block of %d", n, len(body))
	}
	b.Secrets = body[8 : 8+n]
	return true, nil
}
