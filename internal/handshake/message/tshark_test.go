package message

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// counterparts says which of our fields a field of tshark's is. In a path * is one step and ** any
// number; "content" before it stands for what follows the length of a vector.
var counterparts = []struct{ field, paths string }{
	{"tls.handshake.type", "*.msg_type"},
	{"tls.handshake.length", "*.length"},
	{"tls.handshake.version", "*.legacy_version"},
	{"tls.handshake.random", "*.random"},
	{"tls.handshake.session_id_length", "client_hello.legacy_session_id.length server_hello.legacy_session_id_echo.length hello_retry_request.legacy_session_id_echo.length"},
	{"tls.handshake.session_id", "client_hello.legacy_session_id.bytes server_hello.legacy_session_id_echo.bytes hello_retry_request.legacy_session_id_echo.bytes"},
	{"tls.handshake.cipher_suites_length", "client_hello.cipher_suites.length"},
	{"tls.handshake.ciphersuites", "content:client_hello.cipher_suites"},
	{"tls.handshake.ciphersuite", "client_hello.cipher_suites[i] *.cipher_suite"},
	{"tls.handshake.comp_methods_length", "client_hello.legacy_compression_methods.length"},
	{"tls.handshake.comp_methods", "content:client_hello.legacy_compression_methods"},
	{"tls.handshake.comp_method", "client_hello.legacy_compression_methods[i] *.legacy_compression_method"},
	{"tls.handshake.extensions_length", "**.extensions.length"},
	{"tls.handshake.extension.type", "**.extensions.*.extension_type"},
	{"tls.handshake.extension.len", "**.extensions.*.length"},
	{"tls.handshake.extensions_server_name_list_len", "**.server_name_list.length"},
	{"tls.handshake.extensions_server_name_type", "**.name_type"},
	{"tls.handshake.extensions_server_name_len", "**.host_name.length"},
	{"tls.handshake.extensions_server_name", "**.host_name.bytes"},
	{"tls.handshake.max_fragment_length", "**.max_fragment_length.max_fragment_length"},
	{"tls.handshake.extensions_status_request_type", "**.status_type"},
	{"tls.handshake.extensions_status_request_list_len", "**.certificate_status_req_list.length"},
	{"tls.handshake.extensions_status_request_len", "**.request.length"},
	{"tls.handshake.extensions_status_request_responder_ids_len", "**.responder_id_list.length"},
	{"tls.handshake.extensions_status_request_exts_len", "**.request_extensions.length"},
	{"tls.handshake.ocsp_response_len", "**.response.length"},
	{"tls.handshake.extensions_supported_groups_length", "**.named_group_list.length"},
	{"tls.handshake.extensions_supported_groups", "content:**.named_group_list"},
	{"tls.handshake.extensions_supported_group", "**.named_group_list[i]"},
	{"tls.handshake.extensions_ec_point_formats_length", "**.ec_point_format_list.length"},
	{"tls.handshake.extensions_ec_point_formats", "content:**.ec_point_format_list"},
	{"tls.handshake.extensions_ec_point_format", "**.ec_point_format_list[i]"},
	{"tls.handshake.sig_hash_alg_len", "**.supported_signature_algorithms.length"},
	{"tls.handshake.sig_hash_algs", "content:**.supported_signature_algorithms"},
	{"tls.handshake.sig_hash_alg", "**.supported_signature_algorithms[i] certificate_verify.algorithm server_key_exchange.algorithm"},
	{"tls.handshake.extension.heartbeat.mode", "**.heartbeat.mode"},
	{"tls.handshake.extensions_alpn_len", "**.protocol_name_list.length"},
	{"tls.handshake.extensions_alpn_list", "content:**.protocol_name_list"},
	{"tls.handshake.extensions_alpn_str_len", "**.protocol_name_list[i].name.length"},
	{"tls.handshake.extensions_alpn_str", "**.protocol_name_list[i].name.bytes"},
	{"tls.sct.scts_length", "**.sct_list.length"},
	{"tls.sct.sct_length", "**.serialized_sct.length"},
	{"tls.compress_certificate.algorithms_length", "**.compress_certificate.algorithms.length"},
	{"tls.compress_certificate.algorithm", "**.compress_certificate.algorithms[i]"},
	{"tls.record_size_limit", "**.record_size_limit.record_size_limit"},
	{"tls.handshake.extensions.supported_versions_len", "**.versions.length"},
	{"tls.handshake.extensions.supported_version", "**.versions[i] **.selected_version"},
	{"tls.handshake.extensions.cookie_len", "**.cookie.cookie.length"},
	{"tls.handshake.extensions.cookie", "**.cookie.cookie.bytes"},
	{"tls.extension.psk_ke_modes_length", "**.ke_modes.length"},
	{"tls.extension.psk_ke_mode", "**.ke_modes[i]"},
	{"tls.handshake.extensions_key_share_client_length", "**.client_shares.length"},
	{"tls.handshake.extensions_key_share_group", "**.client_shares[i].group **.server_share.group"},
	{"tls.handshake.extensions_key_share_key_exchange_length", "**.key_exchange.length"},
	{"tls.handshake.extensions_key_share_key_exchange", "content:**.key_exchange"},
	{"tls.handshake.extensions_key_share_selected_group", "**.selected_group"},
	{"tls.handshake.extensions.psk.identities.length", "**.identities.length"},
	{"tls.handshake.extensions.psk.identity.identity_length", "**.identity.length"},
	{"tls.handshake.extensions.psk.identity.identity", "**.identity.bytes"},
	{"tls.handshake.extensions.psk.identity.obfuscated_ticket_age", "**.obfuscated_ticket_age"},
	{"tls.handshake.extensions.psk.binders_len", "**.binders.length"},
	{"tls.handshake.extensions.psk.binders", "content:**.binders"},
	{"tls.handshake.extensions.psk.identity.selected", "**.selected_identity"},
	{"tls.handshake.extensions_reneg_info_len", "**.renegotiated_connection.length"},
	{"tls.handshake.extensions_reneg_info", "**.renegotiated_connection.bytes"},
	{"tls.handshake.extensions_padding_data", "**.padding.padding"},
	{"tls.early_data.max_early_data_size", "**.max_early_data_size"},
	{"tls.handshake.dnames_len", "**.authorities.length certificate_request.certificate_authorities.length"},
	{"tls.handshake.dnames", "content:**.authorities content:certificate_request.certificate_authorities"},
	{"tls.handshake.dname_len", "**.authorities[i].name.length certificate_request.certificate_authorities[i].name.length"},
	{"tls.handshake.certificate_request_context_length", "*.certificate_request_context.length"},
	{"tls.handshake.certificates_length", "certificate.certificate_list.length"},
	{"tls.handshake.certificates", "content:certificate.certificate_list"},
	{"tls.handshake.certificate_length", "**.cert.length"},
	{"tls.handshake.certificate", "content:**.cert"},
	{"tls.handshake.cert_types_count", "certificate_request.certificate_types.length"},
	{"tls.handshake.cert_types", "content:certificate_request.certificate_types"},
	{"tls.handshake.cert_type", "certificate_request.certificate_types[i]"},
	{"tls.handshake.cert_type.types_len", "client_hello.**.certificate_types.length"},
	{"tls.handshake.cert_type.types", "content:client_hello.**.certificate_types"},
	{"tls.handshake.cert_type.type", "client_hello.**.certificate_types[i]"},
	{"tls.handshake.client_cert_vrfy.sig_len", "certificate_verify.signature.length"},
	{"tls.handshake.client_cert_vrfy.sig", "certificate_verify.signature.bytes"},
	{"tls.handshake.server_curve_type", "**.curve_type"},
	{"tls.handshake.server_named_curve", "**.named_curve"},
	{"tls.handshake.server_point_len", "**.public.length"},
	{"tls.handshake.server_point", "**.public.bytes"},
	{"tls.handshake.p_len", "**.dh_p.length"},
	{"tls.handshake.p", "**.dh_p.bytes"},
	{"tls.handshake.g_len", "**.dh_g.length"},
	{"tls.handshake.g", "**.dh_g.bytes"},
	{"tls.handshake.ys_len", "**.dh_ys.length"},
	{"tls.handshake.ys", "**.dh_ys.bytes"},
	{"tls.handshake.sig_len", "server_key_exchange.signature.length"},
	{"tls.handshake.sig", "server_key_exchange.signature.bytes"},
	{"tls.handshake.hint_len", "**.psk_identity_hint.length"},
	{"tls.handshake.hint", "**.psk_identity_hint.bytes"},
	{"tls.handshake.identity_len", "**.psk_identity.length"},
	{"tls.handshake.identity", "**.psk_identity.bytes"},
	{"tls.handshake.client_point_len", "**.ecdh_yc.length"},
	{"tls.handshake.client_point", "**.ecdh_yc.bytes"},
	{"tls.handshake.yc_len", "**.dh_yc.length"},
	{"tls.handshake.yc", "**.dh_yc.bytes"},
	{"tls.handshake.epms_len", "**.encrypted_pre_master_secret.length"},
	{"tls.handshake.epms", "**.encrypted_pre_master_secret.bytes"},
	{"tls.handshake.session_ticket_lifetime_hint", "*.ticket_lifetime_hint *.ticket_lifetime"},
	{"tls.handshake.session_ticket_age_add", "*.ticket_age_add"},
	{"tls.handshake.session_ticket_nonce_length", "*.ticket_nonce.length"},
	{"tls.handshake.session_ticket_nonce", "*.ticket_nonce.bytes"},
	{"tls.handshake.session_ticket_length", "new_session_ticket.ticket.length"},
	{"tls.handshake.session_ticket", "new_session_ticket.ticket.bytes"},
	{"tls.handshake.verify_data", "finished.verify_data"},
	{"tls.handshake.key_update.request_update", "key_update.request_update"},
}

// without is fields of tshark's that have no counterpart: parts of ours, or content it opens further.
var without = regexp.MustCompile(`^tls\.(handshake\.(random_time|random_bytes|sig_hash_(hash|sig)|dname|ja3.*|session_id_hit|extension\.data|extensions_(key_share|npn).*|status_request.*|fragments?|reassembled.*)|sct\..*|malformed.*|extension\.oid_filters.*)$`)

// unseen is leaves of ours that tshark 4.0 does not show as fields of their own. What is in a
// certificate is compared by internal/cert with other readers.
var unseen = regexp.MustCompile(`\.cert\..*|\.(extension_data|serialized_sct\.bytes|response\.bytes|responder_id\.(length|bytes)|request_extensions\.bytes|binder\.(length|bytes)|session_ticket\.ticket|key_exchange\.[a-z0-9]+|name\.bytes|delegated_credential\..*|signed_certificate_timestamp\.(sct_list\.length)|encrypted_client_hello\..*|next_protocol_negotiation.*)$`)

type span struct{ pos, size int }

// matching is the places of our fields that a list of paths names.
func matching(tree *wire.Tree, paths string, hit []bool) []span {
	var list []span
	for glob := range strings.FieldsSeq(paths) {
		glob, content := strings.CutPrefix(glob, "content:")
		pattern := regexp.QuoteMeta(glob)
		pattern = strings.ReplaceAll(pattern, `\*\*`, `.+`)
		pattern = strings.ReplaceAll(pattern, `\*`, `[^.]+`)
		re := regexp.MustCompile("^" + pattern + "$")
		for i := range tree.Nodes {
			if !re.MatchString(general(tree.Path(i))) {
				continue
			}
			n := &tree.Nodes[i]
			s := span{int(n.Off), int(n.Len)}
			if content {
				prefix := int(tree.Nodes[i+1].Len)
				s = span{s.pos + prefix, s.size - prefix}
			}
			for k := i; k < int(n.Last); k++ {
				hit[k] = hit[k] || !content || k > i+1 && int(n.Last) == i+3
			}
			if s.size > 0 {
				list = append(list, s)
			}
		}
	}
	return list
}

// agrees compares one message as tshark and we see it.
func agrees(t *testing.T, d dissected, p passed) {
	t.Helper()
	m, tree, diags := holdsInvariants(t, p.raw, p.ctx)
	if len(diags) > 0 {
		t.Errorf("%s: %+v", m.Name(), diags)
	}
	theirs := map[string][]span{}
	for _, f := range d.fields {
		theirs[f.name] = append(theirs[f.name], span{f.pos, f.size})
	}
	order := func(a, b span) int { return a.pos - b.pos }
	hit := make([]bool, len(tree.Nodes))
	for _, c := range counterparts {
		ours, other := matching(tree, c.paths, hit), theirs[c.field]
		slices.SortFunc(ours, order)
		slices.SortFunc(other, order)
		if !slices.Equal(ours, other) {
			t.Errorf("%s: %s: tshark sees %v, we see %v in %s", m.Name(), c.field, other, ours, c.paths)
		}
		delete(theirs, c.field)
	}
	for name := range theirs {
		if !without.MatchString(name) {
			t.Errorf("%s: %s has no counterpart: %v", m.Name(), name, theirs[name])
		}
	}
	for i := range tree.Nodes {
		if path := tree.Path(i); tree.IsLeaf(i) && tree.Nodes[i].Len > 0 && !hit[i] && !unseen.MatchString(general(path)) {
			t.Errorf("%s is compared with nothing of tshark's", path)
		}
	}
}

// agreesOn compares every handshake message of a session, and wants those that are named to be there.
func agreesOn(t *testing.T, s *session, want string) {
	t.Helper()
	theirs := dissect(t, s)
	ours := s.messages(t)
	var names []string
	for _, fromClient := range []bool{true, false} {
		var d []dissected
		for _, x := range theirs {
			if x.fromClient == fromClient && len(x.fields) > 1 {
				d = append(d, x)
			}
		}
		i := 0
		for _, p := range ours {
			if p.fromClient != fromClient {
				continue
			}
			if i >= len(d) {
				t.Fatalf("tshark sees %d messages and none for %x", len(d), p.raw)
			}
			agrees(t, d[i], p)
			i++
			m, _ := Decode(p.raw, p.ctx, nil)
			names = append(names, m.Name())
		}
	}
	slices.Sort(names)
	if got := strings.Join(slices.Compact(names), " "); got != want {
		t.Errorf("messages: %s\nwant: %s", got, want)
	}
}

func TestTsharkSeesTheSameFields(t *testing.T) {
	testpeer.Need(t, "tshark")
	const tls12 = "certificate certificate_request certificate_status certificate_verify client_hello client_key_exchange new_session_ticket server_hello server_hello_done server_key_exchange"
	t.Run("TLS 1.2", func(t *testing.T) {
		server, client := configs(t, tls.VersionTLS12)
		agreesOn(t, converse(t, server, client), tls12)
		agreesOn(t, converse(t, server, client), "client_hello new_session_ticket server_hello") // resumed
	})
	t.Run("TLS 1.0", func(t *testing.T) {
		server, client := configs(t, tls.VersionTLS10)
		agreesOn(t, converse(t, server, client), tls12)
	})
	t.Run("TLS 1.3", func(t *testing.T) {
		server, client := configs(t, tls.VersionTLS13)
		agreesOn(t, converse(t, server, client), "certificate certificate_request certificate_verify client_hello encrypted_extensions finished new_session_ticket server_hello")
		agreesOn(t, converse(t, server, client), "client_hello encrypted_extensions finished new_session_ticket server_hello") // resumed
	})
	t.Run("TLS 1.3 HelloRetryRequest", func(t *testing.T) {
		server, client := configs(t, tls.VersionTLS13)
		server.CurvePreferences = []tls.CurveID{tls.CurveP384}
		agreesOn(t, converse(t, server, client), "certificate certificate_request certificate_verify client_hello encrypted_extensions finished hello_retry_request new_session_ticket server_hello")
	})
	t.Run("every extension", func(t *testing.T) {
		raw := everyExtension()
		record := append(binary.BigEndian.AppendUint16([]byte{22, 3, 1}, uint16(len(raw))), raw...)
		agreesOn(t, &session{segments: []segment{{true, record}}}, "client_hello")
	})
}

func TestTsharkSeesTheSameFieldsOfOpenSSL(t *testing.T) {
	testpeer.Need(t, "tshark")
	testpeer.Need(t, "openssl")
	const dhe = "certificate client_hello client_key_exchange new_session_ticket server_hello server_hello_done server_key_exchange"
	for i, c := range []struct {
		server, client []string
		want           string
	}{
		{nil, []string{"-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"}, dhe},
		{nil, []string{"-tls1_2", "-cipher", "AES128-SHA"}, "certificate client_hello client_key_exchange new_session_ticket server_hello server_hello_done"},
		{[]string{"-cipher", "ADH-AES128-SHA256:@SECLEVEL=0"}, []string{"-tls1_2", "-cipher", "ADH-AES128-SHA256:@SECLEVEL=0"}, "client_hello client_key_exchange new_session_ticket server_hello server_hello_done server_key_exchange"},
		{[]string{"-psk", "abcd", "-psk_hint", "hint"}, []string{"-tls1_2", "-psk", "abcd", "-cipher", "PSK-AES128-CBC-SHA256"}, "client_hello client_key_exchange new_session_ticket server_hello server_hello_done server_key_exchange"},
		{[]string{"-psk", "abcd", "-psk_hint", "hint"}, []string{"-tls1_2", "-psk", "abcd", "-cipher", "RSA-PSK-AES128-CBC-SHA256"}, "certificate client_hello client_key_exchange new_session_ticket server_hello server_hello_done server_key_exchange"},
		{[]string{"-groups", "X448"}, []string{"-tls1_3", "-groups", "P-256:X448", "-alpn", "h2"}, "certificate certificate_verify client_hello encrypted_extensions finished hello_retry_request new_session_ticket server_hello"},
		{nil, []string{"-tls1_3", "-groups", "ffdhe2048", "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-status"}, "certificate certificate_verify client_hello encrypted_extensions finished new_session_ticket server_hello"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			agreesOn(t, servedByOpenSSL(t, c.server, c.client), c.want)
		})
	}
}
