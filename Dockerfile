# A Tandem node: docker build -t tandem .
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libssl-dev libsqlite3-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.* ./
COPY Sources Sources
COPY Tests Tests
COPY Benchmarks Benchmarks
COPY Fuzz Fuzz
# The build folder is kept between builds: after a change only what depends on it is compiled again.
RUN --mount=type=cache,target=/src/.build \
    swift build -c release --product tandem --static-swift-stdlib && \
    install -D -t /out "$(swift build -c release --show-bin-path)/tandem"

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3 libsqlite3-0 && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --uid 10001 --home-dir /var/lib/tandem --create-home tandem && \
    install -d -o tandem -g tandem /site
COPY --from=build /out/tandem /usr/local/bin/tandem
COPY Topology /usr/share/tandem/topology
USER tandem
WORKDIR /var/lib/tandem
# the node's file and certificates, as "tandem topology render" writes them
VOLUME /site
ENV TANDEM_CONFIG=/site/tandem.yaml
# CTI, federation, information, HTTP
EXPOSE 5003 5103 5005 8003
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["sh", "-c", "exec tandem status -c \"$TANDEM_CONFIG\" >/dev/null"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tandem"]
CMD ["run", "-c", "/site/tandem.yaml"]
