# Tugboat in a few verbs; `make help` lists them. CMake does the work (CMakePresets.json).
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run build test asan tsan fuzz install format check clean setup page

PROMPT ?= Tell me a story about a brave mouse.
SECONDS_PER_TARGET ?= 60
PREFIX ?= /usr/local
JOBS := $(shell nproc)
export PATH := $(PATH):$(HOME)/.cargo/bin
export CMAKE_CXX_COMPILER_LAUNCHER ?= $(notdir $(shell command -v ccache 2>/dev/null))

# Configures a preset and builds a target of it: CI makes warnings errors, in the same build folder.
define build_preset
	@cmake --preset $(1) $(if $(CI),-DTUG_WERROR=ON) > /dev/null
	@cmake --build --preset $(1) -j $(JOBS) --target $(2)
endef

help:  ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

run: build  ## build, then answer PROMPT="..." with the demo model
	@build/release/tug run demo "$(PROMPT)"
	@echo; echo "That was the demo model inside build/release/tug. Next: build/release/tug run (a chat), or tug help."

build: setup  ## build/release/tug
	$(call build_preset,release,tug)

test: setup  ## all tests, then those labelled asan and tsan under these sanitizers
	$(call build_preset,release,all)
	@ctest --preset release -j $(JOBS)
	@$(MAKE) asan
	@$(MAKE) tsan

asan: setup  ## the tests labelled asan, with the address and undefined-behaviour sanitizers
	$(call build_preset,asan,test_programs)
	@ctest --preset asan -j $(JOBS)

tsan: setup  ## the tests labelled tsan, with the thread sanitizer
	$(call build_preset,tsan,test_programs)
	@ctest --preset tsan -j $(JOBS)

install: setup  ## program, library and headers to PREFIX (/usr/local); DESTDIR is honoured
	$(call build_preset,release,tug tugboat_archive)
	@cmake --install build/release --prefix "$(PREFIX)" > /dev/null
	@echo "Installed to $(DESTDIR)$(PREFIX): bin/tug, libtugboat.a, include/tugboat, and packages for CMake and pkg-config."

fuzz:  ## run every target of tests/fuzz for a minute (installs clang)
	@tools/setup.sh fuzz
	$(call build_preset,fuzz,fuzz_targets)
	@tools/fuzz.sh build/fuzz $(SECONDS_PER_TARGET)

page:  ## build the page of tug serve anew (needs Node.js 20 and npm)
	@cd web && npm ci --silent && npm run --silent build -- --logLevel warn

format:  ## clang-format for C++, rustfmt (if it is there) for Rust
	@find include src tests -name '*.h' -o -name '*.cpp' | xargs clang-format -i
	@! command -v rustfmt >/dev/null || find src -name '*.rs' | xargs rustfmt --edition 2021 --config max_width=110

check:  ## the layer check and the style check
	@status=0; for check in layers style; do tools/check_$$check.py || status=1; done; exit $$status

clean:  ## remove build/
	@rm -rf build

setup:
	@tools/setup.sh
