# Every task of the repository; CI calls only these. `make help` lists them.
BUF ?= npx --yes @bufbuild/buf@1.75.0
STORES := cargo run -q -p stores --
# nextest runs tests apart and in parallel; plain `cargo test` does where it is not installed.
TEST := cargo $(if $(shell command -v cargo-nextest),nextest run,test) --workspace
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
	$(BUF) format -w proto/xiangtu

proto: ## Check and format the contract.
	$(BUF) format -w proto/xiangtu
	$(BUF) lint

breaking: ## Compare the contract with AGAINST (default: the main branch).
	$(BUF) breaking --against '$(or $(AGAINST),.git#branch=main)'

deny: ## Check import rules, licences and sources of every dependency.
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check bans licenses sources

bench: $(BENCHES) ## Run every bench; each prints a table and keeps a JSON file.

bench-%: ## Run one bench, for example bench-payments.
	@cargo build -q --release -p homestead && $(STORES) run --dir .local/bench-stores -- cargo run -q --release -p tests --bin bench-$*

chaos: ## Kill services under load and empty Redis; count what is lost.
	@cargo build -q --workspace && $(STORES) run --dir .local/chaos --ephemeral -- $(TEST) -p tests --features chaos --test chaos

clients: ## Let Python, JavaScript and buf curl use the suite; installs them under .local/clients.
	@mkdir -p .local/clients && cp tests/clients/package.json .local/clients && cd .local/clients && npm install --silent --no-audit --no-fund
	@python3 -m venv .local/clients/venv && .local/clients/venv/bin/pip install -q -r tests/clients/requirements.txt
	@cargo build -q --workspace && $(STORES) run --dir .local/clients-stores --ephemeral -- $(TEST) -p tests --features clients --test clients

fuzz: ## Run the property tests with CASES random inputs each (default 20,000).
	@PROPTEST_CASES=$(or $(CASES),20000) $(TEST) --lib

image: ## Build the container image.
	docker build -f deploy/Dockerfile -t xiangtu:dev .

deploy-check: ## Render and check the manifests.
	deploy/check

clean: ## Stop the private stores and remove everything built or kept here.
	@$(STORES) clean .local
	cargo clean
