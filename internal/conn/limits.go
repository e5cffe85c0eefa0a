package conn

// Limits bounds what a peer can make us hold or do.
type Limits struct {
	// Message is the longest handshake message that is put together, in bytes.
	Message int
	// Keep is how many bytes of application data a trace keeps once the handshake is complete, and how
	// many bytes of records; what comes beyond is counted.
	Keep int
	// Records is how many records a trace tells of once the handshake is complete; what comes beyond
	// is counted. A handshake has four times the room, of records and of their bytes.
	Records int
	// Empty is how many empty records may come in a row.
	Empty int
	// Useless is how many messages, warnings and change_cipher_specs may come in a row that bring neither the handshake
	// further nor data: tickets, key updates, requests to renegotiate.
	Useless int
}

// The defaults: a chain of a hundred large certificates still fits.
const (
	defaultMessage = 256 << 10
	defaultKeep    = 1 << 20
	defaultRecords = 4096
	defaultEmpty   = 32
	defaultUseless = 32
)

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{{&l.Message, defaultMessage}, {&l.Keep, defaultKeep}, {&l.Records, defaultRecords}, {&l.Empty, defaultEmpty}, {&l.Useless, defaultUseless}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return l
}
