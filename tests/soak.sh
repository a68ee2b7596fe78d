#!/usr/bin/env bash
# A long run must not grow: trains as --recipe best, distorted images and all, with evaluations and a log, and looks at the
# resident memory every second. After the first quarter of the time, until when the allocator learns what to keep, its highest
# and lowest may be 2 % apart, beyond the report of 180 bytes that is kept of each epoch. (With --checkpoint, memory comes and
# goes with the copy of the state that is being written.)
#
#   tests/soak.sh [MINUTES] [PROGRAM] [OPTIONS of train…]
#
# .ci/run gives it half a minute with a small data set and network, and so thousands of epochs.
#
# MINUTES is 20 unless given, PROGRAM is target/release/batchprop. Data are MNIST where it is found, else synthetic.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=${1:-20}
program=${2:-target/release/batchprop}
shift $(($# < 2 ? $# : 2))
seconds=$(awk "BEGIN { print int($minutes * 60) }")

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" train --data "${BATCHPROP_DATA:-auto}" --offline --quiet --recipe best \
    --epochs 1000000000 --max-time "$seconds" --log "$folder/log.csv" "$@" &
child=$!

samples=$folder/samples
start=$SECONDS
while kill -0 "$child" 2>/dev/null; do
    if resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$child/status" 2>/dev/null) && [ -n "$resident" ]; then
        echo "$((SECONDS - start)) $resident" >>"$samples"
    fi
    sleep 1
done
wait "$child"

epochs=$(($(wc -l <"$folder/log.csv") - 1))
awk -v warm="$((seconds / 4))" -v end="$((seconds - 1))" -v epochs="$epochs" '
    $1 >= warm && $1 <= end {
        if (!count++) { low = high = $2 }
        if ($2 < low) low = $2
        if ($2 > high) high = $2
    }
    END {
        if (!count) { print "FAILED: too short a run"; exit 1 }
        kept = 180 * epochs / 1024
        printf "%d epochs, %d samples: resident memory %.1f to %.1f MB, %.2f %% apart; %.2f MB are reports\n",
            epochs, count, low / 1000, high / 1000, 100 * (high - low) / low, kept / 1000
        if (high - low > 0.02 * low + kept) { print "FAILED: more than 2 % apart without them"; exit 1 }
    }' "$samples"
