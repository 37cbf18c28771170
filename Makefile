VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 60s

.PHONY: build run test bench fuzz check

build:
	CGO_ENABLED=0 go build -trimpath -tags nodynamic -ldflags "-s -w -X main.version=$(VERSION)" -o postern .

run:
	go run -tags nodynamic .

test:
	go test -race -tags nodynamic ./...

check:
	.ci/run

bench:
	go test -tags nodynamic -run '^$$' -bench . -benchmem ./...

# Every fuzz target, one after the other.
fuzz:
	@for package in $$(go list ./...); do \
		for target in $$(go test -tags nodynamic -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -tags nodynamic -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done
