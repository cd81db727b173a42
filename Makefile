# Endcap. `make` builds build/endcap; `make demo` shows it working; `make test` proves it.
#
#   deps         the Debian packages it is built with: installs them as root, else prints the command
#   demo         a made-up shop, served with everything on
#   test         every test; ends with "N passed, N failed"
#   check        all that must hold before a change goes in: sanitizers, style, corpora, documents
#   check-quick  the parts of it that take few minutes
#   quality      how good the recommendations are
#   bench        how fast it is
#   fuzz         every parser under a fuzzer, FUZZ_SECONDS (60) each
#   fmt          lay out the source as clang-format has it
#
# VARIANT=asan|tsan|clang|fuzz builds into build-asan/ and so on, with that sanitizer or compiler.

VARIANT ?=
BUILD   := build$(if $(VARIANT),-$(VARIANT))
CC      := gcc
CXX     := g++

DEBIAN_PACKAGES := build-essential pkg-config libmicrohttpd-dev libsqlite3-dev libcmocka-dev libyaml-dev \
                   libsimdjson-dev libcsv-dev libxml2-dev libsodium-dev libcurl4-openssl-dev libidn2-dev libxxhash-dev \
                   libjansson-dev libxgboost-dev libopenblas-pthread-dev liblapacke-dev libhnswlib-dev tzdata
CHECK_PACKAGES  := clang clang-format clang-tidy libclang-rt-14-dev prometheus
QUICK_PACKAGES  := clang-format

PACKAGES := libmicrohttpd sqlite3 yaml-0.1 libxml-2.0 libsodium libcurl libidn2 libxxhash jansson simdjson xgboost openblas lapacke
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wundef -Wvla -Werror
WARN_C   := -Wstrict-prototypes -Wmissing-prototypes
OPT      := -O2 -g -fno-omit-frame-pointer
ifeq ($(VARIANT),asan)
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -DARENA_EXACT
endif
ifeq ($(VARIANT),tsan)
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
endif
ifneq ($(filter clang fuzz,$(VARIANT)),)
CC       := clang
CXX      := clang++
WARN     += -Wno-string-conversion # assert(!"why") is ours
endif
ifeq ($(VARIANT),fuzz)
# NULL + 0, where an empty text ends, is no mistake (and none in C2y)
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link \
            -fno-sanitize-recover=undefined -fno-sanitize=pointer-overflow -DARENA_EXACT
endif
CPPFLAGS := -DENDCAP_VERSION=\"0.1.0\" -Isrc -I. -D_GNU_SOURCE $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
# Scores must be the same on every processor: no fused multiply and add
CFLAGS   := -std=c17 -ffp-contract=off $(OPT) $(WARN) $(WARN_C)
CXXFLAGS := -std=c++17 $(OPT) $(WARN)
LDLIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lcsv -lm -lpthread -lstdc++

SOURCES  := $(wildcard src/*/*.c src/*/*.cc)
WEB      := $(wildcard web/*/*)
OBJECTS  := $(patsubst %,$(BUILD)/%.o,$(SOURCES)) $(patsubst %,$(BUILD)/%.o,$(WEB))
TESTS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*/*_test.c))
SUPPORT  := $(patsubst %,$(BUILD)/%.o,$(wildcard tests/support/*.c))
BENCHES  := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
FUZZERS  := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
REPLAYS  := $(patsubst %,$(BUILD)/tests/fuzz/%_fuzz,$(FUZZERS))
CRASHES  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/crash/*.c))
FORMATTED := $(wildcard src/*.[ch] src/*/*.[ch] src/*/*.cc tests/*/*.[ch] bench/*.[ch])
# Tests in which more than one thread runs, by what they or the module they test includes.
THREADED := $(sort $(patsubst tests/%.c,$(BUILD)/tests/%,$(shell grep -lsE \
            'pthread|threads\.h|"(net|api|paths)/|journal/writer' $(wildcard tests/*/*_test.c))))

# Several at a time, unless the caller said how many.
JOBS      = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
SUBMAKE   = +$(MAKE) --no-print-directory $(JOBS)
FUZZ_SECONDS ?= 60

$(BUILD)/endcap: $(BUILD)/src/main.c.o $(BUILD)/libendcap.a
	@echo "  LINK $@"; $(CC) $(OPT) -o $@ $^ $(LDLIBS)

$(BUILD)/libendcap.a: $(OBJECTS)
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/%.c.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"; $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.cc.o: %.cc
	@mkdir -p $(@D)
	@echo "  CXX  $<"; $(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

# What learns does so for minutes: loops over long arrays are worth doing many numbers at a time. The two
# flags forbid nothing but traps and errno, and change no bits
ifeq ($(VARIANT),)
$(BUILD)/src/train/%.c.o $(BUILD)/src/indexes/encoder.c.o: CFLAGS += -O3 -fno-trapping-math -fno-math-errno
endif

# cmocka hands every test a state that few use
$(BUILD)/tests/%.c.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  CC   $<"; $(CC) $(CPPFLAGS) $(CFLAGS) -Wno-unused-parameter -MMD -MP -c -o $@ $<

# web/demo/index.html becomes the symbols _binary_web_demo_index_html_start and _end
$(BUILD)/web/%.o: web/%
	@mkdir -p $(@D)
	ld -r -b binary -z noexecstack -o $@ $<
	objcopy --rename-section .data=.rodata,alloc,load,readonly,data,contents $@

$(BUILD)/tests/%: $(BUILD)/tests/%.c.o $(SUPPORT) $(BUILD)/libendcap.a
	@echo "  LINK $@"; $(CC) $(OPT) -o $@ $^ -lcmocka $(LDLIBS)

# A fuzz target with a plain main that hands it the files of its corpus
$(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.c.o $(BUILD)/tests/fuzz/replay.c.o $(SUPPORT) $(BUILD)/libendcap.a
	@echo "  LINK $@"; $(CC) $(OPT) -o $@ $^ -lcmocka $(LDLIBS)

# The same target under libFuzzer, in build-fuzz/ only; what the sanitizers ask of C++, clang++ links
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%_fuzz.c.o $(SUPPORT) $(BUILD)/libendcap.a
	@mkdir -p $(@D)
	@echo "  LINK $@"; $(CXX) $(OPT) -fsanitize=fuzzer -o $@ $^ -lcmocka $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/bench/%.c.o $(SUPPORT) $(BUILD)/libendcap.a
	@echo "  LINK $@"; $(CC) $(OPT) -o $@ $^ -lcmocka $(LDLIBS)

.PHONY: deps deps-check deps-quick demo test check check-quick quality bench fuzz fmt docs clean \
        run-tests run-crashes run-variant run-replays run-threaded run-bench run-fuzz \
        check-style check-format check-docs check-metrics check-tidy
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# The packages. pkg-config is asked when make starts, so what needs them runs in a make of its own.

deps:
	@tools/deps $(DEBIAN_PACKAGES)

deps-check: deps
	@tools/deps $(CHECK_PACKAGES)

deps-quick: deps
	@tools/deps $(QUICK_PACKAGES)

demo: deps
	$(SUBMAKE) build/endcap
	build/endcap demo

# A fuzz target's command on its corpus, as one word for run-tests.
replay_commands = $(foreach name,$(FUZZERS),"$(BUILD)/tests/fuzz/$(name)_fuzz tests/fuzz/$(name)")

test: deps
	$(SUBMAKE) run-tests

run-tests: $(BUILD)/endcap $(TESTS) $(REPLAYS) $(CRASHES)
	@tools/run-tests tools/check-includes tools/test-checkers "tools/check-names $(BUILD)/endcap $(BUILD)/libendcap.a" $(TESTS) $(replay_commands) $(CRASHES)

# The same under a sanitizer; VARIANT is set by the caller.
run-variant: $(TESTS) $(REPLAYS) $(BUILD)/endcap
	@TEST_TIMEOUT=600 tools/run-tests --label $(VARIANT) $(TESTS) $(replay_commands)

run-threaded: $(THREADED) $(BUILD)/endcap
	@TEST_TIMEOUT=600 tools/run-tests --label $(VARIANT) $(THREADED)

check-quick: deps-quick
	$(SUBMAKE) check-style check-format check-docs
	$(SUBMAKE) VARIANT=asan run-variant

check: deps-check
	$(SUBMAKE) check-style check-format check-docs check-metrics
	$(SUBMAKE) run-tests
	$(SUBMAKE) run-crashes
	$(SUBMAKE) VARIANT=clang build-clang/endcap
	$(SUBMAKE) VARIANT=asan run-variant
	$(SUBMAKE) VARIANT=tsan run-threaded
	$(SUBMAKE) check-tidy

# What a crash, a loss of power and a failing disk leave, at length.
run-crashes: $(CRASHES)
	@TEST_TIMEOUT=1200 tools/run-tests --label crashes "$(BUILD)/tests/crash/kill 1000" \
	    "$(BUILD)/tests/crash/power 2000" "$(BUILD)/tests/crash/failures 1000" \
	    "$(BUILD)/tests/crash/versions 200" "$(BUILD)/tests/crash/erasure 600"

check-style:
	@tools/check-includes
	@tools/check-style

check-format:
	@clang-format --dry-run -Werror $(FORMATTED)

# The documents that are printed from the program's own tables.
docs: $(BUILD)/endcap
	for name in settings metrics program routes features audit; do $< docs $$name > docs/$$name.md; done
	$< docs openapi > docs/openapi.json

check-docs: $(BUILD)/endcap
	@tools/check-docs $(BUILD)/endcap

check-metrics: $(BUILD)/tests/base/metrics_test
	@$(BUILD)/tests/base/metrics_test print | promtool check metrics

check-tidy:
	@printf '%s\n' $(filter %.c,$(SOURCES)) | xargs -P $$(nproc) -n 4 \
	    sh -c 'clang-tidy --quiet "$$@" -- -std=c17 $(CPPFLAGS) 2>/dev/null' clang-tidy

quality: deps
	$(SUBMAKE) build/endcap
	@if [ -x tools/quality ]; then tools/quality; else echo "tools/quality is not there"; exit 3; fi

bench: deps
	$(SUBMAKE) run-bench

run-bench: $(BENCHES) $(BUILD)/endcap
	@for bench in $(BENCHES); do $$bench || exit 1; done

fuzz: deps-check
	$(SUBMAKE) VARIANT=fuzz run-fuzz

# Findings are written beside the corpus they should join.
run-fuzz: $(patsubst %,$(BUILD)/fuzz/%,$(FUZZERS))
	@for name in $(FUZZERS); do \
	    mkdir -p $(BUILD)/corpus/$$name && \
	    $(BUILD)/fuzz/$$name -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(BUILD)/found-$$name- \
	        -print_final_stats=1 $(BUILD)/corpus/$$name tests/fuzz/$$name || exit 1; \
	done

fmt:
	clang-format -i $(FORMATTED)

clean:
	rm -rf build build-asan build-tsan build-clang build-fuzz
