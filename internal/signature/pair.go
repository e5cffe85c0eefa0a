package signature

// pair is the two numbers of an ECDSA or DSA signature, big-endian.
type pair struct {
	r, s     []byte
	readable bool // both could be read
}

// parsePair reads the strict DER of a signature. Where the encoding is at fault but both numbers can be read, the pair is
// readable beside the error.
//
//	ECDSA-Sig-Value  ::=  SEQUENCE  { r INTEGER, s INTEGER }         RFC 3279, Sections 2.2.2 and 2.2.3
func parsePair(sig []byte) (pair, *MalformedError) {
	p := pairParser{data: sig}
	end := p.header(0x30, "a SEQUENCE")
	switch {
	case p.fatal:
		return pair{}, p.err
	case end < len(sig):
		p.note("bytes after the signature", end)
	}
	p.data = sig[:end]
	r := p.number("r")
	s := p.number("s")
	if !p.fatal && p.at < end {
		p.note("bytes after s", p.at)
	}
	return pair{r, s, !p.fatal}, p.err
}

type pairParser struct {
	data  []byte
	at    int
	err   *MalformedError // the first fault
	fatal bool
}

func (p *pairParser) note(what string, at int) {
	if p.err == nil {
		p.err = &MalformedError{What: what, Off: at}
	}
}

func (p *pairParser) fail(what string, at int) int {
	p.note(what, at)
	p.fatal = true
	return len(p.data)
}

// header reads tag and length and returns where the content ends.
func (p *pairParser) header(tag byte, name string) int {
	if p.at >= len(p.data) {
		return p.fail("the end instead of "+name, p.at)
	}
	if p.data[p.at] != tag {
		return p.fail("something else than "+name, p.at)
	}
	start := p.at
	p.at++
	if p.at == len(p.data) {
		return p.fail("the end instead of the length of "+name, p.at)
	}
	n := int(p.data[p.at])
	p.at++
	if n >= 0x80 {
		count := n & 0x7f
		if count == 0 || count > 4 || count > len(p.data)-p.at {
			return p.fail("a length of "+name+" that can't be read", start+1)
		}
		n = 0
		for _, c := range p.data[p.at : p.at+count] {
			n = n<<8 | int(c)
		}
		if n < 0x80 || p.data[p.at] == 0 {
			p.note("a length of "+name+" in a longer form than needed", start+1)
		}
		p.at += count
	}
	if n < 0 || n > len(p.data)-p.at {
		return p.fail("a length of "+name+" past the end", start+1)
	}
	return p.at + n
}

// number reads an INTEGER that must be positive and in its shortest form.
func (p *pairParser) number(name string) []byte {
	if p.fatal {
		return nil
	}
	end := p.header(0x02, "the INTEGER "+name)
	if p.fatal {
		return nil
	}
	b := p.data[p.at:end]
	switch {
	case len(b) == 0:
		p.fail(name+" without content", p.at)
	case b[0] >= 0x80:
		p.note(name+" negative, for want of a leading zero", p.at)
	case len(b) > 1 && b[0] == 0 && b[1] < 0x80:
		p.note(name+" with superfluous leading zeros", p.at)
	}
	p.at = end
	return b
}

// canonical returns the strict DER of the pair.
func (p pair) canonical() []byte {
	body := append(derNatural(p.r), derNatural(p.s)...)
	return append(derHeader(0x30, len(body)), body...)
}

func derNatural(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	pad := 0
	if len(b) == 0 || b[0] >= 0x80 {
		pad = 1
	}
	out := append(derHeader(0x02, len(b)+pad), make([]byte, pad)...)
	return append(out, b...)
}

func derHeader(tag byte, n int) []byte {
	switch {
	case n < 0x80:
		return []byte{tag, byte(n)}
	case n < 0x100:
		return []byte{tag, 0x81, byte(n)}
	case n < 0x10000:
		return []byte{tag, 0x82, byte(n >> 8), byte(n)}
	}
	return []byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}
}
