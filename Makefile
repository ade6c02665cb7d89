# The two to begin with: make demo, make test.

SHELL := /bin/bash
GO ?= go
RACE := $(shell command -v cc >/dev/null && echo -race)
# The scripts run the test binary as tracer. These two of cilium/ebpf decode the kernel's types, in one goroutine: half
# of the time that a start takes under the race detector.
UNRACED := $(foreach p,btf asm,-gcflags=github.com/cilium/ebpf/$(p)='-dwarf=false -race=false')
# The tests that take longest begin first: they wait more than they compute, beside what is compiled meanwhile.
LONGEST := ./internal/truth ./cmd/tracer
AT_ONCE := $(shell echo $$(($$(nproc) + 2)))
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: all
all: tracer ## build ./tracer

.PHONY: tracer
tracer:
	@CGO_ENABLED=0 $(GO) build -trimpath -o tracer ./cmd/tracer

.PHONY: demo
demo: tracer ## the fork server under the probes, with clients; needs root (asks by sudo)
	$(SUDO) ./tracer demo fork

.PHONY: test
test: ## all tests, with the race detector where there is a C compiler; those of the kernel side need root, else they skip
	@GORACE=atexit_sleep_ms=0 $(GO) test $(RACE) -vet=off -gcflags=all=-dwarf=false $(UNRACED) -timeout 30m -p $(AT_ONCE) $(LONGEST) ./... | awk '!/no test files/ && !/^ok /'; exit $${PIPESTATUS[0]}

.PHONY: test-kernels
test-kernels: ## the truth cases on other kernels, in QEMU: Debian's 6.1 (needs Debian's packages qemu-system-x86 busybox-static cpio gcc)
	@./scripts/kernels

.PHONY: check
check: ## gofmt, go vet, staticcheck, and govulncheck where its database can be reached
	@./scripts/check

.PHONY: generate
generate: ## compile the programs in bpf/ again; needs clang and libbpf's headers (Debian: clang llvm libbpf-dev)
	$(GO) generate ./bpf

.PHONY: docs
docs: ## write what is generated in docs/: the table of events, the pictures of the screen
	CGO_ENABLED=0 $(GO) test -trimpath ./event ./cmd/tracer -run 'Docs' -update

.PHONY: fuzz
fuzz: ## each fuzz test with 100,000 inputs, and 5,000 random programs under the tracer; needs root
	@./scripts/fuzz 100000x
	$(SUDO) TRUTH_SEEDS=5000 $(GO) test -count 1 -timeout 120m -run 'TestRandomPrograms$$' ./internal/truth

.PHONY: soak
soak: ## ten minutes of processes that come and go, counted to the last, in memory that stays flat; needs root
	$(SUDO) SOAK=10m $(GO) test -count 1 -v -timeout 20m -run 'TestSoak$$' ./internal/truth

.PHONY: bench
bench: tracer ## what tracing costs, beside other tracers as far as they are installed, in interleaved runs; needs root
	$(SUDO) ./scripts/bench loops
	$(SUDO) ./scripts/bench servers
	$(SUDO) ./scripts/bench limits

.PHONY: bench-against
bench-against: tracer ## this build beside that of another revision: make bench-against REV=v1.0; needs root
	$(SUDO) ./scripts/bench-against $(REV)

.PHONY: bench-coroutines
bench-coroutines: tracer ## what it costs that coroutines are traced, as ratios in one interleaved run; needs root
	$(SUDO) ./scripts/bench coroutines

.PHONY: bench-models
bench-models: tracer ## the bundled servers, what else Go has, and Python's originals, as ratios in one interleaved run
	./scripts/bench models

.PHONY: clean
clean: ## remove what make built
	rm -f tracer

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
