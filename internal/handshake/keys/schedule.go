package keys

import (
	"crypto"
	"crypto/hmac"
)

// Schedule is the key schedule of TLS 1.3 with what its users vary: the hash of the suite, the
// prefix of every label, and the labels under which traffic keys are made. RFC 8446, Section 7.1.
//
//	PSK  -> Early     -> binder keys, client_early_traffic_secret, early_exporter_master_secret
//	(EC)DHE -> Handshake -> client_ and server_handshake_traffic_secret
//	0    -> Master    -> application traffic, exporter_master_secret, resumption_master_secret
//
// Each stage is a type that has only the derivations of that stage. A transcript hash is passed in
// where the RFC has one; it must be of the schedule's hash.
type Schedule struct {
	Hash   crypto.Hash
	Prefix string
	Labels TrafficLabels
}

// TrafficLabels are the labels for what a traffic secret is expanded into; an empty one does not
// exist in that protocol.
type TrafficLabels struct {
	Key    string // "key"
	IV     string // "iv"
	Number string // protection of record or packet numbers: "sn" (RFC 9147, Section 4.2.3), "quic hp" (RFC 9001, Section 5.4.1)
	Update string // the next secret: "traffic upd" (RFC 8446, Section 7.2), "quic ku" (RFC 9001, Section 6.1)
}

// TLS13 returns the schedule of TLS 1.3 over TCP.
func TLS13(h crypto.Hash) Schedule {
	return Schedule{h, PrefixTLS13, TrafficLabels{Key: "key", IV: "iv", Update: "traffic upd"}}
}

// DTLS13 returns the schedule of DTLS 1.3. RFC 9147, Section 5.9.
func DTLS13(h crypto.Hash) Schedule {
	return Schedule{h, PrefixDTLS13, TrafficLabels{Key: "key", IV: "iv", Number: "sn", Update: "traffic upd"}}
}

// QUIC returns the schedule of QUIC version 1. RFC 9001, Section 5.1.
func QUIC(h crypto.Hash) Schedule {
	return Schedule{h, PrefixTLS13, TrafficLabels{Key: "quic key", IV: "quic iv", Number: "quic hp", Update: "quic ku"}}
}

// Names of the secrets that others are derived from.
const (
	nameEarly     = "early_secret"
	nameHandshake = "handshake_secret"
	nameMaster    = "master_secret"
)

// A derivation is one arrow to the right in the figure of RFC 8446, Section 7.1.
type derivation struct{ name, label, keyLog string }

var (
	extBinder      = derivation{"binder_key", "ext binder", ""}
	resBinder      = derivation{"binder_key", "res binder", ""}
	impBinder      = derivation{"binder_key", "imp binder", ""} // RFC 9258, Section 5.2
	clientEarly    = derivation{"client_early_traffic_secret", "c e traffic", "CLIENT_EARLY_TRAFFIC_SECRET"}
	earlyExporter  = derivation{"early_exporter_master_secret", "e exp master", "EARLY_EXPORTER_SECRET"}
	clientHS       = derivation{"client_handshake_traffic_secret", "c hs traffic", "CLIENT_HANDSHAKE_TRAFFIC_SECRET"}
	serverHS       = derivation{"server_handshake_traffic_secret", "s hs traffic", "SERVER_HANDSHAKE_TRAFFIC_SECRET"}
	clientAP       = derivation{"client_application_traffic_secret_0", "c ap traffic", "CLIENT_TRAFFIC_SECRET_0"}
	serverAP       = derivation{"server_application_traffic_secret_0", "s ap traffic", "SERVER_TRAFFIC_SECRET_0"}
	exporterMaster = derivation{"exporter_master_secret", "exp master", "EXPORTER_SECRET"}
	resumption     = derivation{"resumption_master_secret", "res master", ""}
)

// derive is Derive-Secret, the transcript already hashed.
func (s Schedule) derive(d derivation, from Secret, transcriptHash []byte) Secret {
	return Secret{
		Name: d.name, Label: d.label, KeyLogLabel: d.keyLog, From: from.Name,
		Bytes: expandLabel(s.Hash, from.Bytes, s.Prefix, d.label, transcriptHash, s.Hash.Size()),
	}
}

// extract goes one stage down: the salt is Derive-Secret(from, "derived", "").
func (s Schedule) extract(name string, from Secret, ikm []byte) Secret {
	var none [64]byte
	source := from.Name + " and the shared secret"
	if ikm == nil {
		ikm, source = none[:s.Hash.Size()], from.Name
	}
	empty := s.Hash.New().Sum(none[:0:0])
	salt := expandLabel(s.Hash, from.Bytes, s.Prefix, "derived", empty, s.Hash.Size())
	return Secret{Name: name, From: source, Bytes: Extract(s.Hash, salt, ikm)}
}

// Early is the first stage, made of the pre-shared key.
type Early struct {
	s      Schedule
	Secret Secret
}

// Early starts the schedule. Without a pre-shared key psk is nil and a string of zeros stands for it.
func (s Schedule) Early(psk []byte) Early {
	from := "psk"
	if psk == nil {
		psk, from = make([]byte, s.Hash.Size()), "no psk (zeros)"
	}
	return Early{s, Secret{Name: nameEarly, From: from, Bytes: Extract(s.Hash, nil, psk)}}
}

// PSKKind is where a pre-shared key came from; its binder key has another label for each.
type PSKKind uint8

// The kinds of pre-shared keys.
const (
	ResumptionPSK PSKKind = iota // from a NewSessionTicket
	ExternalPSK                  // provisioned outside of TLS
	ImportedPSK                  // provisioned and imported, RFC 9258
)

// BinderKey returns the secret whose VerifyData is the PSK's binder. RFC 8446, Section 4.2.11.2.
func (e Early) BinderKey(kind PSKKind) Secret {
	d := resBinder
	switch kind {
	case ExternalPSK:
		d = extBinder
	case ImportedPSK:
		d = impBinder
	}
	return e.s.derive(d, e.Secret, e.s.Hash.New().Sum(nil))
}

// ClientTraffic returns client_early_traffic_secret; the transcript is the ClientHello.
func (e Early) ClientTraffic(transcriptHash []byte) Secret {
	return e.s.derive(clientEarly, e.Secret, transcriptHash)
}

// Exporter returns early_exporter_master_secret; the transcript is the ClientHello.
func (e Early) Exporter(transcriptHash []byte) Secret {
	return e.s.derive(earlyExporter, e.Secret, transcriptHash)
}

// Handshake is the second stage, made of the key agreement.
type Handshake struct {
	s      Schedule
	Secret Secret
}

// Handshake goes on with the agreed secret; nil where there was no agreement (psk_ke).
func (e Early) Handshake(shared []byte) Handshake {
	return Handshake{e.s, e.s.extract(nameHandshake, e.Secret, shared)}
}

// ClientTraffic returns client_handshake_traffic_secret; the transcript ends with ServerHello.
func (h Handshake) ClientTraffic(transcriptHash []byte) Secret {
	return h.s.derive(clientHS, h.Secret, transcriptHash)
}

// ServerTraffic returns server_handshake_traffic_secret; the transcript ends with ServerHello.
func (h Handshake) ServerTraffic(transcriptHash []byte) Secret {
	return h.s.derive(serverHS, h.Secret, transcriptHash)
}

// Master is the last stage.
type Master struct {
	s      Schedule
	Secret Secret
}

// Master goes on to the last stage.
func (h Handshake) Master() Master {
	return Master{h.s, h.s.extract(nameMaster, h.Secret, nil)}
}

// ClientTraffic returns client_application_traffic_secret_0; the transcript ends with the server's
// Finished.
func (m Master) ClientTraffic(transcriptHash []byte) Secret {
	return m.s.derive(clientAP, m.Secret, transcriptHash)
}

// ServerTraffic returns server_application_traffic_secret_0; the transcript ends with the server's
// Finished.
func (m Master) ServerTraffic(transcriptHash []byte) Secret {
	return m.s.derive(serverAP, m.Secret, transcriptHash)
}

// Exporter returns exporter_master_secret; the transcript ends with the server's Finished.
func (m Master) Exporter(transcriptHash []byte) Secret {
	return m.s.derive(exporterMaster, m.Secret, transcriptHash)
}

// Resumption returns resumption_master_secret; the transcript ends with the client's Finished.
func (m Master) Resumption(transcriptHash []byte) Secret {
	return m.s.derive(resumption, m.Secret, transcriptHash)
}

// VerifyData returns the verify_data of a Finished, or a PSK binder:
// HMAC(finished_key, transcript hash). RFC 8446, Section 4.4.4. The base is the sender's handshake
// (after the handshake: application) traffic secret, or the binder key.
func (s Schedule) VerifyData(base Secret, transcriptHash []byte) []byte {
	mac := hmac.New(s.Hash.New, s.FinishedKey(base).Bytes)
	mac.Write(transcriptHash)
	return mac.Sum(nil)
}

// FinishedKey returns the key of VerifyData.
func (s Schedule) FinishedKey(base Secret) Secret {
	return s.derive(derivation{name: "finished_key", label: "finished"}, base, nil)
}
