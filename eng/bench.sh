#!/usr/bin/env bash
# Measures against peers and limits; see benchmarks/README.md. Packs first, because the build is measured on the packed SDK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
eng/pack.sh >&2
dotnet run --project benchmarks/ModelOps.Benchmarks -c Release -- "$PWD" "$@"
