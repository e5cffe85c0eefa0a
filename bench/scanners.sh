#!/bin/sh
# Tells what tlsprobe scan, tlsx and zgrab2 spend of their CPU for a handshake with verification (tlsprobe alone) and a line of JSON, of those
# that are installed, against the same server: bench/scanners.sh [TARGETS]. Linux, and a minute.
set -eu
cd "$(dirname "$0")/.."
TLSPROBE_SCANNERS="${1:-20000}" exec go test ./bench -count 1 -run '^TestScannersBesideEachOther$' -v -timeout 1h
