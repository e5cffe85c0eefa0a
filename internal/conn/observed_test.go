package conn_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/conn"
)

func TestObserversChangeNothingThatIsSentOrAgreedOn(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		same := func(c *conn.Config) { c.Handshake.Rand = rand.NewChaCha8([32]byte{1}) }
		w := serve(t, version)
		var said []byte
		w.mutate = func(_ int, raw []byte) [][]byte { said = append(said, raw...); return [][]byte{raw} }
		if err := open(t, w, same).shake(); err != nil {
			t.Fatal(err)
		}
		// What the server said fits every client with the same randomness. It is said whole, cut short, and changed.
		for _, strict := range []bool{false, true} {
			for at := 0; at <= len(said); at += 29 {
				t.Run(fmt.Sprintf("%s, strict %t, %d", tls.VersionName(version), strict, at), func(t *testing.T) {
					changed := bytes.Clone(said)
					if at < len(said) {
						changed[at] ^= 0x10
					}
					for _, says := range [][]byte{said[:at], changed, said} {
						compare(t, says, func(c *conn.Config) { same(c); c.Handshake.Strict = strict })
					}
				})
			}
		}
	}
}

// compare runs a client twice over what a server says, with observers and without.
func compare(t *testing.T, says []byte, change func(*conn.Config)) {
	t.Helper()
	seen := open(t, only(says), change)
	unseen := open(t, only(says), func(c *conn.Config) { change(c); c.Observers = nil })
	var ends [2]string
	var read [2][]byte
	for i, s := range []*session{seen, unseen} {
		err := s.shake()
		if err == nil {
			read[i], err = io.ReadAll(s)
		}
		ends[i] = fmt.Sprint(err)
	}
	if ends[0] != ends[1] {
		t.Errorf("with observers it ends with %s, without with %s", ends[0], ends[1])
	}
	if !reflect.DeepEqual(seen.Session(), unseen.Session()) || !bytes.Equal(read[0], read[1]) {
		t.Error("the sessions differ")
	}
	if !bytes.Equal(seen.wire.sent.Bytes(), unseen.wire.sent.Bytes()) {
		t.Errorf("with observers it sends\n%x\nwithout\n%x", seen.wire.sent.Bytes(), unseen.wire.sent.Bytes())
	}
}
