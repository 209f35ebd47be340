#!/bin/sh
# Starts nginx in its container: fills the templates in that `crier install` fills in elsewhere.
# Other containers come and go and get new addresses, so that their names have to be asked for anew:
# of the first name server that this container was given. The others are the machine's, which know
# nothing of containers, and nginx would ask them in turn.
set -eu
mkdir -p /run/crier
server=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2; exit }' /etc/resolv.conf)
echo "resolver ${server:-127.0.0.11} valid=2s;" >/run/crier/resolver.conf
for file in http.conf site.conf locations.conf; do
	sed -e "s#@path@#${CRIER_PATH:-}#g" -e "s#@host@#_#g" -e "s#@default@# default_server#g" -e "s#@tls@#/etc/crier-tls#g" \
		-e "s#@acme@#/var/www/acme#g" -e "s#@cache@#/var/cache/nginx/crier#g" \
		-e "s#@log@#/dev/stdout#g" -e "s#@pages@#/etc/crier-site#g" -e "s#@locations@#/run/crier/locations.conf#g" \
		"/etc/crier-site/$file" >"/run/crier/$file"
done
exec nginx -c /etc/crier/nginx.conf -g "daemon off;"
