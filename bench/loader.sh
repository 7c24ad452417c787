#!/usr/bin/env bash
# How fast image files become batches, and whether a training step ever waits for them: 224×224 JPEG files, cropped, mirrored and normalised.
# Images/s in turns with PyTorch's DataLoader on the same files and processors: with torchvision where it is installed, otherwise with PIL and NumPy; PIL is
# needed (Debian: python3-torch python3-pil python3-torchvision). Ours once decoding in every epoch, and once from the cache. Prints medians and ratios,
# then the share of time that the steps of resnet18 wait for data.
#   bench/loader.sh [IMAGES [ROUNDS [STEPS]]]      1920 3 20
set -euo pipefail
cd "$(dirname "$0")/.."
images=${1:-1920} rounds=${2:-3} steps=${3:-20}
workers=$(nproc)

dotnet build bench/Loader -c Release -v quiet --nologo >&2
loader=artifacts/bin/Loader/release/bench-loader
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$loader" make "$folder/images" "$images" 224 224
echo "$images files of $(( $(du -sb "$folder/images" | cut -f1) / images )) bytes on average, $workers workers, epochs of 80 % of them (ours) and all (PyTorch)"

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
python=/usr/bin/python3
if "$python" -c 'import torch, PIL' 2>/dev/null; then
  "$python" -c 'import torchvision' 2>/dev/null && peer="torchvision" || peer="DataLoader with PIL"
else
  peer=""
  echo "no PyTorch with PIL here: the comparison is left out"
fi

for ((round = 0; round < rounds; round++)); do
  "$loader" load "$folder/images" off "$workers" 2 | tail -n 1 >> "$folder/decoding"
  [ -z "$peer" ] || "$python" bench/loader_pytorch.py "$folder/images" "$workers" 2 | tail -n 1 >> "$folder/peer"
  "$loader" load "$folder/images" "$folder/cache" "$workers" 2 | tail -n 1 >> "$folder/cached"
done
decoding=$(median < "$folder/decoding") cached=$(median < "$folder/cached")
printf '%-32s %10s images/s\n' "decoding in every epoch" "$decoding" "from the cache" "$cached"
if [ -n "$peer" ]; then
  baseline=$(median < "$folder/peer")
  printf '%-32s %10s images/s\n' "$peer" "$baseline"
  awk -v d="$decoding" -v c="$cached" -v b="$baseline" 'BEGIN { printf "ratio: %.2f decoding, %.2f from the cache\n", d / b, c / b }'
fi

for cache in off "$folder/cache"; do
  read -r share speed < <("$loader" wait "$folder/images" "$cache" 1 "$steps" 16)
  awk -v s="$share" -v v="$speed" -v n="$([ "$cache" = off ] && echo "decoding in every epoch" || echo "from the cache")" 'BEGIN { printf "resnet18, %s: waits %.2f %% of the time, %.1f images/s\n", n, 100 * s, v }'
done
