# What can be done here; `make` alone builds. No step needs another first.

GO       ?= go
FUZZTIME ?= 30s
BENCH    ?= .
BINDIR   := $(CURDIR)/bin
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

LINT_VERSION := 2.15.0
LINT := $(BINDIR)/golangci-lint-$(LINT_VERSION)

.PHONY: build demo test race lint cross fuzz bench interop bettertls generate clean

## build: the program, as bin/tlsprobe
build:
	$(GO) build -o $(BINDIR)/tlsprobe ./cmd/tlsprobe

## demo: trace a real handshake with a server inside the process
demo:
	$(GO) run ./cmd/tlsprobe demo

## test: all tests; those that need a program that isn't there are skipped
test:
	$(GO) test ./...

## race: all tests under the race detector, the largest matrices sampled
race:
	$(GO) test -race -short -timeout 20m ./...

## lint: vet, formatting, and golangci-lint at the version above
lint: $(LINT)
	$(GO) vet ./...
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	$(LINT) run ./...

# One that is installed already serves, if it is that version.
$(LINT):
	@mkdir -p $(BINDIR)
	@if [ "$$(golangci-lint version --short 2>/dev/null)" = $(LINT_VERSION) ]; then \
		ln -sf "$$(command -v golangci-lint)" $@; \
	else \
		GOBIN=$(BINDIR)/lint $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION) && \
		mv $(BINDIR)/lint/golangci-lint $@; \
	fi

## cross: vet and build for every platform
cross: $(addprefix cross-,$(subst /,-,$(PLATFORMS)))
cross-%: os   = $(word 1,$(subst -, ,$*))
cross-%: arch = $(word 2,$(subst -, ,$*))
cross-%:
	CGO_ENABLED=0 GOOS=$(os) GOARCH=$(arch) $(GO) build ./...
	CGO_ENABLED=0 GOOS=$(os) GOARCH=$(arch) $(GO) vet ./...

## fuzz: every fuzz target, FUZZTIME each
fuzz:
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file func; do \
		name=$${func#func }; \
		echo "== $$name in $$(dirname $$file)"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$(dirname $$file)" </dev/null || exit 1; \
	done

## bench: all benchmarks, or BENCH
bench:
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

## interop: the matrices with real peers, none of which may be missing
interop:
	TLSPROBE_PEERS=required $(GO) test -count=1 ./internal/testpeer/... ./internal/interop/...

## bettertls: Netflix's suites of path building and name constraints, a module of their own
bettertls:
	cd internal/verify/bettertls && $(GO) vet . && $(GO) test -count=1 .

## generate: everything that is generated
generate:
	$(GO) generate ./...

clean:
	rm -rf $(BINDIR)
