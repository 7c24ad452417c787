#!/usr/bin/env bash
# The server under every kind of client for some minutes, on this machine's loopback only: what it takes of memory, threads and handles after a tenth of the time and at the end.
# Exits with 1 when something grew or a client got what it should not.
#   bench/soak.sh [MINUTES]      30
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet build serve -c Release -v quiet --nologo >&2
dotnet build bench/Soak -c Release -v quiet --nologo >&2
exec artifacts/bin/Soak/release/bench-soak bin/serve "${1:-30}"
