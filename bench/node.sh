#!/usr/bin/env bash
# One folded ensemble against its members run one after the other, in another program's ONNX Runtime: Node's. In turns in one process, medians; ratios above 1: the folded
# graph is better. The last column is the largest difference between the folded probabilities and the mean of the members' own.
#   bench/node.sh [NETWORK] [LAYOUT] [-- NETWORK ARGUMENTS]      resnet20; branches or grouped; DATA: fashion-mnist
# Needs the package onnxruntime-node in $ORT_NODE, artifacts/node by default:
#   npm install --prefix artifacts/node onnxruntime-node
set -euo pipefail
cd "$(dirname "$0")/.."

network=${1:-resnet20} layout=${2:-branches} threads=$(nproc) data=${DATA:-fashion-mnist} packages=${ORT_NODE:-artifacts/node}
shift $(($# < 2 ? $# : 2)); [ "${1:-}" = -- ] && shift
[ -d "$packages/node_modules/onnxruntime-node" ] || { echo "bench/node.sh: onnxruntime-node is missing (npm install --prefix $packages onnxruntime-node)." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One step of training gives each member weights of its own; how good they are does not matter here.
for seed in 1 2 3 4 5 6 7 8 9 10; do
  bin/train run "$network" "$@" --data "$data" --steps 1 --batch 32 --precision float32 --layout contiguous --seed "$seed" --validation 0 --name "m$seed" --models "$work/models" --runs "$work/runs" --json >/dev/null 2>&1
  bin/export onnx "m$seed" --models "$work/models" --json >/dev/null 2>&1
done

script=$PWD/bench/node.mjs
echo "network $network, layout $layout, $threads threads, Node's ONNX Runtime; one folded graph against N sessions"
printf '%3s %14s %14s %14s %9s %11s %12s\n' N 'folded ms (1)' 'N runs ms (1)' 'images/s (32)' latency throughput difference
for n in 2 5 10; do
  members=(); names=()
  for i in $(seq "$n"); do members+=("$work/models/m$i/1/model.onnx"); names+=("m$i"); done
  bin/export ensemble "${names[@]}" --name "all$n" --layout "$layout" --models "$work/models" --json >/dev/null 2>&1
  (cd "$packages" && node "$script" 3 "$threads" "$work/models/all$n/1/model.onnx" "${members[@]}") |
    awk -v n="$n" '{ printf "%3d %14.2f %14.2f %14.0f %9.2f %11.2f %12s\n", n, $1, $3, 32000 / $2, $3 / $1, $4 / $2, $5 }'
done
