VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 60s
GOLANGCI = v2.12.0
GORELEASER = v2.15.1
CYCLONEDX = v1.9.0
TOOLS = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/postern

.PHONY: build packages run unit test lint check release-check snapshot check-install check-container crash cluster mutants load vulnerabilities bench benchmarks scale-bench growth import-bench import-kills large-upload select-many fuzz

build:
	CGO_ENABLED=0 go build -trimpath -tags nodynamic -ldflags "-s -w -X postern/buildinfo.Version=$(VERSION) -X postern/buildinfo.Commit=$(shell git rev-parse HEAD 2>/dev/null) -X postern/buildinfo.Date=$(shell git log -1 --format=%cI 2>/dev/null)" -o postern .
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o postern-openh264 ./packaging/openh264

# Packages for Debian and RPM, in build/packages; nfpm is built for it once.
packages: build
	mkdir -p build/linux && cp postern build/linux/
	packaging/package build/linux $(if $(filter v%,$(VERSION)),$(patsubst v%,%,$(VERSION)),0.0.0~$(VERSION)) $(shell go env GOARCH) build/packages

run:
	go run -tags nodynamic .

# The fast tests, for while you write: without those that start binaries, decode
# corpora or go through every road, but with the golden answers.
UNIT = . ./handlers/ratelimit ./handlers/form ./handlers/share ./handlers/metrics ./handlers/present ./handlers/site ./handlers/intake ./handlers/chevereto ./handlers/imgpile ./media ./media/maintenance/backup \
	./media/codec/bmp ./media/fetch ./media/codec/gif ./media/codec/heif ./media/codec/icc ./media/codec/inflate ./media/codec/png ./media/frame/poster ./media/codec/resample \
	./media/codec/vp8 ./media/codec/vp8l ./records ./sqlite ./storage/...

unit:
	go test -short -tags nodynamic $(UNIT)
	go test -short -tags nodynamic -run 'Golden|Message|Stylesheet|Template|EveryRouteHasARow' ./handlers

# The command of the README: it needs nothing but Go.
test:
	go test -count 1 -timeout 30m -tags nodynamic ./...

# Linters, each with its reason in .golangci.yml.
lint:
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) run

# Checks the tree as .ci/run does, with the programs that are installed.
check:
	.ci/run --no-install

# Builds the program for every system of a release, which takes some minutes a system the
# first time. The tests check its types for each of them, which finds most of what is wrong.
release-check:
	packaging/check-systems

# A release without a tag, in dist and build/packages, which a test looks at. GoReleaser and
# what lists the parts of binaries are built for it once: 1,788 packages, some 20 minutes of
# a core. The programs for all systems take as much the first time.
snapshot:
	test -x $(TOOLS)/goreleaser-$(GORELEASER)/goreleaser || \
		GOBIN=$(TOOLS)/goreleaser-$(GORELEASER) CGO_ENABLED=0 go install -trimpath github.com/goreleaser/goreleaser/v2@$(GORELEASER)
	test -x $(TOOLS)/cyclonedx-gomod-$(CYCLONEDX)/cyclonedx-gomod || \
		GOBIN=$(TOOLS)/cyclonedx-gomod-$(CYCLONEDX) CGO_ENABLED=0 go install -trimpath github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX)
	rm -rf build/packages
	export PATH="$(TOOLS)/goreleaser-$(GORELEASER):$(TOOLS)/cyclonedx-gomod-$(CYCLONEDX):$$PATH"; \
		goreleaser release --snapshot --clean --timeout 2h && \
		go test -tags nodynamic -count 1 -v -run "TheRecipeOfReleases|AReleaseIsWhole" ./e2e -release

# Installs the package on a bare Debian 12 and 13, each with its own systemd, and walks
# through it: start, upload, decoders, socket, backup, upgrade, removal. As root, with
# mmdebstrap and systemd-container; a minute or two each, once the bare systems are cached.
check-install: packages
	packaging/check-install "$$(ls -t build/packages/*_$(shell go env GOARCH).deb | head -n 1)"

# Builds both containers and uploads to them. As root, with mmdebstrap and buildah.
check-container:
	packaging/check-container

# The crash proofs in their long form: 120 kills and 12,000 uploads, a kill at
# every system call of an upload and of a deletion, 60 power cuts (as root), 30
# backups under load, 40 kills under posts and while sizes are made.
crash:
	go test -tags nodynamic -timeout 120m -count 1 -v -run "Nothing|Syncs|Start" ./e2e/crash -long

# The proofs with a bucket in their long form (versitygw, PostgreSQL): 200 kills of two
# gateways behind a proxy that carries out requests late, while their database and their
# store are killed too, 60 of one gateway with SQLite, 30 backups under load, and programs
# that get a step wrong, each of which is caught.
cluster:
	go test -tags nodynamic -timeout 240m -count 1 -v -run "Bucket" ./e2e/crash -long -cluster-mutants

# The crash proofs against programs that are wrong on purpose: all are caught.
mutants:
	go test -tags nodynamic -timeout 60m -count 1 -v -run Planted ./e2e/crash -mutants

# A thousand slow clients, one body of 2 GiB, and more clients than places, held
# against bounds of memory and time (Linux).
load:
	go run -tags nodynamic ./e2e/load

# Known vulnerabilities in what the program calls. VULNDB names a database other
# than https://vuln.go.dev, as file:///PATH.
vulnerabilities:
	go run golang.org/x/vuln/cmd/govulncheck@v1.8.0 $(if $(VULNDB),-db $(VULNDB)) -tags nodynamic ./...

# The tables against libvips, ImageMagick, GD, ffmpeg and nginx (bench/README.md).
bench:
	go run -tags nodynamic ./bench $(BENCH)

# Go's benchmarks of single functions.
benchmarks:
	go test -tags nodynamic -run '^$$' -bench . -benchmem ./...

# What a million items cost against 10,000, as ratios, in SQLite and in PostgreSQL:
# uploads, lists, pages, searches. It takes an hour and 4 GB below TMPDIR. GROWTH has
# further flags: "-growth 300000 -growth-dir FOLDER -growth-run search".
growth:
	go test -tags nodynamic -run '^$$' -bench Growth -benchtime 1x -timeout 3h ./records -args -growth 1000000 $(GROWTH)

# CPU, latency and memory of uploads and reads on each store and database, and uploads
# a second of one and of two gateways (versitygw, PostgreSQL). It takes some minutes.
scale-bench:
	go test -tags nodynamic -timeout 60m -count 1 -v -run CombinationsAreMeasured ./e2e -combination-rounds 5

# How fast a Chevereto of 100,000 images moves in, by links and by copies: items and
# processor time a second, and the most memory.
import-bench:
	go test -tags nodynamic -run '^$$' -bench Chevereto -benchtime 1x -timeout 3h ./importer/movein -args -import-items 100000

# A file of 399 MB through a proxy that refuses bodies above a megabyte.
large-upload:
	go test -tags nodynamic -timeout 30m -count 1 -v -run ThroughANarrowProxy ./e2e -narrow-bytes 399000000

# 500 items selected and moved in a browser, with the time that it takes.
select-many:
	go test -tags nodynamic -timeout 30m -count 1 -v -run ManyItemsAreSelected ./e2e -selected-items 500

# Fifty kills during an import of a Chevereto.
import-kills:
	go test -tags nodynamic -timeout 60m -count 1 -v -run OldSiteOutlivesKills ./e2e -import-kills 50

# Every fuzz target, one after the other.
fuzz:
	@for package in $$(go list ./...); do \
		for target in $$(go test -tags nodynamic -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -tags nodynamic -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done
