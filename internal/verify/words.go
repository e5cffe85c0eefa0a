package verify

var (
	purposeWords    = [...]string{"server", "client", "any"}
	rulesWords      = [...]string{"webpki", "rfc5280", "client", "profile"}
	revocationWords = [...]string{"soft", "require", "off"}
)

// Purposes returns every purpose.
func Purposes() []Purpose { return []Purpose{PurposeServer, PurposeClient, PurposeAny} }

// String returns "server", "client" or "any".
func (p Purpose) String() string { return wordOf(purposeWords[:], int(p)) }

// AllRules returns every set of rules.
func AllRules() []Rules { return []Rules{RulesWebPKI, RulesRFC5280, RulesClient, RulesProfile} }

// String returns "webpki", "rfc5280", "client" or "profile".
func (r Rules) String() string { return wordOf(rulesWords[:], int(r)) }

// Revocations returns every way to treat revocation.
func Revocations() []Revocation {
	return []Revocation{RevocationSoft, RevocationRequire, RevocationOff}
}

// String returns "soft", "require" or "off".
func (r Revocation) String() string { return wordOf(revocationWords[:], int(r)) }

func wordOf(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "unknown"
}
