package scan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/trace"
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

// ErrSettings is wrapped by the error of [ReadDone] for documents that were made with other settings.
var ErrSettings = errors.New("made with other flags")

// ReadDone reads what a former run wrote, which must have been made with the same settings. whole is how many bytes of it are whole
// lines: what follows was cut off while it was written. The error says which line is none of such a run.
func ReadDone(r io.Reader, settings trace.Settings) (d *Done, whole int64, err error) {
	d = &Done{}
	in := bufio.NewReaderSize(r, maxPrefix)
	for n := 1; ; n++ {
		begin, err := in.ReadSlice('\n')
		size := len(begin)
		var text string
		var bad error
		if err == nil || errors.Is(err, bufio.ErrBufferFull) {
			text, bad = targetOf(begin, settings)
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
			return nil, 0, fmt.Errorf("line %d %w", n, bad)
		}
		whole += int64(size)
		d.keys = append(d.keys, keyOf(text))
	}
}

// targetOf returns target.input of a document, of which it reads no more than it needs.
func targetOf(line []byte, settings trace.Settings) (string, error) {
	var version string
	var target struct{ Input *string }
	var made trace.Settings
	dec := json.NewDecoder(bytes.NewReader(line))
	err := expect(dec, json.Delim('{'))
	for _, next := range []struct {
		key   string
		value any
	}{{"schema", &version}, {"target", &target}, {"settings", &made}} {
		if err == nil {
			err = expect(dec, next.key)
		}
		if err == nil {
			err = dec.Decode(next.value)
		}
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("is no document of a scan: %w", err)
	case version != DocumentSchema:
		return "", fmt.Errorf("is no document of a scan: its format is %.40q, not %s", version, DocumentSchema)
	case target.Input == nil:
		return "", errors.New("is no document of a scan: it has no target")
	case !slices.Equal(made.Args, settings.Args):
		return "", fmt.Errorf("was %w: %.200q, not %.200q", ErrSettings, strings.Join(made.Args, " "), strings.Join(settings.Args, " "))
	}
	return *target.Input, nil
}

// expect reads a token, which must be the one that is wanted.
func expect(dec *json.Decoder, want json.Token) error {
	t, err := dec.Token()
	if err == nil && t != want {
		err = fmt.Errorf("found %.40q where %v should be", fmt.Sprint(t), want)
	}
	return err
}
