package diff

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/explain"
)

// presenceOnly are the ends of paths of ephemeral fields whose length is chance, too, so that only whether there is something is
// compared: DER of ECDSA and DSA signatures, public values of finite fields without their leading zeros, and what a server encrypts
// for itself.
var presenceOnly = [...]string{
	".signature", ".signature.bytes", ".dh_ys", ".dh_ys.bytes", ".dh_yc", ".dh_yc.bytes", ".ticket", ".ticket.bytes", ".ticket_nonce",
	".ticket_nonce.bytes", ".cookie", ".cookie.bytes", ".identity", ".identity.bytes", ".enc", ".enc.bytes", ".payload", ".payload.bytes",
	".exchange_keys", ".trailing", ".body", ".encrypted_pre_master_secret", ".encrypted_pre_master_secret.bytes",
}

// asPresence are steps below which only presence is compared, whatever their class: answers that are signed anew every few days.
var asPresence = [...]string{"signed_certificate_timestamp.sct_list"}

// classOf is the class of a path. What nothing explains is taken for stable: it is compared.
func classOf(path string) explain.Class {
	if f, ok := explain.Path(path); ok {
		return f.Class
	}
	return explain.Stable
}

func comparesPresence(path string) bool {
	for _, end := range presenceOnly {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

func belowPresence(path string) bool {
	for _, s := range asPresence {
		if strings.HasSuffix(path, s) {
			return true
		}
	}
	return false
}
