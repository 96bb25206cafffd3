# make demo   shows novaflow at work, with everything embedded
# make test   runs the tests that need nothing but Go
# make help   lists the rest

STATICCHECK   = honnef.co/go/tools/cmd/staticcheck@v0.8.2
WORKFLOWCHECK = go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.5.0
BIN           = bin

.PHONY: help build demo test e2e openstack bench lint vuln clean

help: ## list the targets
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: ## build novaflow and novaflow-worker into bin/
	@echo "building $(BIN)/novaflow and $(BIN)/novaflow-worker"
	@go build -o $(BIN)/novaflow ./starter
	@go build -o $(BIN)/novaflow-worker ./worker

demo: build ## create a server, fail to create another, prove that nothing is left
	@$(BIN)/novaflow demo

test: ## unit and workflow tests, in process
	go test -parallel 16 ./...

e2e: build ## tests on a real engine with real worker processes and kills
	go test -tags e2e -count=1 -timeout 20m ./internal/engine/... ./test/...

openstack: build ## the same on the OpenStack that OS_CLOUD names in your clouds.yaml
	NOVAFLOW_TEST_CLOUD=$${NOVAFLOW_TEST_CLOUD:-$$OS_CLOUD} go test -tags openstack -count=1 -timeout 20m ./activities/... ./test/openstack/...

bench: ## measure; see docs/figures.md
	go test -run '^$$' -bench . -benchmem ./...

lint: ## gofmt, vet, staticcheck, workflowcheck
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	go vet -tags e2e,openstack ./...
	go run $(STATICCHECK) -tags e2e,openstack ./...
	go run $(WORKFLOWCHECK) -test=false -config .workflowcheck.yaml ./saga/... ./workflows/...

vuln: ## known vulnerabilities of what is compiled in (needs the network)
	go run $(GOVULNCHECK) ./...

clean: ## remove what was built
	rm -rf $(BIN)
