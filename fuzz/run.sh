#!/usr/bin/env bash
# Fuzzes every reader under AddressSanitizer: fuzz/run.sh [SECONDS [TARGET…]]
#
# Each target runs for SECONDS (1200), or 10 million executions where they take less; two run at a time. An input that
# crashes, takes longer than 10 s, or makes the process need more than a gibibyte is kept in fuzz/artifacts/, one slower
# than 1 s as slow-unit-…: the sanitizer, the counters and the checks of debug builds make readers about ten times slower,
# so these are to be timed alone. Corpora grow in fuzz/corpus/. Needs nightly Rust and cargo-fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-1200}
shift || true
mapfile -t all < <(cargo +nightly fuzz list)
targets=("${@:-${all[@]}}")

cargo +nightly fuzz build
programs=fuzz/target/$(rustc +nightly -vV | sed -n 's/^host: //p')/release
export programs

fuzz() {
    local target=$1 seconds=$2 flags=()
    case $target in
    pickle) flags+=(-dict=fuzz/dictionaries/pickle.dict) ;;
    picture) flags+=(-dict=fuzz/dictionaries/picture.dict) ;;
    npy | npz | model_npz) flags+=(-dict=fuzz/dictionaries/npy.dict) ;;
    model_* | checkpoint | strokes) flags+=(-dict=fuzz/dictionaries/json.dict) ;;
    esac
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target" fuzz/logs
    # Whether so much could be had is asked by reserving it, untouched: only what is used counts.
    export ASAN_OPTIONS=quarantine_size_mb=16:allocator_may_return_null=1:detect_leaks=0
    export OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1
    export FUZZ_SEEDS=fuzz/corpus/$target
    local result=clean
    "$programs/$target" "fuzz/corpus/$target" "${flags[@]}" -artifact_prefix="fuzz/artifacts/$target/" \
        -max_len=65536 -len_control=50 -runs=10000000 -max_total_time="$seconds" -timeout=10 -report_slow_units=1 \
        -rss_limit_mb=1024 -malloc_limit_mb=65536 -print_final_stats=1 >"fuzz/logs/$target.log" 2>&1 || result=FOUND
    local done
    done=$(sed -nE 's/.*Done ([0-9]+) runs in ([0-9]+) second.*/\1 executions in \2 s/p' "fuzz/logs/$target.log")
    local peak
    peak=$(sed -nE 's/stat::peak_rss_mb: *//p' "fuzz/logs/$target.log")
    echo "$target: $result, ${done:-see fuzz/logs/$target.log}, peak ${peak:-?} MiB"
    [ $result = clean ]
}
export -f fuzz
printf '%s\n' "${targets[@]}" | xargs -P 2 -I TARGET bash -c 'fuzz TARGET '"$seconds"
