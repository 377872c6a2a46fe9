#!/usr/bin/env bash
# Measures against peers and limits; see benchmarks/README.md. Packs first where the build itself is measured on the packed SDK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case " ${*:-all} " in *" all "*|*" build"*|*" identity"*|*" package"*) eng/pack.sh >&2 ;; esac
dotnet run --project benchmarks/ModelOps.Benchmarks -c Release -- "$PWD" "$@"
