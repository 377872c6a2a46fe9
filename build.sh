#!/usr/bin/env bash
# One entry for everything: demo | test [--soak] | bench [group] | pack | clean. Prints what it does, never asks.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Only the product's own packages go to artifacts/packages, and nothing here may be served from an older cache.
export NUGET_PACKAGES=${NUGET_PACKAGES:-$HOME/.nuget/packages}

say() { printf '\n== %s\n' "$*"; }

command -v dotnet >/dev/null || { echo "build.sh: the .NET SDK 10.0.400 or later is needed (https://dot.net); nothing else is." >&2; exit 9; }

case "${1:-}" in
  demo)  shift; exec eng/demo.sh "$@" ;;
  test)  shift; exec eng/test.sh "$@" ;;
  bench) shift; exec eng/bench.sh "$@" ;;
  pack)  shift; exec eng/pack.sh "$@" ;;
  clean)
    say "Delete bin, obj and artifacts (packages included); the model store is not touched"
    find src tests benchmarks eng sample-repo -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
    find artifacts -mindepth 1 ! -path artifacts/packages ! -name .gitkeep -delete ;;
  *)
    sed -n '2p' "$0" | sed 's/^# //'
    echo "usage: ./build.sh demo | test [--soak] | bench [group] | pack | clean" >&2
    exit 2 ;;
esac
