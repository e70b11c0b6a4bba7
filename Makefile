# SPDX-License-Identifier: GPL-2.0-only
# For people: "make help". Kbuild reads Kbuild and not this file.
#
# With no KERNELDIR everything is made from nothing in a toolbox of its own (scripts/), for the stock test kernel.
# With KERNELDIR=<output tree of a kernel with Rust metadata> this machine's own compilers build for that kernel.

KERNELDIR ?=
DESTDIR ?=
PREFIX ?= /usr/local
INSTALL_MOD_PATH ?= $(DESTDIR)/usr
export INSTALL_MOD_PATH
MAKEFLAGS += --no-print-directory

.PHONY: all module tools modules_install install uninstall demo test test-debug fuzz bench deb repo check-deb site check rust-analyzer clean help

all: module tools

ifeq ($(KERNELDIR),)

stage = scripts/stage

module:
	@scripts/build-module stock

tools:
	@scripts/build-tools

modules_install: module
	@scripts/install-module "$(INSTALL_MOD_PATH)"

else

# These run on this machine.
stage = SSI_RUN= scripts/stage
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

# Below /usr, as on all of today's Debian: copied onto a node it takes the place of no link.
install: modules_install tools
	$(stage) "$(DESTDIR)" "$(PREFIX)"

uninstall:
	$(stage) --remove "$(DESTDIR)" "$(PREFIX)"

# The long targets want root and say so before they begin.
demo test test-debug fuzz bench deb repo check-deb site:
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
	@echo 'make fuzz             a million executions of each fuzz target (root); ARGS="receive --executions 1000000000"'
	@echo 'make bench            what a packet costs, beside the kernel alone and its peers (root)'
	@echo '                      ARGS="--uml 10" hands arguments to what is run, here qemu-test/run'
	@echo 'make check            format, lints, unit tests, rustdoc: no machine is booted'
	@echo 'make [all]            the module (build/stock/src/) and the tools (build/tools/)'
	@echo 'make modules_install  the module into /usr/lib/modules; with INSTALL_MOD_PATH below that folder'
	@echo 'make install          the same, and the tools into $$(DESTDIR)$$(PREFIX)/sbin, with units, man pages and completions'
	@echo 'make uninstall        all of that away again'
	@echo 'make deb              Debian packages in build/deb, judged by lintian (root); ARGS=--quick: sooner, and not for nodes'
	@echo 'make repo             build/repo, a signed repository of them, which apt takes (root)'
	@echo 'make check-deb        packages twice, compared; installed, removed and purged in a fresh root by apt (root)'
	@echo 'make site             the documents as a searchable site, build/site/html; no link in it leads nowhere (root)'
	@echo 'make rust-analyzer    rust-project.json for your editor'
	@echo 'make clean            removes build/; what is slow to make stays in the cache folder'
	@echo
	@echo 'KERNELDIR=DIR  build for the kernel whose output tree this is, with this machine'"'"'s own compilers'
	@echo 'SSI_CACHE=DIR  where roots and kernels are kept ($${XDG_CACHE_HOME:-~/.cache}/ssi)'
	@echo 'SSI_MIRROR=URL Debian mirror (default: as apt has it)'
