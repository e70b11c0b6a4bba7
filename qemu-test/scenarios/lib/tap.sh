# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of a scenario: a line of KTAP (Documentation/dev-tools/ktap.rst of the kernel) each, every command in a log, and a
# clean kernel log at the end.
#
# A test is a function. What it prints is the fact in the diagnostic line; that it ends with status 0 makes it "ok".
# It runs in a subshell under set -e, so what it changes in the shell is gone afterwards. SSI_ONLY has the names of the only
# tests to run, SSI_SHARE which: "main", "rest", or, empty, all of them.

scenario=$(basename "$0" .sh)
OUT=${SSI_OUT:-/mnt/out}
WORK=$(mktemp -d "/tmp/$scenario.XXXXXX")
LOG=$OUT/$scenario.log

exec 3>&1 >>"$LOG" 2>&1 4>&1
BASH_XTRACEFD=4
PS4='+ $EPOCHREALTIME '
failures=0 reported=0
set -x
echo "KTAP version 1" >&3

# All that a scenario still has running or standing is ended here, however it ends.
finish() {
	local rc=$?
	trap - EXIT ERR
	set +e
	tidy
	if ((rc)); then
		report "not ok" "${scenario}_setup" 0 "the scenario itself failed with status $rc; see its log"
	else
		SSI_SHARE='' wanted=()
		claim "${scenario#*-}_kernel_log_is_clean" kernel_log_is_clean
	fi
	echo "1..$reported" >&3
	((failures)) && cp -r "$WORK" "$OUT/$scenario.evidence" 2>/dev/null
	rm -rf "$WORK"
	((failures == 0))
	exit
}
trap finish EXIT
# set -e would end the scenario in silence: the log shall say where.
trap '[[ $- != *e* ]] || echo "line $LINENO of $scenario ended with status $?" >&2' ERR
set -eE

# after_failure takes away what a failed test left, so that the next one starts like the first.
after_failure() { :; }

read -ra wanted <<<"${SSI_ONLY-}"

# report ok|"not ok" NAME MICROSECONDS FACT
report() {
	{ set +x; } 2>/dev/null
	printf '# %s (%d.%01d s): %s\n%s %d %s\n' "$2" $(($3 / 1000000)) $(($3 / 100000 % 10)) "$4" "$1" $((++reported)) "$2" >&3
	[[ $1 == ok ]] || failures=$((failures + 1))
	set -x
}

# claim NAME FUNCTION [ARG…]: a main test, which shows on the stock kernel that a claim holds.
claim() { [[ ${SSI_SHARE-} == rest ]] || run_test "$@"; }

# also NAME FUNCTION [ARG…]: one of the many others, sizes, second modes and rarer cases, for which User Mode Linux will do.
also() { [[ ${SSI_SHARE-} == main ]] || run_test "$@"; }

# named NAME FUNCTION [ARG…]: one that shows what others show in part already: it is run by its name, or where a lane runs all.
named() { [[ -n ${SSI_SHARE-} ]] || run_test "$@"; }

run_test() {
	local name=$1 begun=${EPOCHREALTIME/./} rc fact said
	shift
	if [[ ${#wanted[@]} -gt 0 && " ${wanted[*]} " != *" $name "* ]]; then
		return 0
	fi
	echo "=== $name" >&2
	said=$(stat -c %s "$LOG")
	set +e
	# A trace of several lines would end in what looks like the last sentence of the test.
	{ set +x; } 2>/dev/null
	fact=$(
		trap - EXIT ERR
		set -ex
		"$@"
	)
	rc=$?
	fact=${fact//$'\n'/; }
	set -x
	if ((rc == 0)); then
		set -e
		report ok "$name" $((${EPOCHREALTIME/./} - begun)) "$fact"
		return 0
	fi
	said=$(tail -c "+$((said + 1))" "$LOG" | grep -v '^+' | tail -n 1)
	report "not ok" "$name" $((${EPOCHREALTIME/./} - begun)) "${fact:+$fact; }${said:-status $rc}"
	set +e
	after_failure
	set -e
}

# fail SENTENCE: ends the test.
fail() {
	echo "$*" >&2
	exit 1
}

# same WHAT WANTED GOT
same() {
	[[ $2 == "$3" ]] || fail "$1: expected $2, got $3"
}

# refused CMD…: passes when the command fails; a checker that cannot fail proves nothing.
refused() {
	if "$@" >/dev/null; then
		fail "this should have failed: $*"
	fi
}

# until_ok CMD…: waits until it succeeds, for a minute.
until_ok() {
	local _
	for _ in {1..300}; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	fail "not within a minute: $*"
}

# Lines that a healthy kernel may print of us; anything of trouble is a failure, whoever is its cause.
trouble='WARNING|BUG|Oops|oops|KASAN|UBSAN|refcount|leaked|Call Trace|cut here|waiting for .* to become free|stall|blocked for more|general protection|suspicious|scheduling while|sleeping function|use-after-free|page allocation failure'
ours='ssi_filter: (loaded|unloaded|version|loading out-of-tree module taints kernel|module verification failed|[[:alnum:]._-]+: the lease has run out, nothing new is served until there is a new table( [(][0-9]+ lines before this one were left out[)])?$)'

echo "ssi-test: begin $scenario" >/dev/kmsg

# kernel_mark: from here on is what kernel_says prints. The log itself stays whole, for the scenario's end.
kernel_mark() { echo "ssi-test: mark" >/dev/kmsg; }
kernel_says() { dmesg | tac | sed '/ssi-test: mark$/q' | tac; }

kernel_log_is_clean() {
	local text bad
	text=$(dmesg | sed -n "/ssi-test: begin $scenario\$/,\$p")
	[[ $text ]] || fail "the kernel's log does not go back to where the scenario began: this would show nothing"
	bad=$(grep -E "$trouble" <<<"$text" || true)
	[[ -z $bad ]] || fail "the kernel says: $(head -n 1 <<<"$bad")"
	bad=$(grep ssi_filter <<<"$text" | grep -vE "$ours" || true)
	[[ -z $bad ]] || fail "the module says more than that it came and went: $(head -n 1 <<<"$bad")"
	no_leak
	echo "$(wc -l <<<"$text") lines, no trouble"
}

# Where the kernel can tell, nothing may be left. An object is reported once it is 5 s old and no scan found it. User Mode
# Linux keeps no backtraces, so an object is told by who made it: the module allocates for those who load it, configure
# it or send frames. What others leave (the kernel's own bridge code does) is theirs.
leak=/sys/kernel/debug/kmemleak
leak_scan() {
	local _
	for _ in 1 2 3; do
		echo scan >$leak
		sleep "${1:-0}"
	done
}

no_leak() {
	local found who
	[[ -e $leak ]] || return 0
	leak_scan 2.5
	found=$(cat $leak)
	echo clear >$leak
	who=$(sed -nE 's/^ *comm "([^"]*)".*/\1/p' <<<"$found" | sort | uniq -c | awk '{ printf "%s%s: %s", s, $2, $1; s = ", " }')
	! grep -qE '(ssictl|ssi-probe|python3|modprobe|rmmod|nginx|curl|ping|arping|softirq|hardirq)' <<<"$who" ||
		fail "kmemleak: objects left by $who"
	echo "nothing left${who:+ by us (by others: $who)}"
}

if [[ -e $leak ]]; then
	leak_scan
	echo clear >$leak
fi
