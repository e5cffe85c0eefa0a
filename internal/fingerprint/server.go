package fingerprint

import (
	"strconv"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
)

// Server is the fingerprint of a ServerHello, which depends on the ClientHello that it answers.
type Server struct {
	JA3S     string // MD5 of JA3SFull, lower-case hex
	JA3SFull string // version, cipher suite, extensions, decimal and in the order sent
}

// OfServer returns the fingerprint of a ServerHello or a HelloRetryRequest.
func OfServer(m *message.ServerHello) Server {
	full := strconv.Itoa(int(m.LegacyVersion)) + "," + strconv.Itoa(int(m.CipherSuite)) + "," + joinDecimal(types(m.Extensions))
	return Server{JA3S: md5Hex(full), JA3SFull: full}
}
