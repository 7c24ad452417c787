#!/usr/bin/env bash
# Installs what is missing, builds everything, runs every test. The last line is «N passed, N failed, N skipped».
set -uo pipefail
cd "$(dirname "$0")"

fail() { echo "$1" >&2; echo "0 passed, 1 failed"; exit 1; }
eng/setup.sh || fail "test.sh: set-up failed."
dotnet build Toolchain.sln -c Release -v quiet --nologo || fail "test.sh: the build failed."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Test projects are programs. As each ends, its failures and its summary are shown, which are indented, or the end of all that it wrote where it has no summary.
totals='Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+, Not Run: [0-9]+'
run() {
  local name
  for name; do
    timeout 1200 "artifacts/bin/$name/release/$name" -noLogo -noColor > "$results/$name" 2>&1
    echo $? > "$results/$name.status"
    echo "== $name"$'\n'"$(if grep -qE "$totals" "$results/$name"; then grep '^   ' "$results/$name"; else tail -n 100 "$results/$name"; fi)"
  done
}

# Those that mostly wait for programs they start and those that compute in one thread run side by side; the server's tests, some of which look at the
# clock, have the machine to themselves.
alone=Serve.Tests programs=EndToEnd.Tests others=()
for project in tests/*.Tests; do
  name=$(basename "$project")
  [ "$name" = "$alone" ] || [ "$name" = "$programs" ] || others+=("$name")
done
run "$programs" &
run "${others[@]}"
wait
run "$alone"

passed=0 failed=0 skipped=0
for name in "${others[@]}" "$programs" "$alone"; do
  summary=$(grep -E "$totals" "$results/$name" | tail -n 1)
  number() { sed -E "s/.*$1: ([0-9]+).*/\1/" <<<"$summary"; }
  if [ -z "$summary" ]; then
    echo "$name: the test run ended without a result." >&2
    failed=$((failed + 1))
    continue
  fi
  failures=$(($(number Errors) + $(number Failed)))
  passed=$((passed + $(number Total) - $(number Failed) - $(number Skipped) - $(number "Not Run")))
  skipped=$((skipped + $(number Skipped)))
  [ "$(cat "$results/$name.status")" -eq 0 ] || [ "$failures" -gt 0 ] || failures=1
  failed=$((failed + failures))
done

[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
