package iana

import "testing"

// The table of RFC 9846, Section 4.3 (RFC 8446, Section 4.2), and of RFC 8446 what the former left out.
func TestExtensionsStandInTheMessagesOfTheRFC(t *testing.T) {
	table := map[ExtensionType]string{
		ExtServerName: "CH, EE, CR", ExtMaxFragmentLength: "CH, EE", ExtStatusRequest: "CH, CT, CR",
		ExtSupportedGroups: "CH, EE", ExtSignatureAlgorithms: "CH, CR", ExtUseSRTP: "CH, EE", ExtHeartbeat: "CH, EE",
		ExtALPN: "CH, EE", ExtSCT: "CH, CT, CR", ExtClientCertificateType: "CH, EE", ExtServerCertificateType: "CH, EE",
		ExtPadding: "CH", ExtKeyShare: "CH, SH, HRR", ExtPreSharedKey: "CH, SH", ExtPSKKeyExchangeModes: "CH",
		ExtEarlyData: "CH, EE, NST", ExtCookie: "CH, HRR", ExtSupportedVersions: "CH, SH, HRR",
		ExtCertificateAuthorities: "CH, CR", ExtOidFilters: "CR", ExtPostHandshakeAuth: "CH",
		ExtSignatureAlgorithmsCert: "CH, CR", ExtCompressCertificate: "CH, CR", ExtRecordSizeLimit: "CH, EE",
		ExtDelegatedCredential: "CH, CT, CR", ExtSupportedEKTCiphers: "CH, EE", ExtTransparencyInfo: "CH, CT, CR",
		ExtExternalIDHash: "CH, EE", ExtExternalSessionID: "CH, EE", ExtQUICTransportParameters: "CH, EE",
		ExtTicketRequest: "CH, EE", ExtECHOuterExtensions: "CH", ExtEncryptedClientHello: "CH, HRR, EE",
		// Not in the table: no place in TLS 1.3.
		ExtRenegotiationInfo: "-", ExtExtendedMasterSecret: "-", ExtEncryptThenMAC: "-", ExtSessionTicket: "-",
		ExtECPointFormats: "-", ExtStatusRequestV2: "-", 0x1234: "-",
	}
	for v, want := range table {
		if got := v.Messages().String(); got != want {
			t.Errorf("%v is in %s, want %s", v, got, want)
		}
	}
}

func TestOldExtensionsStandInHellos(t *testing.T) {
	for v := range AllExtensionTypes() {
		if old := v.MessagesBefore13(); old&^(InClientHello|InServerHello) != 0 {
			t.Errorf("%v is in %v before TLS 1.3", v, old)
		}
		if v.Messages() == 0 && v.MessagesBefore13() == 0 {
			t.Errorf("%v is in no message at all", v)
		}
	}
	if !ExtRenegotiationInfo.MessagesBefore13().Has(InClientHello|InServerHello) || ExtSupportedGroups.MessagesBefore13().Has(InServerHello) {
		t.Error("renegotiation_info is in both hellos, supported_groups only in the client's")
	}
}
