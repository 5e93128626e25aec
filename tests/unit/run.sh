#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs the unit-test programs given as arguments and adds up their summaries into one last line,
# `N passed, N failed`, with an exit status that agrees. A program that dies without a summary (a
# sanitizer's report, a time-out) or whose status disagrees with it counts as one more failure.
set -eu

passed=0
failed=0
for program in "$@"; do
	name=$(basename "$program")
	status=0
	output=$(timeout 60 "$program" 2>&1) || status=$?
	summary=$(printf '%s\n' "$output" | tail -n 1)
	if printf '%s\n' "$summary" | grep -Eqx '[0-9]+ passed, [0-9]+ failed'; then
		p=${summary%% *}
		f=${summary#*, }
		f=${f%% *}
		output=$(printf '%s\n' "$output" | sed '$d')
	else
		p=0
		f=0
	fi
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		echo "$name: ended with status $status"
		f=1
	elif [ "$status" -eq 0 ] && [ $((p + f)) -eq 0 ]; then
		echo "$name: ended without a summary"
		f=1
	fi
	if [ "$f" -ne 0 ] && [ -n "$output" ]; then
		printf '%s\n' "$output"
	fi
	printf '%-24s %4d passed, %d failed\n' "$name" "$p" "$f"
	passed=$((passed + p))
	failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
