package ct

import (
	"bytes"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

func FuzzSplitList(f *testing.F) {
	f.Add([]byte{0, 3, 0, 1, 7})
	f.Add(listOf(testLog{key: testKeys().log}.sign(now, 0, nil, []byte("x"))))
	f.Fuzz(func(t *testing.T, list []byte) {
		scts, err := SplitList(list)
		total := 0
		for _, raw := range scts {
			total += len(raw)
			s, err := Parse(raw)
			if err == nil {
				s.Time()
				s.LeafIndex()
			}
		}
		if total > len(list) {
			t.Errorf("%d bytes out of %d", total, len(list))
		}
		if err == nil && !bytes.Equal(listOf(scts...), list) {
			t.Errorf("% x isn't % x", listOf(scts...), list)
		}
	})
}

func FuzzCheck(f *testing.F) {
	req := ordinary(f)
	list, _ := req.Leaf.SCTList()
	f.Add(req.Leaf.Raw, list, []byte{})
	f.Add(req.Leaf.Raw, []byte{}, list)
	f.Fuzz(func(t *testing.T, leaf, tls, ocsp []byte) {
		r := req
		r.Leaf, _ = cert.Parse(leaf)
		r.TLS, _ = SplitList(tls)
		r.OCSP = [][]byte{ocsp}
		report := Check(r)
		if len(of(report, finding.CTSCTs)) == 0 || len(of(report, finding.CTPolicy)) != 1 || len(report.SCTs) > maxSCTs {
			t.Errorf("%d findings, %d timestamps", len(report.Findings), len(report.SCTs))
		}
		for _, f := range report.Findings {
			if f.Message == "" || len(f.Message) > 1000 {
				t.Errorf("%q", f.Message)
			}
		}
		if tbs, err := PrecertificateTBS(r.Leaf); err == nil && len(tbs) >= len(r.Leaf.RawTBS) {
			t.Errorf("a precertificate of %d bytes out of %d", len(tbs), len(r.Leaf.RawTBS))
		}
	})
}
