package handshake

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
)

// FuzzEngine says a flow and departs from it as the input has it: it leaves things out, changes
// bytes, says others before. Whatever comes, the engine ends or waits after a bounded number of actions.
func FuzzEngine(f *testing.F) {
	for i := range scenarios {
		f.Add(byte(i), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		f.Add(byte(i)|0x80, []byte{0, 0, 0, 1, 40, 1, 0, 0, 2, 0, 0, 3, 4, 11, 1, 2, 3, 4, 0, 0, 0})
		f.Add(byte(i)|0x40, []byte{4, 1, 0, 0, 4, 7, 0, 5, 2, 40, 6, 0, 0, 7, 0, 0, 8, 9, 10, 0})
	}
	f.Fuzz(func(t *testing.T, how byte, script []byte) {
		s := scenarios[int(how&0x3f)%len(scenarios)]
		p := newPeer(t, Config{Observed: how&0x80 != 0, Strict: how&0x40 != 0}, s.set)
		p.lenient = true
		p.start()
		d := &departure{script: script}
		for _, say := range s.flow {
			d.next(p, say)
		}
		for len(d.script) > 0 {
			d.next(p, s.flow[len(s.flow)-1])
		}
		sends := len(p.sends)
		for _, e := range p.events {
			if e.Tree != nil && e.Buf != nil {
				if err := e.Tree.Check(); err != nil {
					t.Errorf("tree of %s: %v", e.Kind, err)
				}
			}
		}
		if done, _ := p.engine.Done(); done {
			p.engine.Message([]byte{0, 0, 0, 0}, nil)
			p.engine.ChangeCipherSpec([]byte{1}, nil)
			p.engine.EndOfStream("eof")
			p.engine.CloseNotify()
			p.listen()
			if len(p.sends) > sends {
				t.Error("something is sent after the end")
			}
		}
	})
}

// departure reads a script: what to do instead of saying the next thing.
type departure struct{ script []byte }

func (d *departure) byte() byte {
	if len(d.script) == 0 {
		return 0
	}
	b := d.script[0]
	d.script = d.script[1:]
	return b
}

func (d *departure) bytes(n int) []byte {
	n = min(n, len(d.script))
	b := d.script[:n:n]
	d.script = d.script[n:]
	return b
}

func (d *departure) next(p *peer, say saying) {
	switch d.byte() % 12 {
	default:
		p.say(say, nil)
	case 1: // a byte is changed
		at, by := int(d.byte()), d.byte()
		p.say(say, func(_ saying, raw []byte) []byte {
			raw = append([]byte(nil), raw...)
			raw[at%len(raw)] ^= by
			return raw
		})
	case 2: // it is cut, and its header says so
		n := int(d.byte())
		p.say(say, func(_ saying, raw []byte) []byte {
			if n = min(n, len(raw)); n < message.HeaderLen {
				return raw
			}
			return grown(append([]byte(nil), raw[:n]...), n-len(raw))
		})
	case 3: // something else comes before it
		t := d.byte()
		body := d.bytes(int(d.byte()))
		p.says(append([]byte{t, 0, 0, byte(len(body))}, body...))
		p.say(say, nil)
	case 4: // it is left out
	case 5:
		p.engine.Alert(d.bytes(int(d.byte()%4)), nil)
		p.listen()
	case 6:
		p.changes(d.bytes(int(d.byte() % 3)))
	case 7:
		p.engine.Data(nil)
		p.listen()
	case 8:
		p.engine.Broken(finding.RecordVersion, nil, "one", "another", false)
		p.listen()
	case 9:
		p.engine.Timeout()
		p.listen()
	case 10:
		p.engine.EndOfStream("reset")
		p.listen()
	case 11:
		p.engine.UpdateKeys(true)
		p.engine.CloseNotify()
		p.listen()
	}
}
