// Tests alone, apart so that what they need is no dependency of the program.
module github.com/tlsprobe/tlsprobe/internal/verify/bettertls

go 1.26.0

require (
	github.com/Netflix/bettertls v0.0.0-20250909192348-e1e99e353074
	github.com/tlsprobe/tlsprobe v0.0.0
)

require (
	github.com/cloudflare/circl v1.6.5 // indirect
	github.com/google/uuid v1.3.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/crypto/x509roots/fallback v0.0.0-20261030153154-30a33513ff6d // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/tlsprobe/tlsprobe => ../../..
