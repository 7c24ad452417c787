#!/usr/bin/env bash
# Training speed against the same network in PyTorch on the same libtorch, at the same settings, in turns. Needs Debian's python3-torch.
#   bench/training.sh [NETWORK] [STEPS] [ROUNDS]      cnnnet, resblocks, resnet18 or mlp; 200 steps; 3 rounds
# The last row compares defaults: what each does when nobody chooses a precision or layout.
set -euo pipefail
cd "$(dirname "$0")/.."

network=${1:-cnnnet} steps=${2:-200} rounds=${3:-3} batch=128 threads=$(nproc)
python=/usr/bin/python3
"$python" -c 'import torch' 2>/dev/null || { echo "bench/training.sh: python3-torch is missing (apt-get install python3-torch)." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
arguments=()
[ "$network" = cnnnet ] && arguments=(--set size=small)

value() { sed -nE "s/.*\"$2\": ?([0-9.]+).*/\1/p" <<<"$1"; }
echo "network $network, batch $batch, $steps steps, $threads threads; images/s, ratio above 1: the toolchain is faster"
printf '%-10s %-14s %12s %12s %7s %9s\n' precision layout toolchain pytorch ratio "memory"
for settings in "float32 contiguous" "float32 channels_last" "bfloat16 contiguous" "bfloat16 channels_last" "auto auto"; do
  read -r precision layout <<<"$settings"
  read -r their_precision their_layout <<<"${settings/auto auto/float32 contiguous}"
  for _ in $(seq "$rounds"); do
    ours=$(bin/train run "$network" "${arguments[@]}" --data fashion-mnist --batch $batch --steps "$steps" --threads "$threads" \
      --precision "$precision" --layout "$layout" --validation 0.1 --models "$work/models" --runs "$work/runs" --json 2>/dev/null)
    theirs=$("$python" bench/pytorch_training.py "$network" "$their_precision" "$their_layout" "$steps" $batch "$threads")
    echo "$(value "$ours" images_per_second) $(value "$theirs" images_per_second) $(value "$ours" peak_rss_bytes) $(value "$theirs" peak_rss_bytes)"
  done | awk -v p="$precision" -v l="$layout" '
    { o[NR] = $1; t[NR] = $2; r[NR] = $1 / $2; m[NR] = $3 / $4 }
    function median(a, n,  i, j, x) { for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) { x = a[i]; a[i] = a[j]; a[j] = x } return a[int((n + 1) / 2)] }
    END { printf "%-10s %-14s %12.0f %12.0f %7.2f %9.2f\n", p, l, median(o, NR), median(t, NR), median(r, NR), median(m, NR) }'
done
