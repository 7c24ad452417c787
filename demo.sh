#!/usr/bin/env bash
# The whole way on real images: install what is missing, build, train, export, serve, classify.
#   ./demo.sh                 ends by stopping the server
#   ./demo.sh --keep          leaves the server running and prints its URL
#   ./demo.sh --models DIR    uses another registry than models/
set -euo pipefail
cd "$(dirname "$0")"

keep= models=models
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=yes; shift ;;
    --models) models=${2:?--models needs a folder}; shift 2 ;;
    *) echo "demo.sh: '$1' is not an option; expected --keep or --models DIR." >&2; exit 2 ;;
  esac
done

eng/setup.sh
echo "building"
dotnet build eng/Programs.slnf -c Release -v quiet --nologo

train=(bin/train run cnnnet --set size=small --data fashion-mnist --batch 64 --epochs 5 --name fashion --models "$models")
export=(bin/export onnx fashion --models "$models" --data fashion-mnist)
serve=(bin/serve --model fashion --models "$models" --urls http://127.0.0.1:0)
work=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ] && [ -z "$keep" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

step() { echo; echo "\$ $*"; "$@"; }
step "${train[@]}"
step "${export[@]}"

echo; echo "\$ ${serve[*]}"
if [ -n "$keep" ]; then log="$PWD/runs/serve.log"; mkdir -p runs; else log="$work/serve.log"; fi
"${serve[@]}" > "$log" 2>&1 &
server=$!
for _ in $(seq 600); do
  url=$(sed -n 's/^listening on //p' "$log" | head -n 1)
  [ -n "$url" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.1
done
[ -n "$url" ] || { echo "demo.sh: the server did not become ready in a minute." >&2; cat "$log" >&2; exit 1; }
echo "listening on $url"

bin/train data fashion-mnist --samples "$work/samples" --count 10 >/dev/null
echo
node eng/classify.mjs "$url" fashion "$work"/samples/*.png

echo
echo "The three commands, to repeat by hand:"
printf '  %s\n' "${train[*]}" "${export[*]}" "${serve[*]}"
if [ -n "$keep" ]; then
  echo "The server keeps running at $url (process $server; page for trying it out: $url/docs). Stop it with: kill $server"
fi
