#!/usr/bin/env bash
# Packs SDK, tool and libraries into artifacts/packages (or $1) and evicts the versions they replace from the package cache:
# NuGet would go on serving the old bytes of the same version without a word.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
feed=${1:-artifacts/packages}
mkdir -p "$feed"
feed=$(cd "$feed" && pwd)
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}

started=$SECONDS
rm -f "$feed"/ModelOps.*.nupkg
dotnet restore ModelOps.sln -v quiet
dotnet restore eng/Precompile -v quiet >/dev/null 2>&1 || echo "packs the tasks without native code: its compiler cannot be restored here (docs/decisions/0186)" >&2
dotnet msbuild eng/Pack.proj -m -nologo -v:quiet -p:Feed="$feed"
for nupkg in "$feed"/ModelOps.*.nupkg; do
  name=$(basename "$nupkg" .nupkg)
  version=$(sed -E 's/^.*\.([0-9]+\.[0-9]+\.[0-9]+.*)$/\1/' <<<"$name")
  id=${name%."$version"}
  rm -rf "${packages:?}/${id,,}/$version"
done
echo "packed $(find "$feed" -name 'ModelOps.*.nupkg' | wc -l) packages into $feed in $((SECONDS - started)) s"
