# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every script: which kernel, which places, and how scripts speak.

# The one place that names the kernel, by series and flavour. The newest point release of the series is taken. --kernel of several
# scripts names another, in the form of kernel-release --all.
default_kernel=7.3-amd64
SSI_KERNEL_SERIES=${SSI_KERNEL_SERIES:-${default_kernel%%-*}}
SSI_KERNEL_FLAVOUR=${SSI_KERNEL_FLAVOUR:-${default_kernel#*-}}
SSI_KERNEL_SUITE=${SSI_KERNEL_SUITE:-trixie-backports}
# The release whose compilers built that kernel: rustc must be the very one.
SSI_SUITE=${SSI_SUITE:-trixie}

SSI_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
SSI_CACHE=${SSI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ssi}
SSI_BUILD=$SSI_TOP/build
SSI_LOGS=$SSI_CACHE/log
export SSI_BUILD
export SSI_KERNEL_SERIES SSI_KERNEL_SUITE SSI_KERNEL_FLAVOUR SSI_SUITE SSI_CACHE

# One sentence that says what to do, then the end.
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# take_kernel [KERNEL]: what --kernel was given.
take_kernel() {
	[[ ${1-} =~ ^([0-9]+\.[0-9]+)-([a-z0-9]+(-[a-z0-9]+)*)$ ]] ||
		die "--kernel takes SERIES-FLAVOUR, as 7.2-rt-amd64, and not \"${1-}\": scripts/kernel-release --all lists them."
	SSI_KERNEL_SERIES=${BASH_REMATCH[1]} SSI_KERNEL_FLAVOUR=${BASH_REMATCH[2]}
}

# place LANE: the lane's folder in build/. Each stock kernel has one of its own.
place() {
	local kernel=$SSI_KERNEL_SERIES-$SSI_KERNEL_FLAVOUR
	[[ $1 != stock || $kernel == "$default_kernel" ]] && echo "$1" || echo "$1-$kernel"
}

# Progress goes to stderr: stdout belongs to a script's answer.
SSI_T0=${SSI_T0:-$EPOCHSECONDS}
export SSI_T0
step() {
	printf '[%4d s] %s\n' "$((EPOCHSECONDS - SSI_T0))" "$*" >&2
}

# quietly NAME CMD…: output to a log in the cache, its last line every 20 s, its tail and one sentence on failure.
quietly() {
	local log=$SSI_LOGS/$1.log ticker rc=0
	shift
	mkdir -p "$SSI_LOGS"
	: >"$log"
	# Holds neither our output nor a lock (9) open when it is ended in its sleep.
	(while sleep 20 >/dev/null 2>&1; do
		kill -0 $$ 2>/dev/null || exit
		step "  … $(tail -n 1 "$log" | tr -d '\r' | cut -c 1-70)"
	done) 9>&- &
	ticker=$!
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
	((rc == 0)) && return
	tail -n 25 "$log" >&2
	if grep -q 'No space left on device' "$log"; then
		die "the disk is full: make room, or set SSI_CACHE to a folder on another disk ($log)."
	elif grep -qE 'Could not (resolve|connect)|Temporary failure|Failed to fetch|Unable to fetch|Connection (failed|timed out)' "$log"; then
		die "the Debian mirror did not answer: look at the network, or set SSI_MIRROR to another mirror ($log)."
	fi
	die "\"$1\" failed with status $rc; the whole log is $log."
}

# result STATUS NAME FACT: a line of scripts/ktap, after its diagnostic one.
result() {
	local verdict=ok
	(($1 == 0)) || verdict='not ok'
	printf '# %s: %s\n%s %s\n' "$2" "$3" "$verdict" "$2"
}

# as_ktap CMD…: its results as KTAP, unless they are part of a run's.
as_ktap() {
	if [[ -n ${SSI_PART-} ]]; then
		"$@"
	else
		SSI_PART=1 "$@" | "$SSI_TOP/scripts/ktap"
	fi
}

need_root() {
	((EUID == 0)) || die "root is needed (mounts, namespaces, virtual machines): run it with sudo."
}

# need_space MIB: building with a full disk fails late and darkly.
need_space() {
	local free
	mkdir -p "$SSI_CACHE"
	free=$(df --output=avail -m "$SSI_CACHE" | tail -n 1)
	((free >= $1)) || die "$1 MiB are needed in $SSI_CACHE and ${free// /} are free: make room, or set SSI_CACHE to another folder."
}

# key WORD…: a short name for a set of inputs.
key() {
	printf '%s\n' "$@" | sha256sum | cut -c 1-12
}

# locked NAME CMD…: only one process at a time makes a cached thing; the others wait and find it made.
locked() {
	local name=$1
	shift
	mkdir -p "$SSI_CACHE/lock"
	(
		flock -n 9 || {
			step "waiting for another process that makes $name"
			flock 9
		}
		"$@"
	) 9>"$SSI_CACHE/lock/$name"
}

# Debian's mirror as this machine's own apt has it.
mirror() {
	if [[ -n ${SSI_MIRROR:-} ]]; then
		printf '%s\n' "$SSI_MIRROR"
		return
	fi
	local uri
	# awk reads to the end: an early exit would make apt-get die of SIGPIPE.
	# shellcheck disable=SC2016 # apt-get's own variables
	uri=$(apt-get indextargets --format '$(REPO_URI) $(LABEL) $(SITE)' 2>/dev/null |
		awk '!f && $2 == "Debian" && $1 !~ /security/ { print $1; f = 1 }')
	[[ $uri ]] || die "apt on this machine names no Debian mirror: run apt-get update, or set SSI_MIRROR to a mirror's address."
	printf '%s\n' "$uri"
}
