# Endcap. `make` builds build/endcap; `make demo` shows it working; `make test` proves it.
#
# VARIANT=asan|tsan builds into build-asan/ or build-tsan/ with that sanitizer.

VARIANT ?=
BUILD   := build$(if $(VARIANT),-$(VARIANT))
CC      := gcc
CXX     := g++

PACKAGES := libmicrohttpd sqlite3 yaml-0.1 libxml-2.0 libsodium libcurl libxxhash libzstd jansson simdjson
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wundef -Wvla -Werror
WARN_C   := -Wstrict-prototypes -Wmissing-prototypes
OPT      := -O2 -g -fno-omit-frame-pointer
ifeq ($(VARIANT),asan)
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -DARENA_EXACT
endif
ifeq ($(VARIANT),tsan)
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
endif
CPPFLAGS := -Isrc -I. -D_GNU_SOURCE $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS   := -std=c17 $(OPT) $(WARN) $(WARN_C)
CXXFLAGS := -std=c++17 $(OPT) $(WARN)
LDLIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lcsv -lm -lpthread -lstdc++

SOURCES  := $(wildcard src/*/*.c src/*/*.cc)
WEB      := $(wildcard web/*/*)
OBJECTS  := $(patsubst %,$(BUILD)/%.o,$(SOURCES)) $(patsubst %,$(BUILD)/%.o,$(WEB))
TESTS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*/*_test.c))
SUPPORT  := $(patsubst %,$(BUILD)/%.o,$(wildcard tests/support/*.c))
BENCHES  := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))

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

# cmocka hands every test a state that few use
$(BUILD)/tests/%.c.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  CC   $<"; $(CC) $(CPPFLAGS) $(CFLAGS) -Wno-unused-parameter -MMD -MP -c -o $@ $<

# web/demo/page.html becomes the symbols web_demo_page_html_start and _end
$(BUILD)/web/%.o: web/%
	@mkdir -p $(@D)
	ld -r -b binary -z noexecstack -o $@ $<
	objcopy --rename-section .data=.rodata,alloc,load,readonly,data,contents $@

$(BUILD)/tests/%: $(BUILD)/tests/%.c.o $(SUPPORT) $(BUILD)/libendcap.a
	@echo "  LINK $@"; $(CC) $(OPT) -o $@ $^ -lcmocka $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/bench/%.c.o $(SUPPORT) $(BUILD)/libendcap.a
	@echo "  LINK $@"; $(CC) $(OPT) -o $@ $^ $(LDLIBS)

.PHONY: deps demo test check quality bench fuzz fmt clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf build build-asan build-tsan build-fuzz
