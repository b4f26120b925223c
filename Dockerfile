# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build

# The dependencies first, so that a change of our own code does not build them again.
COPY Cargo.toml Cargo.lock ./
COPY sandbox/Cargo.toml sandbox/
RUN mkdir -p src sandbox/src \
 && echo 'fn main() {}' > src/main.rs \
 && touch src/lib.rs sandbox/src/lib.rs \
 && cargo build --release --locked \
 && rm -r src sandbox/src

COPY . .
# Newer than the empty files above, or cargo would keep what it built from those.
RUN find src sandbox/src -name '*.rs' -exec touch {} + \
 && cargo build --release --locked --bin threadline

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin threadline \
 && install -d -o threadline -g threadline /data
COPY --from=build /build/target/release/threadline /usr/local/bin/threadline

# /data holds threadline.toml, .env if there is one, and the SQLite database.
WORKDIR /data
VOLUME /data
USER threadline
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["threadline", "healthcheck"]
ENTRYPOINT ["threadline"]
CMD ["serve"]
