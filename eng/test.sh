#!/usr/bin/env bash
# Every test of the solution. --soak runs the full counts of the fault and property tests. Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ "${1:-}" = "--soak" ] && { export MODELOPS_TEST_SOAK=1; shift; }
started=$SECONDS
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo "== Build (Release, warnings are errors)"
dotnet build ModelOps.sln -c Release -v quiet -nologo -clp:NoSummary || { echo "0 passed, 1 failed"; exit 1; }

# The tests pack the SDK as eng/pack.sh does.
dotnet restore eng/Precompile -v quiet >/dev/null 2>&1 || echo "the SDK is tested without native code: its compiler cannot be restored here (docs/decisions/0186)"

# The longest assembly, ModelOps.Sdk.Tests, stands first in the solution, so that the others run beside it.
echo "== Test"
dotnet test ModelOps.sln -c Release --no-build --nologo -m:2 "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

# One line per assembly: "Passed!  - Failed: 0, Passed: 12, Skipped: 1, Total: 13, ..."
read -r passed failed skipped < <(awk '/ - Failed: +[0-9]+, Passed: +[0-9]+/ {
    gsub(",", ""); for (i = 1; i <= NF; i++) { if ($i == "Failed:") f += $(i+1); if ($i == "Passed:") p += $(i+1); if ($i == "Skipped:") s += $(i+1) } }
  END { print p + 0, f + 0, s + 0 }' "$log")
[ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
grep -E '^ *Failed [A-Za-z_].*\[' "$log" | sed 's/^ */failed test: /' || true
echo "tests took $((SECONDS - started)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
