# make demo | test | bench | fuzz | docs | build | lint | format | asterisk-up | asterisk-down | docker-image

# the PBXs of the demo: simulated or asterisk (real ones, from Debian packages in a private folder)
PBX ?= simulated
# container engine, and arguments of bench
ENGINE ?= $(shell command -v docker >/dev/null 2>&1 && echo docker || echo podman)
ARGS ?=
# how long fuzz runs
MINUTES ?= 5

.PHONY: demo test bench allocations examples docs fuzz fuzz-smoke build lint format asterisk-up asterisk-down docker-image

demo:
	@Scripts/install-dependencies
	@if [ "$(PBX)" = asterisk ]; then Scripts/asterisk install 22; fi
	@swift build --product tandem
	@exec .build/debug/tandem demo --pbx $(PBX)

test:
	@Scripts/install-dependencies
	@Scripts/test

bench:
	@Scripts/install-dependencies
	swift build -c release --product ctispy
	swift build -c release --product TandemBenchmarks
	@exec .build/release/TandemBenchmarks $(ARGS)

allocations:
	@Scripts/install-dependencies
	swift build --product TandemBenchmarks
	@exec .build/debug/TandemBenchmarks --allocations --strict

examples:
	@Scripts/install-dependencies
	swift test --package-path Examples

docs:
	@Scripts/install-dependencies
	@Scripts/docs

fuzz:
	@Scripts/install-dependencies
	swift build -c release --product TandemFuzz
	@exec .build/release/TandemFuzz --minutes $(MINUTES) $(ARGS)

fuzz-smoke:
	@Scripts/install-dependencies
	swift build --product TandemFuzz
	@exec .build/debug/TandemFuzz --smoke $(ARGS)

build:
	@Scripts/install-dependencies
	swift build

lint:
	@Scripts/install-dependencies --lint
	@Scripts/lint

format:
	swift format --in-place --parallel --recursive $(wildcard Package.swift Sources Tests Benchmarks Fuzz Examples)

asterisk-up:
	@Scripts/three-sites up

asterisk-down:
	@Scripts/three-sites down

docker-image:
	$(ENGINE) build -t tandem .
	$(ENGINE) build -t tandem-asterisk -f Dockerfile.asterisk .
