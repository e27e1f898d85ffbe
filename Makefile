# Every task of the repository; CI calls only these. `make help` lists them.
BUF ?= npx --yes @bufbuild/buf@1.75.0
STORES := cargo run -q -p stores --
# nextest runs tests apart and in parallel; plain `cargo test` does where it is not installed.
TEST := cargo $(if $(shell command -v cargo-nextest),nextest run,test)

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt proto breaking deny bench chaos fuzz image deploy-check clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Run the whole suite on this machine: stores, services, Lankao county, one work week.
	@cargo run -q -p xiangtu -- up

test: ## Run all tests against private stores; ARGS are passed to nextest.
	@$(STORES) run --dir .local/test --ephemeral -- $(TEST) --workspace $(ARGS)

lint: ## Check format, lints, documentation and the contract.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
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

bench: ## Run every bench; each prints a table and keeps a JSON file under .local/bench.
	@for bench in $$(ls tests/bench); do $(MAKE) --no-print-directory bench-$$bench || exit 1; done

bench-%: ## Run one bench, for example bench-payments.
	@cargo build -q --release -p xiangtu && $(STORES) run --dir .local/bench-stores --ephemeral -- cargo run -q --release -p tests --bin bench-$*

chaos: ## Kill services and stores under load and count what is lost.
	@cargo build -q -p xiangtu && $(STORES) run --dir .local/chaos -- cargo nextest run -p tests --run-ignored only chaos

fuzz: ## Throw random input at every parser.
	@PROPTEST_CASES=$(or $(CASES),100000) $(TEST) --workspace fuzz

image: ## Build the container image.
	docker build -f deploy/Dockerfile -t xiangtu:dev .

deploy-check: ## Render and check the manifests.
	deploy/check

clean: ## Stop the private stores and remove everything built or kept here.
	@$(STORES) clean .local
	cargo clean
