# Windlass: what to build, run and check. `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help setup wasm-target plugins guests build demo test test-long bench lint

CONNECTORS := $(filter-out sdk,$(notdir $(patsubst %/,%,$(wildcard plugins/*/))))
SWAPPED    := baselinker optimakers optimakers-baselinker
OUT        := target/connectors
WASM       := --profile connector --target wasm32-wasip2
# Tests mostly wait for other processes, so more of them run at a time than there are processors.
THREADS    ?= 6

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

wasm-target:
	@tests/setup.sh wasm

setup: ## what the tests need beyond Rust: Wasm target, PostgreSQL, libfaketime, minisign, a registry, Node, Python, a vendor's client
	@tests/setup.sh wasm postgres faketime minisign registry node python cloudspot

plugins: wasm-target ## every connector, at target/connectors/<name>.wasm
	@mkdir -p $(OUT)
	cargo build $(WASM) $(addprefix -p ,$(CONNECTORS))
	@for name in $(CONNECTORS); do \
		tests/place.sh target/wasm32-wasip2/connector/$$(echo $$name | tr - _).wasm $(OUT)/$$name.wasm; \
	done
	@# The next version of some connectors, to swap to. A target folder of its own, so that the two
	@# builds do not undo each other.
	WINDLASS_NEXT=1 cargo build $(WASM) --target-dir target/next $(addprefix -p ,$(SWAPPED))
	@for name in $(SWAPPED); do \
		tests/place.sh target/next/wasm32-wasip2/connector/$$(echo $$name | tr - _).wasm \
			$(OUT)/$$name-next.wasm; \
	done

guests: wasm-target ## the misbehaving components of the tests
	@if [ -x tests/guests/build.sh ]; then tests/guests/build.sh; fi

build: ## the service, for development
	cargo build -p windlass-server --bin windlass

demo: plugins build ## see it work: every vendor, simulated, and what an operator types
	@# With the features of the whole workspace, as `make test` builds them: third-party crates are built once.
	cargo build --workspace --bin simulators
	@tests/demo.sh

test: setup plugins guests build ## everything, PostgreSQL included
	cargo test --workspace --no-fail-fast -- --test-threads $(THREADS)

test-long: setup plugins guests build ## the same, with the long forms: more seeds, slower vendors
	TEST_LONG=1 cargo test --workspace --no-fail-fast -- --test-threads $(THREADS)

bench: plugins guests ## ratios to the same work done natively; the only release build
	cargo build --release --bins -p windlass-server -p windlass-bench --features windlass-bench/wasmtime-defaults
	target/release/windlass-bench

lint: ## format, clippy, documentation; warnings are errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
