package cert

import (
	"bytes"
	"encoding/pem"
	"testing"
)

func TestBlocksOfOneKindAreFoundInPEMAndInDER(t *testing.T) {
	a, b := []byte{0x30, 1, 5}, []byte{0x30, 2, 6, 7}
	file := pem.EncodeToMemory(&pem.Block{Type: LabelCRL, Bytes: a})
	file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b})...)
	file = append(file, pem.EncodeToMemory(&pem.Block{Type: LabelCRL, Bytes: b})...)
	for name, c := range map[string]struct {
		data     []byte
		want     [][]byte
		problems int
	}{
		"PEM":     {file, [][]byte{a, b}, 1},
		"DER":     {append(bytes.Clone(a), b...), [][]byte{a, b}, 0},
		"cut DER": {append(bytes.Clone(a), b[:3]...), [][]byte{a}, 1},
		"text":    {[]byte("nothing"), nil, 0},
		"empty":   {nil, nil, 0},
	} {
		found, problems := ParseBlocks(c.data, LabelCRL)
		if len(found) != len(c.want) || len(problems) != c.problems {
			t.Errorf("%s: %x, %v", name, found, problems)
			continue
		}
		for i := range found {
			if !bytes.Equal(found[i], c.want[i]) {
				t.Errorf("%s: %x", name, found)
			}
		}
	}
}
