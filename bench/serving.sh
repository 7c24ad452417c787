#!/usr/bin/env bash
# The server against a bare InferenceSession, against servers as people write them, and against more requests than it can answer. Ratios come from one run, in turns.
#   bench/serving.sh [PART…]      single saturation trivial peers overload start loading; all of them
#   SECONDS_EACH=5                how long one measurement takes
#   THREADS=N                     computing threads of a run, here and in the server; all processors
# The part «peers» needs Debian's python3-fastapi, uvicorn and python3-torch, and «npm ci --ignore-scripts» in bench/peers; it takes Debian's wrk where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

parts=("$@")
[ $# -gt 0 ] || parts=(single saturation trivial peers overload start loading)
for part in "${parts[@]}"; do
  [ "$part" = peers ] || continue
  missing=()
  /usr/bin/python3 -c 'import fastapi, uvicorn, torch' 2>/dev/null || missing+=("apt-get install python3-fastapi uvicorn python3-torch")
  [ -d bench/peers/node_modules/fastify ] || missing+=("(cd bench/peers && npm ci --ignore-scripts)")
  [ ${#missing[@]} -eq 0 ] || { printf 'bench/serving.sh: the other servers are missing. Run: %s\n' "${missing[@]}" >&2; exit 1; }
done

for project in train export serve bench/Serving; do dotnet build "$project" -c Release -v quiet --nologo >&2; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
measure=artifacts/bin/Serving/release/bench-serving

# NAME NETWORK SIZE CLASSES: how good a model is does not matter here.
publish() {
  "$measure" weights "$2" "$3" "$4" "$work/$1.safetensors"
  bin/train import-weights "$work/$1.safetensors" --network "$2" --input "$3" --classes "$4" --name "$1" --models "$work/models" >/dev/null
  bin/export onnx "$1" --models "$work/models" >/dev/null
}
publish trivial linear 1x28x28 10
publish resnet18 resnet18 3x224x224 1000

threads=${THREADS:-$(nproc)}
echo "$threads threads of $(nproc) processors, ${SECONDS_EACH:-5} s a measurement"
"$measure" "${parts[@]}" --models "$work/models" --weights "$work" --serve bin/serve --peers bench/peers --threads "$threads" --seconds "${SECONDS_EACH:-5}"
