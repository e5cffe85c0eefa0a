package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
)

// ssl2Ciphers are the ciphers of SSLv2, three bytes each: RC4-128, RC4-40 export, RC2-128, RC2-40 export,
// IDEA, DES and 3DES, all with MD5. RFC 6101, Appendix E.
var ssl2Ciphers = [...][3]byte{
	{0x01, 0x00, 0x80}, {0x02, 0x00, 0x80}, {0x03, 0x00, 0x80}, {0x04, 0x00, 0x80},
	{0x05, 0x00, 0x80}, {0x06, 0x00, 0x40}, {0x07, 0x00, 0xc0},
}

// The messages of SSLv2, and its version. RFC 6101, Appendix E.1, and draft-hickman-netscape-ssl-00.
const (
	ssl2ClientHello = 1
	ssl2ServerHello = 4
	ssl2Version     = 0x0002
	ssl2Challenge   = 16 // bytes
)

// ssl2Hello is the CLIENT-HELLO of SSLv2 in its record with a header of two bytes.
func ssl2Hello(challenge []byte) []byte {
	body := []byte{ssl2ClientHello}
	body = binary.BigEndian.AppendUint16(body, ssl2Version)
	body = binary.BigEndian.AppendUint16(body, uint16(3*len(ssl2Ciphers)))
	body = binary.BigEndian.AppendUint16(body, 0) // no session to resume
	body = binary.BigEndian.AppendUint16(body, uint16(len(challenge)))
	for _, c := range ssl2Ciphers {
		body = append(body, c[:]...)
	}
	body = append(body, challenge...)
	return append(binary.BigEndian.AppendUint16(nil, 0x8000|uint16(len(body))), body...)
}

// askSSL2 asks for SSLv2. A SERVER-HELLO is enough.
func (e *enumeration) askSSL2(ctx context.Context) Answer {
	got := e.server.insist(ctx, func() answer {
		return e.server.connection(ctx, nil, e.trySSL2)
	})
	if got.outcome == accepted {
		return yesAt(got.connection)
	}
	return noFrom(&got)
}

func (e *enumeration) trySSL2(ctx context.Context, over link) (answer, error) {
	challenge := make([]byte, ssl2Challenge)
	if _, err := io.ReadFull(e.server.rand, challenge); err != nil {
		return answer{reason: "read random: " + err.Error()}, err
	}
	deadline, _ := ctx.Deadline()
	_ = over.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = over.Close() })
	defer stop()
	_, _ = over.Write(ssl2Hello(challenge)) // where that fails, reading says more
	got, said := judgeSSL2(over)
	if got.outcome == accepted {
		over.record.Foreign("SSL 2.0", said)
	}
	return got, nil
}

// ssl2Answer is how much of an answer is read: the header, the type, and what follows it up to the version.
const ssl2Answer = 7

// judgeSSL2 tells a SERVER-HELLO of SSLv2 from an alert of TLS, and both from anything else. It returns what it read, too.
func judgeSSL2(r io.Reader) (answer, []byte) {
	var b [ssl2Answer]byte
	n, err := io.ReadFull(r, b[:])
	twoBytes := b[0]&0x80 != 0
	switch {
	case n == ssl2Answer && twoBytes && b[2] == ssl2ServerHello && binary.BigEndian.Uint16(b[5:]) == ssl2Version:
		return answer{outcome: accepted}, b[:n]
	case n == ssl2Answer && b[0] == 21 && b[1] == 3: // an alert of TLS
		return answer{outcome: refused, reason: "it answers with an alert of TLS"}, b[:n]
	case n >= 5 && twoBytes && b[2] == 0: // an ERROR of SSLv2, of which it knows that much
		return answer{outcome: refused, reason: "it answers with an error of SSLv2"}, b[:n]
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		return answer{reason: inSilence}, b[:n]
	case n == 0:
		return answer{closed: true, reason: "it closes the connection"}, b[:n]
	}
	return answer{reason: "it answers with what is neither SSLv2 nor an alert"}, b[:n]
}
