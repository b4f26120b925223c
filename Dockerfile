# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
# The caches make a second build a matter of our own code only.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    bash .ci/image build /image

# A C library and nothing to log in to: no shell, no package manager. The user without rights is 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /image/threadline /usr/local/bin/threadline
# Holds threadline.toml, .env if there is one, and the SQLite database.
COPY --from=build --chown=65532:65532 /image/data /data
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["threadline", "healthcheck"]
ENTRYPOINT ["threadline"]
CMD ["serve"]
