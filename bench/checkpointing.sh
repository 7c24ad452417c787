#!/usr/bin/env bash
# Gradient checkpointing on resblocks with 100 blocks: peak memory beyond the start of training, and time, with and without. Each in a process of its own.
#   bench/checkpointing.sh [SEGMENTS] [BATCH] [STEPS]      10 segments; batch 256; 12 steps
set -euo pipefail
cd "$(dirname "$0")/.."

segments=${1:-10} batch=${2:-256} steps=${3:-12}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

value() { sed -nE "s/.*\"$2\": ?([0-9.]+).*/\1/p" <<<"$1"; }
run() { bin/train run resblocks --set blocks=100 --data fashion-mnist --steps "$1" --batch "$2" --checkpoint-segments "$3" --validation 0 \
  --precision float32 --layout contiguous --models "$work/models" --runs "$work/runs" --json 2>/dev/null; }

# A step with one image: what the process, the data and the weights take by themselves.
floor=$(value "$(run 1 1 1)" peak_rss_bytes)
plain=$(run "$steps" "$batch" 1)
cut=$(run "$steps" "$batch" "$segments")
awk -v f="$floor" -v pm="$(value "$plain" peak_rss_bytes)" -v cm="$(value "$cut" peak_rss_bytes)" -v ps="$(value "$plain" images_per_second)" -v cs="$(value "$cut" images_per_second)" -v n="$segments" 'BEGIN {
  printf "activations and gradients: %.0f MiB without, %.0f MiB with %d segments: %.2f of the memory\n", (pm - f) / 1048576, (cm - f) / 1048576, n, (cm - f) / (pm - f)
  printf "images/s: %.0f without, %.0f with: %.2f of the time\n", ps, cs, ps / cs }'
