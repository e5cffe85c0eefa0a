package render

import "github.com/tlsprobe/tlsprobe/internal/trace"

// fingerprints writes those of a hello, whole where the lists are wanted that others are hashes of.
func (c *canvas) fingerprints(e *trace.Event, whole bool) {
	line := func(name, value string) {
		if value != "" {
			c.print(span{c.pad(name, fingerprintColumn) + "  " + shortenedTo(maxFingerprint, value), faint})
		}
	}
	switch d := e.Detail.(type) {
	case *trace.ClientFingerprint:
		line("ja3", d.JA3)
		if whole {
			line("ja3_full", d.JA3Full)
		}
		line("ja4", d.JA4)
		if whole {
			line("ja4_r", d.JA4Raw)
		}
	case *trace.ServerFingerprint:
		line("ja3s", d.JA3S)
		if whole {
			line("ja3s_full", d.JA3SFull)
		}
	}
}

const (
	fingerprintColumn = 9    // how wide their names are
	maxFingerprint    = 1500 // bytes: a peer may list thousands of extensions
)
