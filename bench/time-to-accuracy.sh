#!/usr/bin/env bash
# Wall time to a test accuracy on Fashion-MNIST: the toolchain's recipe against the loop of PyTorch's tutorials, one after the other. Needs python3-torch.
#   bench/time-to-accuracy.sh [ACCURACY] [LIMIT_SECONDS]      0.92; the baseline gives up after 1500 s
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-0.92} limit=${2:-1500} threads=$(nproc)
python=/usr/bin/python3
"$python" -c 'import torch' 2>/dev/null || { echo "bench/time-to-accuracy.sh: python3-torch is missing (apt-get install python3-torch)." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

value() { sed -nE "s/.*\"$2\": ?([0-9.]+).*/\1/p" <<<"$1"; }
ours=$(bin/train run --recipe fashion-mnist-92 --threads "$threads" --models "$work/models" --runs "$work/runs" --json)
echo "toolchain: test accuracy $(value "$ours" accuracy) in $(value "$ours" seconds) s (whole run: reading, measuring modes, training, testing, publishing)"
theirs=$("$python" bench/pytorch_tutorial.py "$target" "$threads" "$limit")
echo "PyTorch tutorial loop: test accuracy $(value "$theirs" accuracy) in $(value "$theirs" seconds) s"
awk -v a="$(value "$ours" accuracy)" -v t="$target" -v o="$(value "$ours" seconds)" -v p="$(value "$theirs" seconds)" 'BEGIN {
  printf "%s: the toolchain takes %.2f of the baseline'"'"'s time\n", a >= t ? "reached" : "NOT reached", o / p }'
