# Everything sets itself up: Python 3.11 and make are all that is needed.
PYTHON ?= python3
BIN := .venv/bin
CODE := fengqiao law exchange services sandbox bench

SEEDS ?= 10000
FROM ?= 0
TIMES ?= 30
BROKERS ?= 1

.PHONY: help demo up test faults simulate bench check clean lock packages ready

help:
	@echo 'make demo [CASES=文件]  跑通一件纠纷的全过程 / the whole story, live'
	@echo 'make up                 启动本机的整套对接总线 / everything on this machine'
	@echo 'make test               测试(真实 Kafka 与 PostgreSQL)/ tests on the real engines'
	@echo 'make faults TIMES=30    故障:真实引擎上反复杀、停、断 / each fault again and again'
	@echo 'make simulate SEEDS=100000  模拟:故障下的许多种子 / many seeds under faults, resumable'
	@echo 'make bench [ONLY=routing,bare] [DISPUTES=10000000]  性能 / the figures beside its peers, one run'
	@echo 'make check              代码检查 / lint, types, import rules, tidy'
	@echo 'make clean              删除 .venv 和 var / start afresh'
	@echo 'make lock               重新锁定依赖 / lock the dependencies again'

demo: ready
	@$(BIN)/fengqiao demo $(if $(CASES),--cases "$(CASES)")

up: ready
	@$(BIN)/fengqiao up

test: ready
	$(BIN)/python -m pytest

faults: ready
	@$(BIN)/python -m tests.faults --times $(TIMES) --brokers $(BROKERS)

simulate: packages
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --from $(FROM)

bench: ready
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(DISPUTES),--disputes $(DISPUTES)) $(if $(PROFILE),--profile)

check: packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/tidy

packages:
	@$(PYTHON) deploy/bootstrap.py --packages-only

ready:
	@$(PYTHON) deploy/bootstrap.py

clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m exchange.local clean var; fi
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header \
	  --no-emit-index-url --quiet --output-file requirements.lock
	$(BIN)/python deploy/kafka/lock_jars.py exchange/local/jars.lock
