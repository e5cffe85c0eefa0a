package message

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// dissected is what tshark found in a handshake message: fields with their place in it.
type dissected struct {
	fromClient bool
	fields     []dissectedField
}

type dissectedField struct {
	name      string
	pos, size int // relative to the message
}

// pdml is an element of tshark's PDML: a packet, protocol or field.
type pdml struct {
	XMLName xml.Name
	Name    string `xml:"name,attr"`
	Show    string `xml:"show,attr"`
	Pos     int    `xml:"pos,attr"`
	Size    int    `xml:"size,attr"`
	Inner   []pdml `xml:",any"`
}

// dissect lets tshark take a session apart.
func dissect(t *testing.T, s *session) []dissected {
	t.Helper()
	tshark := testpeer.Need(t, "tshark")
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, s.keyLog, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tshark, "-r", writePcap(t, s), "-o", "tls.keylog_file:"+keys, "-T", "pdml", "-J", "tcp tls").Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc pdml
	if err := xml.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	var list []dissected
	for _, packet := range doc.Inner {
		fromClient := true
		var walk func(e *pdml)
		walk = func(e *pdml) {
			switch e.Name {
			case "tcp.srcport":
				fromClient = e.Show != "443"
			case "tls.handshake":
				if d, ok := readDissected(e); ok {
					d.fromClient = fromClient
					list = append(list, d)
				}
				return
			}
			for i := range e.Inner {
				walk(&e.Inner[i])
			}
		}
		walk(&packet)
	}
	return list
}

// readDissected flattens one tls.handshake. Its own position may be that of the ciphertext, so places
// are counted from its type.
func readDissected(e *pdml) (d dissected, ok bool) {
	base := -1
	var walk func(e *pdml)
	walk = func(e *pdml) {
		if e.Name == "tls.handshake.type" && base < 0 {
			base = e.Pos
		}
		if strings.HasPrefix(e.Name, "tls.") && e.Size > 0 && base >= 0 {
			d.fields = append(d.fields, dissectedField{e.Name, e.Pos - base, e.Size})
		}
		for i := range e.Inner {
			walk(&e.Inner[i])
		}
	}
	for i := range e.Inner {
		walk(&e.Inner[i])
	}
	return d, base >= 0
}
