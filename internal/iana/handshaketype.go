package iana

// Title is the name of the message as its RFC writes it in text: "ClientHello", "NewSessionTicket".
// An unknown type has its number.
func (v HandshakeType) Title() string {
	if i := table(handshakeTypeTable[:]).index(uint16(v)); i >= 0 {
		return handshakeTitles[i]
	}
	return v.String()
}
