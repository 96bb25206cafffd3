# make demo   shows novaflow at work, with everything embedded
# make test   runs the tests that need nothing but Go
# make help   lists the rest

STATICCHECK   = honnef.co/go/tools/cmd/staticcheck@v0.8.2
WORKFLOWCHECK = go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.5.0
BIN           = bin
TAGS          = e2e,openstack,openstackcli,cluster,prove

.PHONY: help build demo test e2e cli openstack prove-openstack cluster soak prove record bench lint vuln clean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

build: ## build novaflow and novaflow-worker into bin/
	@echo "building $(BIN)/novaflow and $(BIN)/novaflow-worker"
	@go build -o $(BIN)/novaflow ./starter
	@go build -o $(BIN)/novaflow-worker ./worker

demo: build ## create a server, let another create fail, show that nothing is left
	@$(BIN)/novaflow demo

test: ## run unit and workflow tests, in process
	go test -parallel 16 -timeout 20m ./...
	go -C examples vet ./...
	go -C examples test ./...

e2e: build ## run tests on a real engine with worker processes that are killed
	go -C internal/engine/server vet ./...
	go -C internal/engine/server test ./...
	go test -tags e2e -count=1 -parallel 10 -timeout 30m ./internal/engine/... ./starter/... ./test/...

cli: ## test the development cloud with the openstack command
	go test -tags openstackcli -count=1 -run OpenStackCommand ./internal/devcloud/

openstack prove-openstack: export NOVAFLOW_TEST_CLOUD ?= $(OS_CLOUD)

openstack: build ## run contracts, flows and a storm on the OpenStack that OS_CLOUD names in your clouds.yaml
	go test -tags openstack -count=1 -timeout 20m -run "Contracts$$/^$$NOVAFLOW_TEST_CLOUD$$" ./activities
	go test -tags openstack -count=1 -timeout 20m -skip TestStorm ./test/openstack
	go test -tags openstack -count=1 -timeout 15m -v -run TestStorm ./test/openstack

STORM ?= 12m
prove-openstack: build ## run a storm there: services, hosts and our workers are killed, for 20 minutes at most
	go test -tags openstack -count=1 -timeout 25m -run TestStorm -v ./test/openstack -args -storm.time $(STORM)

cluster: ## test a Temporal cluster on PostgreSQL that loses nodes and its database (needs Debian's postgresql)
	go test -tags cluster -count=1 -timeout 25m -v ./test/cluster/... ./audit

soak: ## run 1,000 creates over three workers, one killed each second, under random faults
	go test -tags e2e -count=1 -timeout 90m -run TestSoak -v ./test -args -soak.runs 1000 -soak.width 60

# Each part runs in a process of its own, because the SDK's test environment keeps
# everything of an activity that still waits for its next attempt, some MiB each.
prove: ## run the whole fault matrix of every flow, on every world
	for part in '[A-H]' '[I-M]' '[N-O]' '[P-R]' 'Server[A-D]' 'Server[E-R]' 'Server[S-Z]' '([T-Z]|S[^e])'; do \
		go test -tags prove -count=1 -parallel 16 -timeout 120m -v -run "^Test$$part" ./workflows || exit; done

record: ## record the missing histories against which later versions are replayed
	go test -tags e2e -count=1 -parallel 6 -run HistoriesAreRecorded ./test -record

bench: ## measure, see docs/figures.md
	go test -run '^$$' -bench . -benchmem ./...
	go test -tags e2e -run '^$$' -bench . -timeout 60m ./test/

lint: ## run gofmt, vet, staticcheck and workflowcheck
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	go vet -tags $(TAGS) ./...
	go run $(STATICCHECK) -tags $(TAGS) ./...
	go run $(WORKFLOWCHECK) -test=false -config .workflowcheck.yaml ./saga ./saga/ledger ./saga/internal/... ./workflows/...

vuln: ## look for known vulnerabilities in what is compiled in (needs the network)
	go run $(GOVULNCHECK) ./...

clean: ## delete what was built
	rm -rf $(BIN)
