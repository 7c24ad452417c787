#!/usr/bin/env bash
# Installs what is missing, builds everything, runs every test. The last line is «N passed, N failed, N skipped».
set -uo pipefail
cd "$(dirname "$0")"

fail() { echo "$1" >&2; echo "0 passed, 1 failed"; exit 1; }
eng/setup.sh || fail "test.sh: set-up failed."
dotnet build Toolchain.sln -c Release -v quiet --nologo || fail "test.sh: the build failed."

passed=0 failed=0 skipped=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for project in tests/*.Tests; do
  name=$(basename "$project")
  echo "== $name"
  timeout 1200 dotnet test "$project" -c Release --no-build --nologo -v quiet --logger "console;verbosity=minimal" 2>&1 | tee "$output"
  status=${PIPESTATUS[0]}
  summary=$(grep -E 'Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+' "$output" | tail -n 1)
  number() { sed -E "s/.*$1: +([0-9]+).*/\1/" <<<"$summary"; }
  if [ -z "$summary" ]; then
    echo "$name: the test run ended without a result." >&2
    failed=$((failed + 1))
    continue
  fi
  passed=$((passed + $(number Passed))) skipped=$((skipped + $(number Skipped)))
  failures=$(number Failed)
  [ "$status" -eq 0 ] || [ "$failures" -gt 0 ] || failures=1
  failed=$((failed + failures))
done

[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
