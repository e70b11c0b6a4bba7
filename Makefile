# SPDX-License-Identifier: GPL-2.0-only
# For people: "make help". Kbuild reads Kbuild and not this file.
#
# With no KERNELDIR everything is made from nothing in a toolbox of its own (scripts/), for the stock test kernel.
# With KERNELDIR=<output tree of a kernel with Rust metadata> this machine's own compilers build for that kernel.

KERNELDIR ?=
DESTDIR ?=
PREFIX ?= /usr/local
MAKEFLAGS += --no-print-directory

.PHONY: all module tools modules_install install demo test test-debug bench check rust-analyzer clean help

all: module tools

ifeq ($(KERNELDIR),)

# What the toolbox built wants its C library, which this machine may not have.
in_root = scripts/in-toolbox --

module:
	@scripts/build-module stock

tools:
	@scripts/build-tools

modules_install: module
	@scripts/install-module "$(DESTDIR)$(INSTALL_MOD_PATH)"

else

kbuild = $(MAKE) -C "$(KERNELDIR)" M="$(CURDIR)" MO="$(CURDIR)/build/host"

module:
	@test -e "$(KERNELDIR)/rust/libkernel.rmeta" || { echo "KERNELDIR=$(KERNELDIR) has no rust/libkernel.rmeta: it must be the output tree of a kernel with CONFIG_RUST=y, after \"make prepare modules_prepare\"; scripts/kernel-tree makes one for the stock kernel." >&2; exit 1; }
	@mkdir -p build
	$(kbuild) modules

tools:
	cd userspace && CARGO_TARGET_DIR="$(CURDIR)/build/host-cargo" cargo build --release --locked --workspace
	@mkdir -p build/tools
	find build/host-cargo/release -maxdepth 1 -type f -perm -u+x ! -name '*.so' -exec install -t build/tools {} +

modules_install: module
	$(kbuild) $(if $(wildcard $(KERNELDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=) modules_install

endif

install: modules_install tools
	install -D -t "$(DESTDIR)$(PREFIX)/sbin" build/tools/ssictl build/tools/ssid userspace/ssid/pacemaker/ssi-fenced
	install -D -m 644 -t "$(DESTDIR)$(PREFIX)/lib/systemd/system" userspace/ssid/systemd/ssid.service
	$(in_root) build/tools/ssictl man build/man
	$(in_root) build/tools/ssid --man build/man
	for shell in bash zsh fish; do $(in_root) build/tools/ssictl completions $$shell >build/man/ssictl.$$shell || exit; done
	for section in 1 5 8; do install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/man/man$$section" build/man/*.$$section || exit; done
	install -D -m 644 build/man/ssictl.bash "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/ssictl"
	install -D -m 644 build/man/ssictl.zsh "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_ssictl"
	install -D -m 644 build/man/ssictl.fish "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/ssictl.fish"

# The long targets want root and say so before they begin.
demo test test-debug bench:
	@scripts/$@ $(ARGS)

check:
	@scripts/check

rust-analyzer:
	@scripts/rust-analyzer

clean:
	rm -rf build rust-project.json

help:
	@echo 'make demo             three nodes behind one address, answering real clients (root; sets everything up itself)'
	@echo 'make test             all checks and all scenarios (root; sets everything up itself)'
	@echo 'make test-debug       the scenarios on a kernel with KASAN and kmemleak (root)'
	@echo 'make bench            what a packet costs, beside the kernel alone and its peers (root)'
	@echo '                      ARGS="--uml 10" hands arguments to what is run, here qemu-test/run'
	@echo 'make check            format, lints, unit tests, rustdoc: no machine is booted'
	@echo 'make [all]            the module (build/stock/src/) and the tools (build/tools/)'
	@echo 'make modules_install  the module into /lib/modules; with INSTALL_MOD_PATH below that folder'
	@echo 'make install          the same, and the tools into $$(DESTDIR)$$(PREFIX)/sbin, with man pages and completions'
	@echo 'make rust-analyzer    rust-project.json for your editor'
	@echo 'make clean            removes build/; what is slow to make stays in the cache folder'
	@echo
	@echo 'KERNELDIR=DIR  build for the kernel whose output tree this is, with this machine'"'"'s own compilers'
	@echo 'SSI_CACHE=DIR  where roots and kernels are kept ($${XDG_CACHE_HOME:-~/.cache}/ssi)'
	@echo 'SSI_MIRROR=URL Debian mirror (default: as apt has it)'
