#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Searches the models exhaustively with spin; the last line is "N passed, N failed".
#   run.sh OUTPUT_DIRECTORY
# Each model must hold as written, and must fail without the barriers and locks it argues for: a
# search that finds nothing there would prove nothing here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
passed=0
failed=0

# search NAME DEFINES EXPECTED: EXPECTED is the number of errors, 0 or 1
search()
{
	spin -a $2 "$here/$1.pml" > spin.log
	${HOSTCC:-gcc} -O2 -w -DSAFETY -DBFS -o pan pan.c
	./pan -m1000000 > pan.log
	errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log)
	states=$(sed -n 's/ *\([0-9]*\) states, stored.*/\1/p' pan.log)
	if [ "$errors" = "$3" ]; then
		passed=$((passed + 1))
		echo "ok    model $1 $2: $errors errors in $states states"
	else
		failed=$((failed + 1))
		echo "FAIL  model $1 $2: $errors errors in $states states, expected $3"
	fi
}

search events "" 0
search events -DREORDER 1
search wake "" 0
search wake -DUNLOCKED 1
search wake -DLATE 1
echo "$passed passed, $failed failed"
[ $failed = 0 ]
