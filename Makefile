# mailq: an outbound mail queue for applications. `make help` lists what can be made.
#
# One archive holds all of lib/; each program is one file of cmd/ linked against it. The linker takes
# from the archive and from the libraries only what a program calls (--as-needed). What is more than
# building and installing is a script under tests/ or spool/.

VERSION   = 0.1.0
PREFIX   ?= /usr/local
SPOOL    ?= /var/spool/mailq
CC       ?= gcc
BUILD    ?= build
PACKAGES  = libcurl openssl yaml-0.1 libxml-2.0 lmdb zlib icu-i18n libmicrohttpd

CFLAGS   ?= -O2 -g
Q         = $(if $(V),,@)
WARNINGS  = -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wvla -Wwrite-strings -Wpointer-arith -Wundef \
            -Wno-override-init -Wno-missing-field-initializers
HARDEN    = -fstack-protector-strong -fstack-clash-protection -fPIE
CPPFLAGS += -D_GNU_SOURCE -DMAILQ_VERSION='"$(VERSION)"' -Ilib $(PACKAGE_CFLAGS)
STANDARD  = -std=gnu17
ALL_CFLAGS = $(STANDARD) $(WARNINGS) $(HARDEN) $(CFLAGS)
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PACKAGE_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
LIBS      = $(PACKAGE_LIBS) -lpthread -lm

# DEVELOPER=1: warnings are errors (but not with sanitizers, in whose code the compiler's guesses
# about values are often wrong). SANITIZE=1: AddressSanitizer and UBSan. FUZZ=1: libFuzzer. The last
# two have trees of their own.
ifdef DEVELOPER
WARNINGS += $(if $(SANITIZE),,-Werror)
endif
ifdef SANITIZE
BUILD     = build/sanitize
CFLAGS    = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifdef FUZZ
BUILD     = build/fuzz
CC        = clang
CFLAGS    = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
else
HARDEN   += -D_FORTIFY_SOURCE=2
endif
# WITHOUT=fdatasync, WITHOUT=fsync: a build that breaks the promise, for the power cuts to catch.
ifdef WITHOUT
BUILD     = build/without-$(WITHOUT)
CPPFLAGS += -include tests/system/without/$(WITHOUT).h
endif
export BUILD

LIB_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c)) $(BUILD)/lib/app/assets.S.o
PROGRAMS    = $(patsubst cmd/%.c,$(BUILD)/bin/%,$(wildcard cmd/*.c))
UNIT_TESTS  = $(patsubst tests/unit/%_test.c,$(BUILD)/tests/%_test,$(wildcard tests/unit/*_test.c))
FUZZERS     = $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/*_fuzz.c))
EMPTY       = $(BUILD)/tests/bench/empty
TEST_TOOLS  = $(filter-out $(EMPTY),$(patsubst tests/%.c,$(BUILD)/tests/%, \
              $(wildcard tests/system/*.c tests/bench/*.c)))
FAKE_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/system/fake/*.c))
UNITS       = $(patsubst conf/systemd/%,%,$(wildcard $(addprefix conf/systemd/, \
              *.service *.target *.timer */*)))
MANUALS     = $(wildcard man/*.[1-8])
CLIENTS     = $(wildcard lib/client/mailq.*)

all: $(PROGRAMS) ## every program, in build/bin

deps: ## install what building and testing need (Debian, Ubuntu), or say what to install
	@tests/deps.sh build check

run: ## start a pipeline in spool/run, send a message through it, show its file
	@tests/deps.sh build run
	@$(MAKE) --no-print-directory all
	@spool/run.sh start

stop: ## stop what `make run` started
	@spool/run.sh stop

check: deps ## build, then all tests; the last line counts them
	@$(MAKE) --no-print-directory check-all

check-all: all $(UNIT_TESTS) $(TEST_TOOLS)
	@tests/run.pl $(UNIT_TESTS) $(wildcard tests/tool/*.t tests/system/*.t)

test-tools: all $(TEST_TOOLS) ## what tests need beside the programs, to run one of them alone

check-unit: $(UNIT_TESTS) ## the unit tests alone
	@tests/run.pl $^

check-tool: all $(TEST_TOOLS) ## the programs' tests alone
	@tests/run.pl $(wildcard tests/tool/*.t)

check-providers: all ## requests judged by the providers' own descriptions; needs npm, skips without
	@tests/run.pl $(wildcard tests/providers/*.t)

check-app: all $(TEST_TOOLS) ## the Email app in a browser (npm, chromium); pictures of its pages in build/app/shots
	@{ command -v npm && command -v chromium; } >/dev/null || tests/deps.sh app || true
	@tests/run.pl tests/app/run.sh

lint: all ## formatting, static analysis, manuals, and the rules between rooms
	@tests/deps.sh build lint
	@tests/lint.sh $(CPPFLAGS) $(STANDARD)

fuzz: ## every fuzzer for FUZZ_SECONDS (60) each
	@tests/deps.sh build lint
	@$(MAKE) --no-print-directory FUZZ=1 run-fuzzers

run-fuzzers: $(FUZZERS)
	@tests/fuzz/run.sh $^

bench: all $(TEST_TOOLS) $(EMPTY) ## mailq and Postfix, one after the other on this machine
	@python3 -B tests/bench/bench.py
	@tests/bench/template.sh

install: all ## into $(DESTDIR)$(PREFIX); also, with =1: SENDMAIL (as sendmail), SETGID (for users), SYSTEMD
	install -d $(DESTDIR)$(PREFIX)/bin
	install $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	for page in $(MANUALS); do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	install -d $(DESTDIR)$(PREFIX)/share/mailq/client
	install -m 644 $(CLIENTS) $(DESTDIR)$(PREFIX)/share/mailq/client
ifdef SENDMAIL
	install -d $(DESTDIR)$(PREFIX)/sbin
	[ "$$(readlink $(DESTDIR)$(PREFIX)/sbin/sendmail)" = $(PREFIX)/bin/mailq-sendmail ] || \
		ln -s $(PREFIX)/bin/mailq-sendmail $(DESTDIR)$(PREFIX)/sbin/sendmail
endif
ifdef SETGID
	@getent passwd mailq >/dev/null && getent group mailq-drop >/dev/null || \
		{ echo 'SETGID=1 needs the user mailq and the group mailq-drop: see README.md' >&2; exit 1; }
	chgrp mailq-drop $(DESTDIR)$(PREFIX)/bin/mailq-sendmail
	chmod 2755 $(DESTDIR)$(PREFIX)/bin/mailq-sendmail
	install -d -o mailq -g mailq -m 711 $(DESTDIR)$(SPOOL)
	install -d -o mailq -g mailq-drop -m 1730 $(DESTDIR)$(SPOOL)/.drop
endif
ifdef SYSTEMD
	cd conf/systemd && for unit in $(UNITS); do \
		install -D -m 644 $$unit $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit; done
	install -D -m 644 conf/systemd/mailq.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/mailq.conf
	install -D -m 644 conf/systemd/mailq.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/mailq.conf
endif

uninstall: ## what install put there; spools and configuration stay
	rm -f $(PROGRAMS:$(BUILD)/%=$(DESTDIR)$(PREFIX)/%)
	for page in $(MANUALS); do \
		rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	rm -f $(CLIENTS:lib/%=$(DESTDIR)$(PREFIX)/share/mailq/%)
	if [ "$$(readlink $(DESTDIR)$(PREFIX)/sbin/sendmail)" = $(PREFIX)/bin/mailq-sendmail ]; then \
		rm $(DESTDIR)$(PREFIX)/sbin/sendmail; fi
	rm -f $(UNITS:%=$(DESTDIR)$(PREFIX)/lib/systemd/system/%)
	for folder in share/mailq/client share/mailq lib/systemd/system/mailq-.service.d; do \
		[ ! -d $(DESTDIR)$(PREFIX)/$$folder ] || rmdir $(DESTDIR)$(PREFIX)/$$folder; done
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/mailq.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/mailq.conf

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## /  \1\t/p' Makefile | expand -t 20

# Tests define what main.c or a fuzzer's driver calls, without a header between them.
$(BUILD)/tests/%.o: WARNINGS += -Wno-missing-prototypes

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The app's templates, stylesheet and script, which the program carries.
$(BUILD)/lib/app/assets.S.o: lib/app/assets.S \
		$(wildcard lib/app/html/*.html lib/app/app.* lib/app/*.svg lib/app/*.json)
	@mkdir -p $(@D)
	@echo '  AS $<'
	$(Q)$(CC) -c -o $@ $<

$(BUILD)/libmailq.a: $(LIB_OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# link: the first argument is what a kind of program needs beside the libraries of all.
link = @mkdir -p $(@D) && echo '  LD $@' && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(1) $(LIBS)

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/libmailq.a
	$(call link)

# mailq-sendmail is started anew for each message, and each library to load costs a tenth of what
# an empty program takes. So the small ones are linked in, where there are archives of them.
SMALL = $(foreach name,yaml lmdb z,$(or $(wildcard $(shell $(CC) -print-file-name=lib$(name).a)),-l$(name)))
$(BUILD)/bin/mailq-sendmail: LIBS := $(SMALL) $(LIBS)

$(BUILD)/tests/%_test: $(BUILD)/tests/unit/%_test.o $(BUILD)/tests/unit/main.o $(BUILD)/libmailq.a
	$(call link,$(shell pkg-config --libs check))

$(BUILD)/tests/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/libmailq.a
	$(call link,-fsanitize=fuzzer)

$(BUILD)/tests/system/%: $(BUILD)/tests/system/%.o $(BUILD)/libmailq.a
	$(call link)

$(BUILD)/tests/system/smtp_fake: $(BUILD)/tests/system/smtp_fake.o $(FAKE_OBJECTS) \
                                 $(BUILD)/libmailq.a
	$(call link,$(shell pkg-config --libs openssl))

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libmailq.a
	$(call link)

# Of the bench alone: not every machine has what links statically.
$(EMPTY): tests/bench/empty.c
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) -O2 -static -o $@ $<

.PHONY: all deps run stop check check-all test-tools check-unit check-tool check-providers check-app \
        lint fuzz run-fuzzers bench install uninstall clean help

# No object is removed for being only on the way to a program.
.SECONDARY:

# What each object was made of, as the compiler found it.
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
