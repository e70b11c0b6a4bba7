# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Clients of the cluster's HTTP servers, by curl: downloads that go on where they broke off, and requests all the time.

# What a download may take without a byte, and a connection until it is there, in seconds, before curl tries anew.
patience=${patience:-1}

# downloads_up DIR PATH SOURCES: each of these addresses downloads it, all at once. They are in $WORK/DIR/got, and in
# $WORK/DIR/ends how curl ended each time: 0 is the last.
downloads_up() {
	local dir=$WORK/$1 path=$2 source
	rm -rf "$dir"
	mkdir -p "$dir/got" "$dir/ends"
	for source in $3; do download "$source" "$path" "$dir" & done
	{ set +x; } 2>/dev/null
	set -x
}

# download SOURCE PATH DIR
download() {
	{ set +x; } 2>/dev/null
	local n end
	for ((n = 0; n < 100; n++)); do
		end=0
		curl -sf -C - --interface "host!$1" --connect-timeout "$patience" --speed-limit 1 --speed-time "$patience" \
			-o "$3/got/$1" "http://$VIP$2" || end=$?
		echo $end >>"$3/ends/$1"
		((end)) || break
		sleep 0.1
	done
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
	steady_load &
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
