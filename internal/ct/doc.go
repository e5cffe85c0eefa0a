// Package ct is Certificate Transparency: timestamps (SCTs) read and verified, the logs that gave them, and what browsers ask of
// them. RFC 6962; no public log speaks its successor, RFC 9162.
package ct
