#!/usr/bin/env bash
# The story of the README with real commands on a scratch copy of sample-repo: nothing of the checkout, the user's package cache
# or the user's store is touched. Every step is checked; the last line is "demo: passed in N s".
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/modelops-demo.XXXXXX")
started=$SECONDS
keep=false
trap 'status=$?; if [ $status -ne 0 ]; then echo "demo: FAILED at: ${current:-start} (scratch kept: $scratch)"; elif ! $keep; then rm -rf "$scratch"; fi' EXIT
[ "${1:-}" = "--keep" ] && keep=true

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
export NUGET_PACKAGES="$scratch/packages-cache" MODELOPS_HOME="$scratch/store"
repo="$scratch/repo/sample-repo"
adapter="$repo/adapters/TicketTriage"
train="$adapter/data/train"

[ -t 1 ] && bold=$'\033[1m' plain=$'\033[0m' || bold='' plain=''
step() { current="$*"; printf '\n%s== [%3d s] %s%s\n' "$bold" "$((SECONDS - started))" "$*" "$plain"; }
run() { printf '$ %s\n' "$*"; "$@"; }
fail() { echo "demo: $*" >&2; exit 1; }
# Runs a command that must succeed, shows its output, and leaves it in $log for the checks that follow.
log="$scratch/last.log"
ok() { printf '$ %s\n' "$*"; "$@" 2>&1 | tee "$log" || fail "command failed: $*"; }
# Runs a command that must fail with exit code 1.
no() { printf '$ %s\n' "$*"; local status=0; "$@" >"$log" 2>&1 || status=$?; cat "$log"; [ "$status" -eq 1 ] || fail "expected exit code 1, got $status: $*"; }
says() { grep -qE -- "$1" "$log" || fail "expected the output to say: $1"; }
says_not() { ! grep -qE -- "$1" "$log" || fail "expected the output not to say: $1"; }
key() { sed -nE 's/.*"key": ?"(sha256:[0-9a-f]{64})".*/\1/p' "$adapter/obj/modelops/fingerprint.json"; }

step "Pack the SDK, the tool and the libraries"
mkdir -p "$scratch/repo/artifacts/packages"
NUGET_PACKAGES="${MODELOPS_DEMO_BUILD_PACKAGES:-$HOME/.nuget/packages}" run "$root/build.sh" pack "$scratch/repo/artifacts/packages"
cp -r "$root/sample-repo" "$repo"
find "$repo" -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
cd "$repo"
run dotnet tool install ModelOps.Cli --tool-path "$scratch/tools" --add-source "$scratch/repo/artifacts/packages" >/dev/null
modelops="$scratch/tools/dotnet-modelops"

step "Build: the data is new, so the adapter is trained, evaluated against prompting, and must pass its gates"
ok dotnet build adapters/TicketTriage
says 'passed'
first=$(key)

step "Build again: nothing changed, nothing runs"
ok dotnet build adapters/TicketTriage
says 'up to date'
[ "$(key)" = "$first" ] || fail "the key moved without a change"

step "Reformat the dataset: CRLF line ends and the rows in reverse order are the same data"
for f in "$train"/*.jsonl; do tac "$f" | sed 's/$/\r/' > "$f.tmp" && mv "$f.tmp" "$f"; done
ok dotnet build adapters/TicketTriage
says 'up to date'
[ "$(key)" = "$first" ] || fail "reformatting moved the key"

step "Edit one row: it retrains, and says why"
file=$(ls "$train"/*.jsonl | head -1)
cp "$file" "$scratch/before-edit.jsonl"
sed -i '1s/\("role": \?"user", \?"content": \?"\)/\1Hello team, /' "$file"
cmp -s "$file" "$scratch/before-edit.jsonl" && fail "the edit changed nothing"
ok dotnet build adapters/TicketTriage
says 'retrains'
[ "$(key)" != "$first" ] || fail "an edited row did not move the key"
ok "$modelops" why adapters/TicketTriage

step "Raise a threshold beyond reach: the build fails with MOPS5001, and pack refuses too"
cp adapters/TicketTriage/TicketTriage.csproj "$scratch/TicketTriage.csproj"
sed -i '/Include="ExactMatch"/s/Minimum="[^"]*"/Minimum="0.999"/' adapters/TicketTriage/TicketTriage.csproj
no dotnet build adapters/TicketTriage
says 'error MOPS5001'
no dotnet pack adapters/TicketTriage --no-build
says 'error MOPS6'

step "Restore the threshold: the gate passes again without training"
cp "$scratch/TicketTriage.csproj" adapters/TicketTriage/TicketTriage.csproj
ok dotnet build adapters/TicketTriage
says 'passed'

step "Pack: adapter, lineage and evidence become a package; the base model becomes another"
ok dotnet pack adapters/TicketTriage
ls -l ../artifacts/packages

step "Restore the package into an app and run it, with the repository's models folder gone"
rm -rf "$repo/models"
ok dotnet run --project apps/TriageApp -- "Please send me a quote for the payroll program with 60 employees." "The parcel with our two desk phones has still not arrived."
says '"queue"'

printf '\ndemo: passed in %d s\n' "$((SECONDS - started))"
