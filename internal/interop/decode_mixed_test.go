package interop

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// heardBy is what is known of a stream by its ends: its number may be another one in another capture.
type heardBy struct {
	ends           string
	suite          uint64
	sent, received string
}

func heardIn(t *testing.T, b []byte, log *capture.KeyLog) (list []heardBy) {
	t.Helper()
	for _, s := range decodeBytes(b, log) {
		one := decodeBytes(b, log, s.Number)[0]
		if one.Opaque || one.Trace.Error != nil || one.Trace.Summary.CipherSuite == nil {
			t.Errorf("stream %d was not opened: %+v", s.Number, one.Trace.Error)
			continue
		}
		list = append(list, heardBy{s.Client.String() + " " + s.Server.String(), one.Trace.Summary.CipherSuite.Value, dataOf(one.Trace, trace.Sent), dataOf(one.Trace, trace.Received)})
	}
	slices.SortFunc(list, func(a, b heardBy) int { return cmp.Compare(a.ends, b.ends) })
	return list
}

// TestMixedAndReorderedCapturesTellTheSame: two captures are put one behind the other, which mixes up the order of time, merged by time,
// and reordered by the programs that are made for it. Each holds the same streams.
func TestMixedAndReorderedCapturesTellTheSame(t *testing.T) {
	testpeer.Need(t, "mergecap")
	testpeer.Need(t, "reordercap")
	dir := t.TempDir()
	pair := testpeer.NewPKI(t.TempDir()).Issue(t, testpeer.ECDSAP256)
	var files []string
	log := new(capture.KeyLog)
	var want []heardBy
	for _, version := range []string{"-tls1_3", "-tls1_2"} {
		srv := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-www", version)
		own := t.TempDir()
		file, keylog := talkAll(t, srv, []captured{{name: "first", client: []string{version}}, {name: "second", client: []string{version}}}, own)
		b, keys := readCaptured(t, file, keylog)
		want = append(want, heardIn(t, b, keys)...)
		raw, err := os.ReadFile(keylog)
		if err != nil {
			t.Fatal(err)
		}
		log.Add(raw)
		files = append(files, file)
	}
	slices.SortFunc(want, func(a, b heardBy) int { return cmp.Compare(a.ends, b.ends) })
	if len(want) != 4 {
		t.Fatalf("%d streams", len(want))
	}
	made := func(name string, program string, args ...string) string {
		out := filepath.Join(dir, name)
		for i, a := range args {
			if a == "OUT" {
				args[i] = out
			}
		}
		if r := testpeer.Run(t, "", program, args...); r.Code != 0 {
			t.Fatalf("%s: %s", program, r.Output())
		}
		return out
	}
	behind := made("behind", "mergecap", "-a", "-w", "OUT", files[1], files[0])
	for name, file := range map[string]string{
		"one behind the other": behind,
		"merged by time":       made("merged", "mergecap", "-w", "OUT", files[1], files[0]),
		"merged into pcap":     made("pcap", "mergecap", "-F", "pcap", "-w", "OUT", files[0], files[1]),
		"reordered":            made("reordered", "reordercap", behind, "OUT"),
		"twice the same":       made("twice", "mergecap", "-w", "OUT", files[0], files[1], files[0]),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := heardIn(t, b, log); !slices.Equal(got, want) {
				t.Errorf("%d streams, want %d, or they differ", len(got), len(want))
			}
		})
	}
}
