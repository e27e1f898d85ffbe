# Every task of the repository; CI calls only these. `make help` lists them.
BUF ?= npx --yes @bufbuild/buf@1.75.0
STORES := cargo run -q -p stores --
# nextest runs tests apart and in parallel; plain `cargo test` does where it is not installed.
NEXTEST := $(shell command -v cargo-nextest)
TEST := cargo $(if $(NEXTEST),nextest run,test) --workspace
# Lanes of their own: one test after the other, with what they print.
LANE := $(TEST)$(if $(NEXTEST), --no-capture)
ALONE := $(if $(NEXTEST),,-- --nocapture --test-threads=1)
# The services as programs, as the tests of the whole suite run them.
PROGRAMS := cargo build -q --workspace --bins
BENCHES := $(shell sed -n 's/^name = "\(bench-.*\)"/\1/p' tests/Cargo.toml)

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt proto breaking deny bench chaos clients fuzz image deploy-check clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Run the whole suite on this machine: stores, services, Lankao county, one work week.
	@cargo run -p xiangtu -- up

test: ## Run all tests against private stores; ARGS are passed on.
	@$(PROGRAMS)
	@$(STORES) run --dir .local/test --ephemeral -- $(TEST) $(ARGS)

lint: ## Check format, lints, documentation and the contract.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc -q --workspace --no-deps --exclude proto
	$(BUF) lint

fmt: ## Format Rust and proto files.
	cargo fmt --all
	$(BUF) format -w --path proto/xiangtu

proto: ## Check and format the contract.
	$(BUF) format -w --path proto/xiangtu
	$(BUF) lint

breaking: ## Compare the contract with AGAINST (default: the main branch).
	$(BUF) breaking --against '$(or $(AGAINST),.git#branch=main)'

deny: ## Check import rules, licences and sources of every dependency.
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check bans licenses sources

bench: $(BENCHES) ## Run every bench; each prints a table and keeps a JSON file.

# What some benches need before they run.
bench-billing bench-payments: NEEDS = cargo build -q --release -p homestead && $(STORES) run --dir .local/bench-stores --
bench-hotspots bench-ratings bench-registry: NEEDS = cargo build -q --release -p villages && $(STORES) run --dir .local/bench-stores --
bench-county bench-routing: NEEDS = $(if $(PEERS),python3 -m venv .local/bench-venv && .local/bench-venv/bin/pip install -q -r tests/bench/peers/requirements.txt &&)
bench-%: ## Run one bench, for example bench-routing; PEERS=1 runs it against other engines too.
	@$(NEEDS) cargo run -q --release -p tests --bin bench-$*

chaos: ## Kill services, PostgreSQL and Redis under payments, billing and sealing, KILLS times (default 24); count what is lost.
	@$(PROGRAMS)
	@$(LANE) --features chaos --test chaos $(ALONE)

clients: ## Let Python, JavaScript and buf curl use the suite; installs them under .local/clients.
	@mkdir -p .local/clients && cp tests/clients/package.json .local/clients && cd .local/clients && npm install --silent --no-audit --no-fund
	@python3 -m venv .local/clients/venv && .local/clients/venv/bin/pip install -q -r tests/clients/requirements.txt
	@$(PROGRAMS)
	@$(STORES) run --dir .local/clients-stores --ephemeral -- $(LANE) --features clients --test clients $(ALONE)

fuzz: ## Run the property tests with CASES random inputs each (default 20,000).
	@PROPTEST_CASES=$(or $(CASES),20000) $(TEST) --lib

image: ## Build the container image.
	docker build -f deploy/Dockerfile -t xiangtu:dev .

deploy-check: ## Render and check the manifests.
	deploy/check

clean: ## Stop the private stores and remove everything built or kept here.
	@$(STORES) clean .local
	cargo clean
