package capture

import (
	"bytes"
	"encoding/hex"
)

// labels are those of RFC 9850, Section 2.1, that records are opened by, and how long their secrets may be, in bytes.
var labels = [...]struct {
	name     string
	min, max int
}{
	{"CLIENT_RANDOM", 48, 48},
	{"CLIENT_EARLY_TRAFFIC_SECRET", 32, 64},
	{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", 32, 64},
	{"SERVER_HANDSHAKE_TRAFFIC_SECRET", 32, 64},
	{"CLIENT_TRAFFIC_SECRET_0", 32, 64},
	{"SERVER_TRAFFIC_SECRET_0", 32, 64},
}

// maxSecretCount bounds how many secrets are remembered: a few for each of a million connections' worth.
const maxSecretCount = 4 << 20

const randomLen = 32

type secretKey struct {
	random [randomLen]byte
	label  uint8
}

// KeyLog is the secrets of connections by the client's random: the content of key logs. The zero KeyLog is empty. It is used by one
// goroutine.
type KeyLog struct {
	secrets map[secretKey][]byte
	// Strange counts lines that are neither empty, nor comments, nor anything that RFC 9850 describes.
	Strange int
}

// Len returns how many secrets there are.
func (k *KeyLog) Len() int { return len(k.secrets) }

// Secret returns a secret by the client's random and its label; nil where there is none.
func (k *KeyLog) Secret(clientRandom []byte, label string) []byte {
	if len(clientRandom) != randomLen {
		return nil
	}
	for i := range labels {
		if labels[i].name == label {
			return k.secrets[secretKey{[randomLen]byte(clientRandom), uint8(i)}]
		}
	}
	return nil
}

// Add takes in the lines of a key log. RFC 9850, Section 2: a label, the client's random and the secret, both in hexadecimal, with
// single spaces between. Of a secret that comes twice the first counts. Labels that open no record are passed over.
func (k *KeyLog) Add(log []byte) {
	for line := range bytes.Lines(log) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 && line[0] != '#' && !k.line(line) {
			k.Strange++
		}
	}
}

func (k *KeyLog) line(line []byte) bool {
	label, rest, ok := bytes.Cut(line, []byte(" "))
	random, secret, ok2 := bytes.Cut(rest, []byte(" "))
	secret = bytes.TrimRight(secret, " \t")
	if !ok || !ok2 || hex.DecodedLen(len(random)) != randomLen || len(secret)%2 != 0 {
		return false
	}
	var key secretKey
	if _, err := hex.Decode(key.random[:], random); err != nil {
		return false
	}
	value := make([]byte, hex.DecodedLen(len(secret)))
	if _, err := hex.Decode(value, secret); err != nil {
		return false
	}
	for i := range labels {
		if l := &labels[i]; l.name == string(label) {
			if key.label = uint8(i); len(value) < l.min || len(value) > l.max {
				return false
			}
			k.put(key, value)
		}
	}
	return true // a label that opens nothing, or that is yet to be invented
}

func (k *KeyLog) put(key secretKey, value []byte) {
	if k.secrets == nil {
		k.secrets = make(map[secretKey][]byte)
	}
	if _, known := k.secrets[key]; !known && len(k.secrets) < maxSecretCount {
		k.secrets[key] = value
	}
}
