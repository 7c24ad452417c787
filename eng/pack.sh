#!/usr/bin/env bash
# Makes the packages for programs with networks of their own, in artifacts/packages. Options are those of «dotnet pack»:
#   eng/pack.sh                        with the default engine
#   eng/pack.sh -p:Engine=nuget        depending on the TorchSharp package instead
#   eng/pack.sh --output DIR           elsewhere
set -euo pipefail
cd "$(dirname "$0")/.."

output=artifacts/packages
options=()
while [ $# -gt 0 ]; do
  case "$1" in
    -o|--output) output=$2; shift ;;
    *) options+=("$1") ;;
  esac
  shift
done

mkdir -p "$output"
dotnet pack eng/Packages.slnf -c Release -v quiet --nologo --output "$output" ${options[@]+"${options[@]}"}

# NuGet never looks again at a version that it has in its cache; here the same version is made again and again.
cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
for package in "$output"/Toolchain.*.nupkg; do
  name=$(basename "$package" .nupkg | sed -E 's/\.([0-9]+\.[0-9]+\.[0-9]+.*)$/\/\1/' | tr '[:upper:]' '[:lower:]')
  rm -rf "${cache:?}/$name"
done
echo "packages in $output"
