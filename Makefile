# mailq: an outbound mail queue for applications. `make help` lists what can be made.
#
# One archive holds all of lib/; each program is one file of cmd/ linked against it. The linker takes
# from the archive and from the libraries only what a program calls (--as-needed).

PREFIX   ?= /usr/local
CC       ?= gcc
BUILD    ?= build
PACKAGES  = libcurl yaml-0.1 lmdb zlib
VERSION   = 0.1.0

CFLAGS   ?= -O2 -g
Q         = $(if $(V),,@)
WARNINGS  = -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wvla -Wwrite-strings -Wpointer-arith -Wundef -Wno-override-init
HARDEN    = -fstack-protector-strong -fstack-clash-protection -fPIE
CPPFLAGS += -D_GNU_SOURCE -DMAILQ_VERSION='"$(VERSION)"' -Ilib $(PACKAGE_CFLAGS)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDEN) $(CFLAGS)
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PACKAGE_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
LIBS      = $(PACKAGE_LIBS) -lpthread -lm

# DEVELOPER=1: warnings are errors. SANITIZE=1: AddressSanitizer and UBSan, in a tree of its own.
ifdef DEVELOPER
WARNINGS += -Werror
endif
ifdef SANITIZE
BUILD     = build/sanitize
CFLAGS    = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
HARDEN   += -D_FORTIFY_SOURCE=2
endif

LIB_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c))
PROGRAMS    = $(patsubst cmd/%.c,$(BUILD)/bin/%,$(wildcard cmd/*.c))
UNIT_TESTS  = $(patsubst tests/unit/%_test.c,$(BUILD)/tests/%_test,$(wildcard tests/unit/*_test.c))

all: $(PROGRAMS)

# Tests define what main.c or a fuzzer's driver calls, without a header between them.
$(BUILD)/tests/%.o: WARNINGS += -Wno-missing-prototypes

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libmailq.a: $(LIB_OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/libmailq.a
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%_test: $(BUILD)/tests/unit/%_test.o $(BUILD)/tests/unit/main.o $(BUILD)/libmailq.a
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(LIBS)

check-unit: $(UNIT_TESTS)
	@for test in $^; do $$test || exit 1; done

clean:
	rm -rf build

.PHONY: all check-unit clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
