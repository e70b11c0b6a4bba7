# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# ssi's packages, as apt takes them from /srv/ssi (qemu-test/vm --debian packages); for scenarios, and for nodes that are machines:
# on n0 bash -c '. /mnt/share/lib/packages.sh && …'.

# apt WORD…: without a question.
apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@"; }

# nothing PACKAGE VERSION [FIELD…]: installs one that has what is in the folder $inside, or nothing.
nothing() {
	local folder
	folder=$(mktemp -d)
	[[ -z ${inside-} ]] || cp -r "$inside/." "$folder"
	chmod 755 "$folder"
	mkdir "$folder/DEBIAN"
	{
		printf 'Package: %s\nVersion: %s\n' "$1" "$2"
		printf 'Architecture: amd64\nMaintainer: tests\nDescription: nothing\n'
		shift 2
		(($# == 0)) || printf '%s\n' "$@"
	} >"$folder/DEBIAN/control"
	dpkg-deb -Znone -b "$folder" "$folder.deb" >&2
	dpkg -i "$folder.deb" >&2
	rm -rf "$folder" "$folder.deb"
}

# kernel_package: the kernel that this machine has booted is in no package of it: one without anything, as far as apt is concerned.
kernel_package() {
	local release
	release=$(printf '%s\n' /srv/ssi/pool/ssi-modules-[0-9]*.deb | sort -V | tail -n 1)
	release=${release##*/ssi-modules-}
	nothing "linux-image-${release%%_*}" 99
}

# bootable RELEASE: a package with a kernel of this name, in Rust, that can be booted as far as anybody looks.
bootable() {
	local inside
	inside=$(mktemp -d)
	mkdir -p "$inside/usr/lib/modules/$1"
	echo nothing >"$inside/usr/lib/modules/$1/vmlinuz"
	echo CONFIG_RUST=y >"$inside/usr/lib/modules/$1/config"
	chmod -R u=rwX,go=rX "$inside"
	nothing "linux-image-$1" 99
	rm -rf "$inside"
}

# own_kernel: the one that runs.
own_kernel() { bootable "$(uname -r)"; }

# no_boot_disk: what makes one for each kernel has nothing to do here.
no_boot_disk() { nothing ssi-test-boot 99 "Provides: linux-initramfs-tool"; }

# listing: each file that may be a package's, with its mode, and what is in those of /etc. apt's, dpkg's and systemd's own notes are left out.
listing() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /mnt -o -path /root -o -path /ssi \
		-o -path /var/tmp -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/systemd \
		-o -path '/var/lib/ssi-test*' -o -path '/etc/ld.so.cache' -o -path '/usr/lib/modules/*/modules.*' \) -prune -o -printf '%y %m %p\n' | sort
	find /etc -type f ! -name ld.so.cache -exec sha256sum {} + | sort -k2
}

# known: apt knows the repository, as the guide has it.
known() {
	install -D -m 644 /srv/ssi/ssi-archive-keyring.pgp /etc/apt/keyrings/ssi-archive-keyring.pgp
	sed 's|^URIs: .*|URIs: file:/srv/ssi|' /srv/ssi/ssi.sources >/etc/apt/sources.list.d/ssi.sources
	apt update >&2
}

# installed PACKAGE…: prints the seconds that it took.
installed() {
	local begun=${EPOCHREALTIME/./}
	known
	apt install "$@" >&2
	echo $(((${EPOCHREALTIME/./} - begun) / 1000000))
}

after_failure() {
	systemctl --no-pager --lines=5 status 'ssi*' >&2
	journalctl -b -n 40 --no-pager >&2
}
