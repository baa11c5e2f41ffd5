#!/bin/bash
# Makes a machine ready to mark: Gradescope runs it as root when it builds its image (Ubuntu or Debian), the workflow for
# GitHub before it marks. Beside it lie handwave itself, as npm packs it, and the list of Debian's packages that it takes.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
oldest_node=24
series=6.12
export HANDWAVE_CACHE=${HANDWAVE_CACHE:-/opt/handwave}
export DEBIAN_FRONTEND=noninteractive
# Whoever marks by what is built here need not be who built it.
umask 022

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo --preserve-env=DEBIAN_FRONTEND "$@"; fi; }
install() { as_root apt-get install --yes --no-install-recommends "$@"; }
candidate() { apt-cache policy "$1" | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p'; }
fetch() { curl --fail --silent --show-error --location "$@"; }

as_root apt-get update
mapfile -t packages < "$here/packages"
install ca-certificates curl "${packages[@]}"

# A Node that is there and new enough; else the distribution's; else NodeSource's, as its documentation says.
is_new_enough() { dpkg --compare-versions "${1:-0}" ge "$oldest_node"; }
if ! is_new_enough "$(node --version 2> /dev/null | sed 's/^v//')"; then
  if ! is_new_enough "$(candidate nodejs)"; then fetch "https://deb.nodesource.com/setup_$oldest_node.x" | as_root bash -; fi
  install nodejs
fi
command -v npm > /dev/null || install npm
npm install --global --ignore-scripts --no-audit --no-fund "$here"/handwave-*.tgz

# The lab kernel is built of Debian's source where there is that package; else of kernel.org's, the newest of the series.
if ! handwave kernel status; then
  if [ -n "$(candidate "linux-source-$series")" ]; then
    install "linux-source-$series"
  else
    releases=https://cdn.kernel.org/pub/linux/kernel/v6.x
    newest=$(fetch "$releases/" | grep --only-matching "linux-$series\.[0-9]*\.tar\.xz" | sort --version-sort | tail --lines=1)
    export HANDWAVE_LINUX_SOURCE="/tmp/$newest"
    fetch --output "$HANDWAVE_LINUX_SOURCE" "$releases/$newest"
  fi
  handwave kernel build
fi

# A first lab builds what else marking takes, and shows that the kernel runs here.
handwave run three-way-handshake --on kernel
