package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// Acknowledgement is an extension without content: its presence says everything, such as
// extended_master_secret (RFC 7627, Section 5.1) or the answer to server_name (RFC 6066, Section 3).
type Acknowledgement struct{}

func (*Acknowledgement) layout(*wire.Codec) {}
