#!/usr/bin/env bash
# One training by the ranks of an MPI job: the weights of one process by 1, 2, 3 and 4 ranks, killed and resumed runs, signals, and
# failures of one rank, which must end all. Needs Open MPI with its development files (Debian: openmpi-bin, libopenmpi-dev).
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --features mpi --bin batchprop --test mpi_panic
panicking=$(cargo test --locked --features mpi --test mpi_panic --no-run --message-format=json 2>/dev/null |
    sed -nE 's/.*"name":"mpi_panic".*"executable":"([^"]+)".*/\1/p')
program=$PWD/target/debug/batchprop
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# As root, and with more ranks than cores.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpirun=(mpirun --oversubscribe --bind-to none)

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    tail -n 30 "$work"/*.err >&2
    exit 1
}

# Runs a command that must end with exit code $1 within $2 seconds, and print $3 on stderr on one line.
ends() {
    local code=0 start=$SECONDS lines
    timeout 100 "${@:4}" >"$work/out" 2>"$work/ends.err" || code=$?
    [ "$code" -eq "$1" ] || fail "exit code $code, not $1: ${*:4}"
    [ $((SECONDS - start)) -le "$2" ] || fail "$((SECONDS - start)) s: ${*:4}"
    lines=$(grep -c -e "$3" "$work/ends.err" || true)
    [ "$lines" -eq 1 ] || fail "$lines lines with '$3' on stderr: ${*:4}"
    echo "ends with exit code $1: $3"
}

# The weights at the end of a run whose lines of JSON are on stdin.
weights() {
    sed -nE 's/.*"weights_sha256":"([0-9a-f]+)".*/\1/p' | tail -n 1
}

# Checks that a command of the name $1 ends with the weights $expected.
same() {
    local name=$1 found
    shift
    found=$(timeout 300 "$@" 2>"$work/same.err" | weights) || true
    [ -n "$expected" ] && [ "$found" = "$expected" ] || fail "$name: weights '$found', not '$expected'"
    echo "$name: $found"
}

# 8,000 images, of whose mini-batches the last is shorter; the others are not used.
images=(--data synthetic --threads 1 --json --train-on all --test-split 62000 --no-eval)
scored=(--data synthetic --threads 1 --json --test-split 61000 --validation-split 1000)
sgd=("${images[@]}" --hidden 100 --batch-size 333 --learning-rate 1)
adam=("${scored[@]}" --hidden 120-60 --activation relu --output-activation softmax --cost cross-entropy
    --optimizer adam --batch-size 300 --dropout 0.1 --l2 1 --clip-norm 1 --augment all --patience 5 --keep-best)
for name in sgd adam; do
    declare -n options=$name
    expected=$("$program" train "${options[@]}" --epochs 2 2>"$work/alone.err" | weights) || fail "$name alone"
    for ranks in 1 2 3 4; do
        same "$name, $ranks ranks" "${mpirun[@]}" -n "$ranks" "$program" train "${options[@]}" --epochs 2
    done
done

"${mpirun[@]}" -n 2 "$program" train "${images[@]}" --epochs 1 >"$work/out" 2>"$work/small.err"
grep -q 'too small to share. From --batch-size' "$work/small.err" || fail "no warning about small mini-batches"
[ "$(grep -c . "$work/out")" -eq 3 ] || fail "more than rank 0 printed: $(cat "$work/out")"
grep -q '"ranks":2' "$work/out" || fail "no number of ranks: $(cat "$work/out")"
grep -q '"communication_seconds":' "$work/out" || fail "no time of communication: $(cat "$work/out")"

# The process of rank $1 of the job that is running in the background.
process_of() {
    local process
    for process in $(pgrep -f "^$program train"); do
        if tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then
            echo "$process"
            return
        fi
    done
    fail "rank $1 is not running"
}

# A run of three ranks, too long to wait for, which a signal ends. Two ranks and one process resume it, and stop after the same epoch.
# $1: the signal, $2: the rank that gets it, or mpirun, $3: the exit code.
interrupted() {
    local folder=$work/$1-$2 code=0 job process epochs
    "${mpirun[@]}" -n 3 "$program" train "${sgd[@]}" --epochs 1000 --checkpoint "$folder" --checkpoint-every 5 \
        >"$work/out" 2>"$work/$1.err" &
    job=$!
    for _ in $(seq 1200); do
        compgen -G "$folder/epoch-*" >/dev/null && break
        sleep 0.05
    done
    compgen -G "$folder/epoch-*" >/dev/null || fail "no checkpoint within a minute"
    process=$job
    [ "$2" = mpirun ] || process=$(process_of "$2")
    kill "-$1" "$process"
    local start=$SECONDS
    wait "$job" || code=$?
    [ $((SECONDS - start)) -le 20 ] || fail "$((SECONDS - start)) s after $1"
    [ "$code" -eq "$3" ] || fail "exit code $code after $1 to $2, not $3"
    if [ "$1" != KILL ]; then
        grep -q '"ending":"interrupted"' "$work/out" || fail "no summary after $1 to $2: $(tail -n 1 "$work/out")"
    fi
    # To the end of the epoch after that of the newest checkpoint.
    epochs=$(($(ls "$folder" | sed -nE 's/^epoch-0*([0-9]+).*/\1/p' | sort -n | tail -n 1) + 2))
    expected=$("$program" train "${sgd[@]}" --epochs "$epochs" | weights)
    cp -r "$folder" "$folder-alone"
    same "resumed by 2 ranks after $1 to $2" \
        "${mpirun[@]}" -n 2 "$program" train --resume "$folder" --threads 1 --json --epochs "$epochs"
    same "resumed by one process" "$program" train --resume "$folder-alone" --threads 1 --json --epochs "$epochs"
}
interrupted KILL 2 137
interrupted TERM 0 143
# mpirun sends SIGTERM to all ranks, and ends with an exit code of its own.
interrupted INT mpirun 1

# What differs, on which ranks, is refused.
ends 1 20 '--seed: 0 on rank 0 .* but 1 on rank 1' "${mpirun[@]}" \
    -n 1 "$program" train "${sgd[@]}" --seed 0 : -n 1 "$program" train "${sgd[@]}" --seed 1
ends 1 20 'division of the data: .* on rank 0 .* but .* on rank 2' "${mpirun[@]}" \
    -n 2 "$program" train "${sgd[@]}" : -n 1 "$program" train "${sgd[@]}" --split-seed 5
ends 1 20 '^error on rank 1: /nowhere' "${mpirun[@]}" \
    -n 1 "$program" train "${sgd[@]}" : -n 1 "$program" train --data /nowhere
# What is wrong on all ranks is printed once.
ends 2 20 "unexpected argument '--hiden'" "${mpirun[@]}" -n 3 "$program" train --hiden 30
ends 1 20 '^error.*: /nowhere' "${mpirun[@]}" -n 3 "$program" train --data /nowhere
ends 1 20 'on purpose' "${mpirun[@]}" -n 3 "$panicking"
echo "One training by several ranks: all passed"
