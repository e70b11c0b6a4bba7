# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # scenarios say how much load
# Clients of the cluster's HTTP servers, by curl: downloads that go on where they broke off, and requests all the time.

# When curl tries anew: after so many seconds without a connection, or when it got less than so many bytes a second. It takes
# the mean of five seconds; with 0 it does not ask.
patience=2 least=3000

# downloads_up DIR PATH SOURCES: each of these addresses downloads it, all at once. They are in $WORK/DIR/got, and in
# $WORK/DIR/ends how curl ended each time: 0 is the last. $downloading is what does so.
downloads_up() {
	local dir=$WORK/$1
	rm -rf "$dir"
	mkdir -p "$dir/got" "$dir/ends"
	mkfifo "$dir/said" "$dir/nothing"
	# What holds a test's output open would keep it from ending when it fails.
	downloads "$dir" "$2" "$3" >/dev/null &
	# shellcheck disable=SC2034 # for those who wait for it
	downloading=$!
}

# One curl for all, and one for those that have to go on: a process for each would be much for a small machine.
downloads() {
	{ set +x; } 2>/dev/null
	local todo=$3 left end source since tries=0
	left=$(wc -w <<<"$3")
	# Lines come whole by the first, and waiting is reading the second.
	exec 7<>"$1/said" 8<>"$1/nothing"
	while ((left && tries++ < 1000)); do
		[[ ! $todo ]] || transfers "$1" "$2" "$todo" &
		todo='' since=${EPOCHREALTIME/[.,]/}
		# What ends within a moment goes on together.
		while ((left && ${EPOCHREALTIME/[.,]/} - since < 300000)); do
			if read -r -t 0 -u 7; then
				read -r -u 7 end source
				echo "$end" >>"$1/ends/$source"
				if ((end)); then todo+=" $source"; else left=$((left - 1)); fi
			else
				read -r -t 0.05 -u 8 || true
			fi
		done
	done
}

# transfers DIR PATH SOURCES: says of each how it ended.
transfers() {
	local source line
	for source in $3; do
		printf 'url = "http://%s%s"\ninterface = "host!%s"\noutput = "%s"\ncontinue-at = "-"\nfail\n' "$VIP" "$2" "$source" "$1/got/$source"
		printf 'connect-timeout = %s\nspeed-limit = %s\nspeed-time = 1\n' "$patience" "$least"
		printf 'write-out = "%%{stderr}%%{exitcode} %s\\n"\nnext\n' "$source"
	done | sed '$d' | curl -s --parallel --parallel-immediate --parallel-max 250 -K - 2>&1 >/dev/null |
		while read -r line; do echo "$line"; done >&7
}

# downloads_over DIR FILE: all are there and whole. A judge that cannot fail proves nothing: another byte would be seen.
downloads_over() {
	local dir=$WORK/$1 one
	ssi-probe copies "$2" "$dir"/got/* >&2
	one=$(find "$dir/got" -type f | head -n 1)
	cp "$one" "$dir/wrong"
	printf x | dd of="$dir/wrong" bs=1 seek=777 conv=notrunc status=none
	refused ssi-probe copies "$2" "$dir/wrong"
}

# ends_of DIR SOURCES: how often curl ended how, but for the end of all: "COUNT×STATUS …". 7: it could not connect; 18, 52, 56: the
# connection broke; 28: its patience did.
ends_of() {
	local source
	for source in $2; do cat "$WORK/$1/ends/$source"; done | grep -vx 0 | sort -n | uniq -c | awk '{ printf "%s%d×%d", s, $1, $2; s = " " }'
}

# longest_of SOURCES: what stalls.py watch said in $WORK/stalls.
longest_of() {
	tr ' ' '\n' <<<"$1" | awk 'NR == FNR { ms[$1] = $2; next } ms[$1] > most { most = ms[$1] } END { print most + 0 }' "$WORK/stalls" -
}

# steady_up: requests from many addresses, each by a connection of its own, until steady_over.
steady_up() {
	: >"$WORK/steady"
	touch "$WORK/go-on"
	steady_load >/dev/null &
	steady=$!
}

steady_load() {
	{ set +x; } 2>/dev/null
	local n=0 i
	while [[ -e $WORK/go-on ]]; do
		for ((i = 0; i < steady_batch; i++, n++)); do
			printf 'url = "http://%s/small"\ninterface = "host!10.80.%d.%d"\noutput = "/dev/null"\nmax-time = 60\nwrite-out = "%%{http_code} %%{size_download} %%{exitcode} %%{time_total} %%{time_connect}\\n"\nnext\n' \
				"$VIP" $((n / 250 % 250)) $((n % 250 + 1))
		done | sed '$d' >"$WORK/steady.conf"
		curl -s --parallel --parallel-max 8 -K "$WORK/steady.conf" >>"$WORK/steady" 2>/dev/null
		sleep "$steady_rest"
	done
}

# steady_over: there were many requests, and none failed.
steady_over() {
	rm "$WORK/go-on"
	wait "$steady"
	(($(wc -l <"$WORK/steady") >= steady_batch)) || fail "there were only $(wc -l <"$WORK/steady") requests"
	same "requests that failed" "" "$(awk '!($1 == 200 && $2 == 16384 && $3 == 0)' "$WORK/steady" | sort | uniq -c | head -n 3)"
	awk '{ if ($4 > most) most = $4; if ($5 > 0.9) again++ } END {
		printf "%d requests, none failed, %d connected by another SYN, the longest took %.1f s\n", NR, again, most }' "$WORK/steady"
}
