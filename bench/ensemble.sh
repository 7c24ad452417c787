#!/usr/bin/env bash
# One folded ensemble against its members as sessions of their own, run one after the other on the same images in one process: latency of a single image,
# throughput in batches of 32, memory beyond the start of the process. In turns, medians; ratios above 1 (memory: below 1): the folded graph is better.
#   bench/ensemble.sh [NETWORK] [LAYOUT] [ROUNDS] [-- NETWORK ARGUMENTS]      resnet20; branches, grouped or auto; 3 rounds; DATA: fashion-mnist
set -euo pipefail
cd "$(dirname "$0")/.."

network=${1:-resnet20} layout=${2:-branches} rounds=${3:-3} threads=$(nproc) data=${DATA:-fashion-mnist}
shift $(($# < 3 ? $# : 3)); [ "${1:-}" = -- ] && shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build bench/Ensembles -c Release -v quiet --nologo >&2
measure=artifacts/bin/Ensembles/release/bench-ensembles

# One step of training gives each member weights of its own; how good they are does not matter here.
for seed in 1 2 3 4 5 6 7 8 9 10; do
  bin/train run "$network" "$@" --data "$data" --steps 1 --batch 32 --seed "$seed" --validation 0 --name "m$seed" --models "$work/models" --runs "$work/runs" --json >/dev/null 2>&1
  bin/export onnx "m$seed" --models "$work/models" --json >/dev/null 2>&1
done

value() { sed -nE "s/.*\"$2\": ?\"?([a-z0-9.]+).*/\1/p" <<<"$1"; }
echo "network $network, layout $layout, $threads threads; one folded graph against N sessions"
printf '%3s %-9s %14s %14s %14s %9s %11s %8s\n' N layout 'folded ms (1)' 'N runs ms (1)' 'images/s (32)' latency throughput memory
for n in 2 5 10; do
  members=(); names=()
  for i in $(seq "$n"); do members+=("$work/models/m$i/1/model.onnx"); names+=("m$i"); done
  result=$(bin/export ensemble "${names[@]}" --name "all$n" --layout "$layout" --models "$work/models" --json 2>/dev/null)
  for _ in $(seq "$rounds"); do
    echo "$("$measure" 2 "$threads" "$work/models/all$n/1/model.onnx") $("$measure" 2 "$threads" "${members[@]}")"
  done | awk -v n="$n" -v layout="$(value "$result" layout)" '
    { f1[NR] = $1; f32[NR] = $2; fm[NR] = $3; s1[NR] = $4; s32[NR] = $5; sm[NR] = $6 }
    function median(a, n,  i, j, x) { for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) { x = a[i]; a[i] = a[j]; a[j] = x } return a[int((n + 1) / 2)] }
    END { a = median(f1, NR); b = median(s1, NR); c = median(f32, NR); d = median(s32, NR)
      printf "%3d %-9s %14.2f %14.2f %14.0f %9.2f %11.2f %8.2f\n", n, layout, a, b, 32000 / c, b / a, d / c, median(fm, NR) / median(sm, NR) }'
done
