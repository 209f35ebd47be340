# Stands in for the official image: Debian's Redis.
FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends redis-server \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /data
ENTRYPOINT ["setpriv", "--reuid=redis", "--regid=redis", "--clear-groups", "--"]
CMD ["redis-server"]
