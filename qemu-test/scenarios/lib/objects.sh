#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# objects.sh put|get CONF FOLDER HOST…: objects by S3, with curl's file CONF, at hosts in turn. Each try is a line in FOLDER/tries: what, number, status ("000":
# none came), ms.
#   put: stores objects of 1 MiB, each with a content of its own, until SIGTERM. Those answered by 200 are in FOLDER/stored, with the ms from the first try on.
#   get: reads those, and says of each that is not as it was written "wrong N", of each that is not to be had within 60 tries "unread N".
what=$1 conf=$2 folder=$3
shift 3
hosts=("$@")
over=
trap 'over=1' TERM

content() { yes "object $1" | head -c 1048576; }

# try WHAT NUMBER CURL…: its status is 200.
try() {
	local begun=${EPOCHREALTIME/[.,]/} code
	code=$(curl -K "$conf" --retry 0 -w '%{http_code}' "${@:3}" 2>>"$folder/said")
	echo "$1 $2 ${code:-000} $(((${EPOCHREALTIME/[.,]/} - begun) / 1000))" >>"$folder/tries"
	[[ $code == 200 ]]
}

url() { echo "http://${hosts[($1 + $2) % ${#hosts[@]}]}:8080/bucket/object$1"; }

put() {
	local i begun
	for ((i = 0; ; i++)); do
		content $i >"$folder/object"
		begun=${EPOCHREALTIME/[.,]/}
		until try put $i -o /dev/null -T "$folder/object" "$(url $i 0)"; do
			[[ ! $over ]] || exit 0
			sleep 0.5
		done
		echo "$i $(((${EPOCHREALTIME/[.,]/} - begun) / 1000))" >>"$folder/stored"
		[[ ! $over ]] || exit 0
	done
}

# By the other host than it was written by.
get() {
	local i n
	while read -r i _; do
		for ((n = 1; n <= 60; n++)); do
			! try get "$i" -o "$folder/read" "$(url "$i" 1)" || break
			sleep 0.5
		done
		if ((n > 60)); then
			echo "unread $i"
		else
			content "$i" | cmp - "$folder/read" >&2 || echo "wrong $i"
		fi
	done <"$folder/stored"
}

"$what"
