# pairmill. `make demo` and `make test` work in a fresh clone: what is missing is fetched from package registries.

SHELL := /bin/bash
.DELETE_ON_ERROR:

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BIN     := bin/pairmill

# C codecs are used where they are installed; tools/codecs.sh tries to install them and says which it will be. The tag
# nodynamic keeps the AVIF package from looking for a libavif of the system, which is not used.
TAGS     = nodynamic $(shell tools/codecs.sh --tags)
BUILD    = go build -tags "$(TAGS)" -ldflags "-X main.version=$(VERSION)"

# Material that is not ours is used where it is present; the tests that want it say so and skip elsewhere.
export PAIRMILL_MATERIAL ?= $(abspath $(wildcard ../shared/material))
export PAIRMILL_HANDBOOK ?= $(shell tools/handbook.sh --if-present)

.PHONY: help
help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: deps
deps: ## get libonnxruntime, and libjpeg-turbo, libwebp, libpng and libdeflate where they may be installed
	@cc=$$(go env CC); command -v $${cc%% *} >/dev/null || { echo "pairmill: no C compiler: go wants $$cc (Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }
	@tools/onnxruntime.sh
	@tools/codecs.sh

.PHONY: build
build: deps ## build bin/pairmill
	@mkdir -p bin
	$(MAKE) --no-print-directory $(BIN)

.PHONY: $(BIN)
$(BIN):
	$(BUILD) -o $@ ./cmd/pairmill

.PHONY: demo
demo: build ## crawl the picture site in examples/ into a verified dataset, in under a minute
	@tools/demo.sh $(BIN)

.PHONY: demo-list
demo-list: build ## download a list of the picture site's files from twelve hosts, one of them slow, and report on it
	@tools/demo-list.sh $(BIN)

.PHONY: cluster-demo
cluster-demo: build s3-server ## the same on the compose file's cluster, as processes, that loses a worker, a NATS server and its leader
	@tools/cluster-demo.sh $(BIN)

.PHONY: test
test: deps handbook s3-server ## every test, with the race detector, shuffled; the longest tables in a pass without it
	PAIRMILL_REQUIRE_ORT=1 PAIRMILL_REQUIRE_S3=1 $(MAKE) --no-print-directory go-test

# What waits and works longest goes first, so that nothing is left to run alone at the end. What is skipped with the race
# detector, because it takes too long or measures memory, is run in a second pass, which has the crash points too.
LONG    = ./workers ./cmd/pairmill ./internal/verify ./internal/repair ./fetch ./store/s3
UNRACED = TestCrash|TestKill|Handbook|TestOneByte|TestPeakMemory|LooksAsInPillow|TestMemoryOfAThousandConnections|TestBuiltinModel|TestInventoryHas|TestEveryObject|TestMuchAtOnce

.PHONY: go-test
go-test:
	go test -race -vet=off -shuffle=on -tags "$(TAGS)" $(LONG) ./...
	go test -vet=off -shuffle=on -tags "$(TAGS) crashpoints" -run '$(UNRACED)' ./workers ./internal/verify ./internal/repair ./crawler/web ./imaging ./fetch ./encoder/onnx ./examples/picturesite

FAULTY = bin/pairmill-crashpoints

.PHONY: $(FAULTY)
$(FAULTY): deps
	@mkdir -p bin
	go build -tags "$(TAGS) crashpoints" -ldflags "-X main.version=$(VERSION)" -o $@ ./cmd/pairmill

.PHONY: test-faults
test-faults: $(FAULTY) ## the long tests of what fails: parts of a cluster of processes are killed, cut off and starved
	tools/faults.sh $(FAULTY) -timeout 90m -tags "$(TAGS)"
	PAIRMILL_ALL_CRASHES=1 go test -count=1 -timeout 60m -tags "$(TAGS) crashpoints" -run TestCrashPoints ./workers
	PAIRMILL_TEST_FAULTS=1 go test -race -count=1 -timeout 30m -tags "$(TAGS)" -run 'OnThreeServers|UnderLoad|AsWorker' ./cluster/nats

SOAK_PAIRS   ?= 50000
SOAK_MINUTES ?= 30
SOAK_DIR     ?= soak

.PHONY: soak
soak: $(FAULTY) ## half an hour of a cluster of processes under fire; a report and a plot come to soak/
	PAIRMILL_SOAK_PAIRS=$(SOAK_PAIRS) PAIRMILL_SOAK_MINUTES=$(SOAK_MINUTES) PAIRMILL_SOAK_DIR=$(abspath $(SOAK_DIR)) \
	  tools/faults.sh $(FAULTY) -timeout 150m -tags "$(TAGS)" -run '^TestSoak$$'

.PHONY: lint
lint: deps ## vet, staticcheck and gofmt
	go vet -tags "$(TAGS)" ./...
	go tool staticcheck -tags "$(TAGS)" ./...
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }

.PHONY: handbook
handbook:
	@tools/handbook.sh >/dev/null || echo "debian-handbook is not to be had here: the tests on it will skip" >&2

.PHONY: s3-server
s3-server: ## build versitygw, the S3 server that tests run against
	@tools/versitygw.sh

.PHONY: model-check
model-check: deps ## what the built-in encoder can do on pictures that it was not trained on
	PAIRMILL_REQUIRE_ORT=1 go test -count=1 -run 'TestBuiltinModel' -v ./encoder/onnx

.PHONY: realsite
realsite: build ## crawl debian-handbook, a real web site in 26 languages, and compare with its known numbers
	@tools/realsite.sh $(BIN)

.PHONY: conformance
conformance: build ## read what we write with pyarrow, Polars, DuckDB, HF datasets and webdataset; compare downloads with img2dataset's
	@tools/conformance.sh $(BIN)

.PHONY: bench-image
bench-image: deps ## measure the image path against OpenCV and against libjpeg-turbo alone, in CPU time
	@bench/image/run.sh $(BENCH_FLAGS)

.PHONY: conformance-torch
conformance-torch: build ## read a download of ours and one of img2dataset's with open_clip and clip-retrieval (takes torch from Debian)
	@tools/conformance-torch.sh $(BIN)

.PHONY: bench-download
bench-download: build ## download 20,000 files over HTTP and HTTPS, against img2dataset
	@bench/download/run.sh $(BIN) $(BENCH_FLAGS)

.PHONY: bench-scale
bench-scale: build ## what coordination costs: jobs queued per second, the cost of a job and a row, one to eight workers
	@bench/scale/run.sh $(BIN) $(BENCH_FLAGS)

.PHONY: chaos
chaos: build ## download from good hosts among hostile and dead ones: what it costs the good ones, and each row's reason
	@go run -tags "$(TAGS)" ./bench/download/chaos -pairmill $(BIN)

.PHONY: deploy-check
deploy-check: build s3-server ## chart, compose file, images and alerts, read by what reads them and run as processes
	@go build -o bin/picturesite ./examples/picturesite/serve
	@set -e; path() { "$$@" | sed -E 's/^[^:]*: //; s/ \(.*\)$$//'; }; \
	export HELM=$$(tools/helm.sh) NATS_SERVER=$$(tools/natsserver.sh) S3_SERVER=$$(path tools/versitygw.sh) ORT_LIB=$$(path tools/onnxruntime.sh); \
	export SITE=$(CURDIR)/bin/picturesite; staticcheck=$$(go tool -n staticcheck); cd deploy/check; \
	go vet ./... && "$$staticcheck" ./... && go test -count=1 -vet=off -shuffle=on ./...

.PHONY: clean
clean: ## remove what make made here
	rm -rf bin demo demo-list
