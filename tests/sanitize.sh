#!/usr/bin/env bash
# The tests under AddressSanitizer (without leak detection, because what lives to the end is not lost) and ThreadSanitizer, the
# rooms with `unsafe` code under MemorySanitizer (memory that is read and was never written), and those of them that it can
# run under Miri. What the machine lacks is said and counted.
#
#   tests/sanitize.sh [address|thread|memory|miri]… [-- TEST OPTIONS]      all four unless named
#
# SANITIZE_TESTS names the tests instead of all that fit, as `cargo test` does: "--test library threads::".
#
# The sanitizers are part of the stable toolchain, the flags that ask for them are not: RUSTC_BOOTSTRAP=1 allows them, so that
# what is watched is compiled by the compiler that compiles the crate. Miri exists for the nightly toolchain only.
#
# The standard library is compiled with the sanitizer, too (-Zbuild-std). Without, ThreadSanitizer does not see a thread wait
# for a condition variable, and calls twenty correct lines with a Mutex and a Condvar a data race, and so all of rayon. And as
# it is compiled like the tests, it has its debug assertions and overflow checks. Its sources are the component rust-src; or
# RUST_SOURCES names a folder with the `library` of the same version, such as Debian's package rust-src has:
# /usr/src/rustc-1.95.0.
#
# BLAS is the crate's own provider here, whose `unsafe` code is what is to be watched; OpenBLAS is C that is compiled without
# the sanitizers, and every lock it takes unseen would be a data race. The build script says with which kernels.
set -uo pipefail
cd "$(dirname "$0")/.."

kinds=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    kinds+=("$1")
    shift
done
[ $# -eq 0 ] || shift
[ ${#kinds[@]} -gt 0 ] || kinds=(address thread memory miri)

target=$(rustc -vV | sed -n 's/^host: //p')
sources=${RUST_SOURCES:-$(rustc --print sysroot)/lib/rustlib/src/rust}
export BATCHPROP_BLAS=rust
# Not here: memory, which replaces the allocator, and allocations, which counts what the sanitizer adds.
all=(--lib --bins --test library --test program)

# A folder with a `kill` for the tests that interrupt a program. ThreadSanitizer keeps a signal until the thread that got it
# calls a function that it knows, and the first thread, which the system would choose, calls none before training ends: it
# waits for rayon. So the signal goes to the thread that waits for it.
kill_for_threads() {
    mkdir -p "$1/bin"
    cat >"$1/bin/kill" <<'EOF'
#!/bin/sh
for thread in /proc/"$2"/task/*; do
    [ "$(cat "$thread/comm" 2>/dev/null)" != ctrl-c ] || set -- "$1" "${thread##*/}"
done
PATH=${PATH#*:} exec env kill "$@"
EOF
    chmod +x "$1/bin/kill"
    echo "$1/bin"
}

failed=()
not_run=()
for kind in "${kinds[@]}"; do
    printf '\n=== %s (%d s)\n' "$kind" "$SECONDS"
    case $kind in
        address | thread | memory)
            if ! [ -e "$sources/library/Cargo.lock" ]; then
                echo "NOT RUN: no sources of the standard library: rustup component add rust-src, or RUST_SOURCES"
                not_run+=("$kind")
                continue
            fi
            tests=("${all[@]}")
            # The rooms with `unsafe` code. Other tests come to C that is compiled without the sanitizer, such as that of
            # TLS, and what it writes would seem never written.
            [ "$kind" != memory ] || tests=(--lib)
            [ -z "${SANITIZE_TESTS:-}" ] || read -ra tests <<<"$SANITIZE_TESTS"
            folder=$(realpath -m "${SANITIZE_TARGET:-target}/$kind")
            # Programs that tests start report as well, where nobody reads their messages: so all reports go into files.
            reports=$folder/report
            rm -f "$reports".*
            # Panics that tests ask for need no backtraces, and tests that ask for all memory are to be refused.
            common="log_path=$reports:allocator_may_return_null=1"
            skip=()
            case $kind in
                # Measures memory, and AddressSanitizer keeps what was freed, to see who still uses it.
                address) skip=(incomplete_bodies_on_every_connection_stay_within_the_stated_memory) ;;
                # Reserves all memory there is, and MemorySanitizer writes down of each byte that it was never written.
                memory) skip=(little_can_be_reserved_and_all_that_could_be_addressed_cannot) ;;
            esac
            path=$PATH
            [ "$kind" != thread ] || path=$(kill_for_threads "$folder"):$PATH
            watched() {
                PATH=$path RUSTC_BOOTSTRAP=1 __CARGO_TESTS_ONLY_SRC_ROOT=$sources/library \
                    RUSTFLAGS="-Zsanitizer=$kind" RUST_BACKTRACE=0 \
                    ASAN_OPTIONS=$common:detect_leaks=0 TSAN_OPTIONS=$common MSAN_OPTIONS=$common \
                    cargo test -Zbuild-std --locked --no-fail-fast --target "$target" --target-dir "$folder" "$@"
            }
            result=0
            watched "${tests[@]}" -- "${skip[@]/#/--skip=}" "$@" || result=$?
            if [ "$kind" = memory ] && [ -z "${SANITIZE_TESTS:-}" ]; then
                watched --test library blas:: -- "$@" || result=$?
            fi
            # Of a program that a test killed, or that may fail in any way, this is all there is to see.
            ! grep -Hs ^SUMMARY: "$reports".* && [ $result -eq 0 ] || failed+=("$kind")
            ;;
        miri)
            if ! cargo +nightly miri --version >/dev/null 2>&1; then
                echo "NOT RUN: Miri is not installed: rustup component add --toolchain nightly miri rust-src"
                not_run+=(miri)
                continue
            fi
            # The provider of BLAS functions with its portable kernels. Miri knows no assembler, which the faster ones
            # are; nor the prefetch, the other `unsafe` code, which is one instruction that reads nothing.
            MIRIFLAGS="-Zmiri-disable-isolation" cargo +nightly miri test --locked --lib \
                --target-dir "${SANITIZE_TARGET:-target}/miri" blas:: -- "$@" || failed+=(miri)
            ;;
        *)
            echo "FAILED: $kind: expected address, thread, memory or miri" >&2
            exit 2
            ;;
    esac
done

printf '\n%d s. Failed: %s. Not run: %s.\n' "$SECONDS" "${failed[*]:-none}" "${not_run[*]:-none}"
[ ${#failed[@]} -eq 0 ]
