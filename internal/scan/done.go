package scan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Done is the targets that a former run has written documents of: 16 bytes each, however long the documents are.
type Done struct{ keys []key }

// Len is how many there are.
func (d *Done) Len() int { return len(d.keys) }

// Has reports whether a target was among them, by its text.
func (d *Done) Has(text string) bool {
	_, found := slices.BinarySearchFunc(d.keys, keyOf(text), compare)
	return found
}

func compare(a, b key) int { return bytes.Compare(a[:], b[:]) }

// maxPrefix is how much of a document is looked at: the target stands at its begin.
const maxPrefix = 128 << 10

// ReadDone reads what a former run wrote. whole is how many bytes of it are whole lines: what follows was cut off while it was
// written. The error says which line is none of such a run.
func ReadDone(r io.Reader) (d *Done, whole int64, err error) {
	d = &Done{}
	in := bufio.NewReaderSize(r, maxPrefix)
	for n := 1; ; n++ {
		begin, err := in.ReadSlice('\n')
		size := len(begin)
		var text string
		var bad error
		if err == nil || errors.Is(err, bufio.ErrBufferFull) {
			text, bad = targetOf(begin)
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			begin, err = in.ReadSlice('\n')
			size += len(begin)
		}
		switch {
		case errors.Is(err, io.EOF):
			slices.SortFunc(d.keys, compare)
			d.keys = slices.Compact(d.keys)
			return d, whole, nil
		case err != nil:
			return nil, 0, err
		case bad != nil:
			return nil, 0, fmt.Errorf("line %d is no document of a scan: %w", n, bad)
		}
		whole += int64(size)
		d.keys = append(d.keys, keyOf(text))
	}
}

// targetOf returns target.input of a document, of which it reads no more than it needs.
func targetOf(line []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	var version, text string
	for _, want := range []any{json.Delim('{'), "schema", &version, "target", json.Delim('{'), "input", &text} {
		t, err := dec.Token()
		if err != nil {
			return "", err
		}
		if p, ok := want.(*string); ok {
			if *p, ok = t.(string); !ok {
				return "", fmt.Errorf("found %v where a string should be", t)
			}
			continue
		}
		if t != want {
			return "", fmt.Errorf("found %.40q where %v should be", fmt.Sprint(t), want)
		}
	}
	if version != DocumentSchema {
		return "", fmt.Errorf("its format is %.40q, not %s", version, DocumentSchema)
	}
	return text, nil
}
