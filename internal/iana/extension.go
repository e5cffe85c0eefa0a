package iana

import "strings"

// ExtensionMessages is a set of the messages that carry extensions. RFC 8446, Section 4.2.
type ExtensionMessages uint8

// The messages that carry extensions.
const (
	InClientHello ExtensionMessages = 1 << iota
	InServerHello
	InHelloRetryRequest
	InEncryptedExtensions
	InCertificate
	InCertificateRequest
	InNewSessionTicket
)

type extensionDetail struct {
	messages ExtensionMessages // TLS 1.3
	old      ExtensionMessages // before
	aliases  string            // comma-separated
}

// Messages is the set of messages in which TLS 1.3 allows the extension; empty where the
// extension is unknown or has no place in TLS 1.3. RFC 8446, Section 4.2, and each extension's own document.
func (v ExtensionType) Messages() ExtensionMessages { return v.detail().messages }

// MessagesBefore13 is the set of messages in which TLS 1.2 and older allow the extension.
func (v ExtensionType) MessagesBefore13() ExtensionMessages { return v.detail().old }

func (v ExtensionType) detail() extensionDetail {
	if i := table(extensionTypeTable[:]).index(uint16(v)); i >= 0 {
		return extensionDetails[i]
	}
	return extensionDetail{}
}

// String lists the messages with the registry's letters: "CH, SH, HRR"; "-" for the empty set.
func (m ExtensionMessages) String() string {
	var in []string
	for i, letters := range messageLetters {
		if m.Has(1 << i) {
			in = append(in, letters)
		}
	}
	if in == nil {
		return "-"
	}
	return strings.Join(in, ", ")
}

var messageLetters = [...]string{"CH", "SH", "HRR", "EE", "CT", "CR", "NST"}

// Has tells whether all messages of another set are in the set.
func (m ExtensionMessages) Has(other ExtensionMessages) bool { return m&other == other }
