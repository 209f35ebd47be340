#!/bin/sh
# Starts nginx in its container. Other containers come and go and get new addresses, so that their
# names have to be asked for anew: of the first name server that this container was given. The
# others are the machine's, which know nothing of containers, and nginx would ask them in turn.
set -eu
server=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2; exit }' /etc/resolv.conf)
echo "resolver ${server:-127.0.0.11} valid=2s;" >/run/crier-resolver.conf
exec nginx -c /etc/crier/nginx.conf -g "daemon off;"
