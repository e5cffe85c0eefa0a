// Package ct is Certificate Transparency: timestamps (SCTs) read and verified, the logs that gave them, and what browsers ask of
// them. RFC 6962; draft-ietf-trans-rfc6962-bis is not served by any log.
package ct
