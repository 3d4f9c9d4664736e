# flightdeck for a CI: docker build -t flightdeck . && docker run --rm flightdeck --version
# Alpine's Rust builds for musl: one static binary, which needs nothing of the image that it runs in.
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev gcc
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked && \
    mkdir -p /state && \
    target/dist/flightdeck --version

# Certificates, time zones and a user that is not root, and no shell: profiles with a `credential_process` have nothing to
# run in here. A CI hands on variables, or a web identity.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /src/target/dist/flightdeck /usr/local/bin/flightdeck
# The journal of its runs. Mount a volume over it to resume a run in another container.
COPY --from=build --chown=nonroot:nonroot /state /state
ENV FLIGHTDECK_STATE_DIR=/state
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/flightdeck"]
CMD ["--help"]
