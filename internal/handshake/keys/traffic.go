package keys

import (
	"crypto"
	"fmt"
	"strconv"
	"strings"
)

// TrafficKeys is what one direction of one epoch is protected with.
type TrafficKeys struct {
	Key    []byte
	IV     []byte
	Number []byte // protects record or packet numbers; nil in TLS over TCP
}

// TrafficKeys expands a traffic secret; lengths in bytes. RFC 8446, Section 7.3.
func (s Schedule) TrafficKeys(secret Secret, keyLen, ivLen int) TrafficKeys {
	k := TrafficKeys{
		Key: expandLabel(s.Hash, secret.Bytes, s.Prefix, s.Labels.Key, nil, keyLen),
		IV:  expandLabel(s.Hash, secret.Bytes, s.Prefix, s.Labels.IV, nil, ivLen),
	}
	if s.Labels.Number != "" {
		k.Number = expandLabel(s.Hash, secret.Bytes, s.Prefix, s.Labels.Number, nil, keyLen)
	}
	return k
}

// NextTraffic returns the application traffic secret after a KeyUpdate; the number at the end of
// its names is one more. RFC 8446, Section 7.2.
func (s Schedule) NextTraffic(secret Secret) Secret {
	d := derivation{name: countUp(secret.Name), label: s.Labels.Update, keyLog: countUp(secret.KeyLogLabel)}
	return s.derive(d, secret, nil)
}

// countUp adds one to the number at the end of a name, if there is one.
func countUp(name string) string {
	i := strings.LastIndexByte(name, '_') + 1
	n, err := strconv.Atoi(name[i:])
	if err != nil {
		return name
	}
	return name[:i] + strconv.Itoa(n+1)
}

// ResumptionPSK returns the pre-shared key of a ticket from resumption_master_secret and the
// ticket's nonce (at most 255 bytes, as its length field has it). RFC 8446, Section 4.6.1.
func (s Schedule) ResumptionPSK(master Secret, nonce []byte) (Secret, error) {
	b, err := ExpandLabel(s.Hash, master.Bytes, s.Prefix, "resumption", nonce, s.Hash.Size())
	return Secret{Name: "psk", Label: "resumption", From: master.Name, Bytes: b}, err
}

// Export is the exporter of TLS 1.3: length bytes for a label and a context, from
// exporter_master_secret or early_exporter_master_secret. A nil and an empty context are the same.
// RFC 8446, Section 7.5. The error wraps ErrTooLong.
func (s Schedule) Export(exporter Secret, label string, context []byte, length int) ([]byte, error) {
	derived, err := ExpandLabel(s.Hash, exporter.Bytes, s.Prefix, label, s.Hash.New().Sum(nil), s.Hash.Size())
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	h := s.Hash.New()
	h.Write(context)
	return ExpandLabel(s.Hash, derived, s.Prefix, "exporter", h.Sum(nil), length)
}

// KeyLogLine is the line of a key log for a secret: label, client random, secret in
// hexadecimal. It is empty for a secret that has no label there. RFC 9850, Section 2.
func (s Secret) KeyLogLine(clientRandom []byte) string {
	if s.KeyLogLabel == "" {
		return ""
	}
	return fmt.Sprintf("%s %x %x", s.KeyLogLabel, clientRandom, s.Bytes)
}

// ECHConfirmation returns the 8 bytes in which a server that took the inner hello says so; label is
// "ech accept confirmation", in a HelloRetryRequest "hrr ech accept confirmation", and the transcript
// the one of the inner hello. RFC 9849, Section 7.2.
func (s Schedule) ECHConfirmation(innerRandom []byte, label string, transcriptHash []byte) []byte {
	prk := Extract(s.Hash, make([]byte, s.Hash.Size()), innerRandom)
	return expandLabel(s.Hash, prk, s.Prefix, label, transcriptHash, 8)
}

// Available reports whether the schedule's hash can be computed.
func (s Schedule) Available() bool { return s.Hash != crypto.MD5SHA1 && s.Hash.Available() }
