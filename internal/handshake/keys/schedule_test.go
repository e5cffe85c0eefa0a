package keys

import (
	"bytes"
	"crypto"
	"errors"
	"testing"
)

// Values of the NIST ACVP server's TLS-v1.3-KDF-RFC8446 sample, as used by Go's crypto/tls: both a
// pre-shared key and a key agreement. The randoms stand for the messages.
func TestScheduleWithPSKAndAgreementIsThatOfACVP(t *testing.T) {
	s := TLS13(crypto.SHA256)
	tr := NewTranscript(1000)
	if err := tr.Choose(crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	add := func(hex string) []byte {
		if err := tr.Add(unhex(t, hex)); err != nil {
			t.Fatal(err)
		}
		return sum(t, tr)
	}
	early := s.Early(unhex(t, "56288b726c73829f7a3e47b103837c8139acf552e7530c7a710b35ed41191698"))
	hello := add("e9137679e582ba7c1db41cf725f86c6d09c8c05f297bad9a65b552eaf524fde4")
	equal(t, "c e", early.ClientTraffic(hello).Bytes, unhex(t, "3272189698c3594d18f58efa3f12b638a249515099be7a2fa9836babe74f0111"))
	equal(t, "e exp", early.Exporter(hello).Bytes, unhex(t, "88e078f562cdc930219f6a5e98a1ce8c6e5f3dac5ac516459a96f2ef8f114c66"))
	hs := early.Handshake(unhex(t, "effe9ec26aa29fd750dfa6a10b944d74071595b27ee88887d5e11c84590b5cc3"))
	hello = add("23eccfd030790748c8f8d8a656fd98d717f1b62af3712f97211d2070b499f98a")
	equal(t, "c hs", hs.ClientTraffic(hello).Bytes, unhex(t, "b32306c3ce9932c460a1fe6c0f060593974842036b96fa45049b7352e71c2ad2"))
	equal(t, "s hs", hs.ServerTraffic(hello).Bytes, unhex(t, "22787f8ca269d34bc549ac8ba19f2040938a3aa370d7cc9d60f720882b88d01b"))
	master := hs.Master()
	fin := add("c750eda6696cd101b142bd79e00e6ac8c5f2c0abc78dd64f4d991326659e9299")
	equal(t, "c ap", master.ClientTraffic(fin).Bytes, unhex(t, "47d7ea08397b5871154b0fe85584bcc30a87c69e84d69b56007c5b21f76493ba"))
	equal(t, "s ap", master.ServerTraffic(fin).Bytes, unhex(t, "efbdb0c873c0480da57307083839a8984be25b9a8545e4fca029940fe2800565"))
	equal(t, "exp", master.Exporter(fin).Bytes, unhex(t, "8a43d787ee3804ead4a2a5b32972f9896b696295645d7222e1fd081ddd939834"))
	fin = add("62a62fa75563ed4fdcaa0bc16567b314871c304acf06b0ffc3f08c1797594d43")
	equal(t, "res", master.Resumption(fin).Bytes, unhex(t, "5f4c961329c91044011acbecb0b289282e0e3fed045cb3ea924dffe5fe654b3d"))
}

// RFC 9001, Appendix A.1 and A.5: the labels of QUIC over the same expansion.
func TestQUICKeysAreThoseOfRFC9001(t *testing.T) {
	s := QUIC(crypto.SHA256)
	client := Secret{Name: "client_in", Bytes: unhex(t, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea")}
	k := s.TrafficKeys(client, 16, 12)
	equal(t, "key", k.Key, unhex(t, "1f369613dd76d5467730efcbe3b1a22d"))
	equal(t, "iv", k.IV, unhex(t, "fa044b2f42a3fd3b46fb255c"))
	equal(t, "hp", k.Number, unhex(t, "9f50449e04a0e810283a1e9933adedd2"))
	chacha := Secret{Name: "x", Bytes: unhex(t, "9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b")}
	equal(t, "ku", s.NextTraffic(chacha).Bytes, unhex(t, "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9"))
}

func TestEverySecretSaysWhereItCameFrom(t *testing.T) {
	s := TLS13(crypto.SHA384)
	th := make([]byte, 48)
	early := s.Early(nil)
	hs := early.Handshake([]byte("shared"))
	m := hs.Master()
	ap := m.ServerTraffic(th)
	for _, c := range []struct {
		s                  Secret
		name, keyLog, from string
	}{
		{early.Secret, "early_secret", "", "no psk (zeros)"},
		{early.ClientTraffic(th), "client_early_traffic_secret", "CLIENT_EARLY_TRAFFIC_SECRET", "early_secret"},
		{early.Exporter(th), "early_exporter_master_secret", "EARLY_EXPORTER_SECRET", "early_secret"},
		{hs.Secret, "handshake_secret", "", "early_secret and the shared secret"},
		{hs.ServerTraffic(th), "server_handshake_traffic_secret", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "handshake_secret"},
		{m.Secret, "master_secret", "", "handshake_secret"},
		{m.Exporter(th), "exporter_master_secret", "EXPORTER_SECRET", "master_secret"},
		{s.NextTraffic(ap), "server_application_traffic_secret_1", "SERVER_TRAFFIC_SECRET_1", "server_application_traffic_secret_0"},
		{s.NextTraffic(s.NextTraffic(ap)), "server_application_traffic_secret_2", "SERVER_TRAFFIC_SECRET_2", "server_application_traffic_secret_1"},
	} {
		if c.s.Name != c.name || c.s.KeyLogLabel != c.keyLog || c.s.From != c.from || len(c.s.Bytes) != 48 {
			t.Errorf("got %q %q %q, %d bytes; want %q %q %q", c.s.Name, c.s.KeyLogLabel, c.s.From, len(c.s.Bytes), c.name, c.keyLog, c.from)
		}
	}
	if line := ap.KeyLogLine([]byte{1, 0xab}); !bytes.HasPrefix([]byte(line), []byte("SERVER_TRAFFIC_SECRET_0 01ab ")) {
		t.Errorf("key log line %q", line)
	}
}

func TestExpansionsThatDoNotFitAreRefused(t *testing.T) {
	long := string(make([]byte, 250))
	for i, f := range []func() error{
		func() error { _, err := ExpandLabel(crypto.SHA256, nil, PrefixTLS13, long, nil, 1); return err },
		func() error {
			_, err := ExpandLabel(crypto.SHA256, nil, PrefixTLS13, "", make([]byte, 256), 1)
			return err
		},
		func() error {
			_, err := ExpandLabel(crypto.SHA256, nil, PrefixTLS13, "", nil, 255*32+1)
			return err
		},
		func() error { _, err := ExpandLabel(crypto.SHA256, nil, PrefixTLS13, "", nil, -1); return err },
		func() error { _, err := TLS13(crypto.SHA256).Export(Secret{}, long, nil, 1); return err },
		func() error { _, err := TLS13(crypto.SHA256).ResumptionPSK(Secret{}, make([]byte, 256)); return err },
	} {
		if err := f(); !errors.Is(err, ErrTooLong) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func FuzzExpandLabelNeverPanics(f *testing.F) {
	f.Add([]byte("secret"), "label", []byte("context"), 100)
	f.Fuzz(func(t *testing.T, secret []byte, label string, context []byte, n int) {
		out, err := ExpandLabel(crypto.SHA384, secret, PrefixDTLS13, label, context, n)
		if err == nil && len(out) != n {
			t.Errorf("%d bytes instead of %d", len(out), n)
		}
	})
}
