#!/bin/sh
# Scans a million targets on loopback addresses (refused, silent and good ones) with the program as it is released, and tells how much
# memory it took at most: bench/million.sh [TARGETS]. Linux, and a few minutes.
set -eu
cd "$(dirname "$0")/.."
TLSPROBE_MILLION="${1:-1000000}" exec go test ./bench -count 1 -run '^TestAMillionTargetsNeedLittleMemory$' -v -timeout 1h
