#!/usr/bin/env bash
# Runs the gateway before two Express apps, and asks it with curl what clients ask.
# Needs node, npm and curl. `./try.sh [GATEWAY]`, built by `cargo build -p gateway`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
gateway=${1:-$here/../../../target/debug/gateway}
folder=$(mktemp -d)
started=()
end() {
  for id in "${started[@]}"; do kill "$id" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap end EXIT

npm install --silent --no-audit --no-fund --prefix "$folder" express@5
cp "$here/app.js" "$folder/app.js"

# Starts a program, and waits for its first line.
start() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >"$folder/$name.out" 2>"$folder/$name.err" &
  started+=($!)
  until [ -s "$folder/$name.out" ]; do sleep 0.05; done
}
NAME=one start one node "$folder/app.js"
NAME=two start two node "$folder/app.js"

cat >"$folder/gateway.toml" <<TOML
trust = "loopback"
[cache]
stale_if_error = "1h"
[errors]
retry_after = "7s"
[[route]]
path = "/"
upstreams = ["http://127.0.0.1:$(cat "$folder/one.out")", "http://127.0.0.1:$(cat "$folder/two.out")"]
balance = "round-robin"
health = "/healthz"
TOML
start gateway "$gateway" --config "$folder/gateway.toml" --listen 127.0.0.1:0
url=$(sed -n '1s/listening on //p' "$folder/gateway.out")

ask() { # TITLE CURL...
  local title=$1
  shift
  printf '\n# %s\n$ curl %s\n' "$title" "$*" >&2
  local answer
  answer=$(curl -sS --max-time 10 "$@")
  printf '%s\n' "$answer" >&2
  printf '%s\n' "$answer"
}
holds() { # TEXT PATTERN
  grep -q -- "$2" <<<"$1" || { echo "not found: $2" >&2; exit 1; }
}

both=$(for _ in 1 2 3 4; do curl -sS "$url/"; done)
holds "$both" '"app":"one"'
holds "$both" '"app":"two"'
answer=$(ask 'who the client is, past one trusted proxy' -i -H 'X-Forwarded-For: 6.6.6.6, 203.0.113.7' -H 'X-Forwarded-Proto: https' -H 'Host: shop.example' "$url/")
holds "$answer" '"ip":"203.0.113.7","protocol":"https","host":"shop.example"'
holds "$(ask 'a body' -d 'an order' "$url/echo")" 'an order'
answer=$(ask 'compressed, and kept by the cache' -o /dev/null -D - -H 'Accept-Encoding: gzip' "$url/page")
holds "$answer" '[Cc]ontent-[Ee]ncoding: gzip'
holds "$(ask 'the app says 404' -o /dev/null -w '%{http_code}' "$url/none")" '404'

kill "${started[0]}"
failed=0
for _ in $(seq 50); do
  [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/")" = 200 ] || failed=$((failed + 1))
done
printf '\n# one of two apps was ended: %s of 50 requests failed\n' "$failed" >&2
[ "$failed" = 0 ]

kill "${started[1]}"
sleep 0.2
holds "$(ask 'both are down: what is stale' -o /dev/null -D - -H 'Accept-Encoding: gzip' "$url/page")" 'HTTP/1.1 200'
answer=$(ask 'both are down: what is not' -i "$url/")
holds "$answer" 'HTTP/1.1 503'
holds "$answer" 'application/problem+json'
printf '\nall is well\n' >&2
