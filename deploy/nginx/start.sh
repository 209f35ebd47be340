#!/bin/sh
# Starts nginx in its container. Other containers come and go and get new addresses, so that their
# names have to be asked for anew: of the name server that this container was given.
set -eu
servers=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2 }' /etc/resolv.conf | tr '\n' ' ')
echo "resolver ${servers:-127.0.0.11} valid=2s;" >/run/crier-resolver.conf
exec nginx -c /etc/crier/nginx.conf -g "daemon off;"
