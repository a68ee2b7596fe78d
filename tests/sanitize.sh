#!/usr/bin/env bash
# The tests under AddressSanitizer (without leak detection, for what lives to the end is not lost) and ThreadSanitizer, and the
# rooms with `unsafe` code that it can run under Miri. What the machine lacks is said and counted.
#
#   tests/sanitize.sh [address|thread|miri]… [-- TEST OPTIONS]      all three unless named
#
# SANITIZE_TESTS names the tests instead of all that fit, as `cargo test` does: "--lib --test threads". Needs the nightly
# toolchain; ThreadSanitizer also its component rust-src, and Miri miri and rust-src.
#
# BLAS is the crate's own provider here, whose `unsafe` code is what is to be watched; OpenBLAS is C that is compiled without
# the sanitizers, and every lock it takes unseen would be a data race. For the same reason ThreadSanitizer needs the standard
# library's sources, to compile them with it (-Zbuild-std): without, it does not see a thread wait for a condition variable,
# and calls twenty correct lines with a Mutex and a Condvar a data race, and so all of rayon.
set -uo pipefail
cd "$(dirname "$0")/.."

kinds=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    kinds+=("$1")
    shift
done
[ $# -eq 0 ] || shift
[ ${#kinds[@]} -gt 0 ] || kinds=(address thread miri)

target=$(rustc +nightly -vV | sed -n 's/^host: //p')
[ -n "$target" ] || {
    echo "FAILED: no nightly toolchain: rustup toolchain install nightly" >&2
    exit 1
}
export BATCHPROP_BLAS=rust
# Not here: memory, which replaces the allocator, and allocations, which counts what the sanitizer adds.
all=(--lib --bins)
for file in tests/*.rs tests/*/main.rs; do
    name=${file#tests/}
    name=${name%/main.rs}
    name=${name%.rs}
    case $name in
        memory | allocations | common) ;;
        *) all+=(--test "$name") ;;
    esac
done
read -ra tests <<<"${SANITIZE_TESTS:-${all[*]}}"

failed=()
not_run=()
for kind in "${kinds[@]}"; do
    printf '\n=== %s (%d s)\n' "$kind" "$SECONDS"
    case $kind in
        address | thread)
            std=()
            if [ "$kind" = thread ]; then
                if ! [ -e "$(rustc +nightly --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]; then
                    echo "NOT RUN: the standard library's sources are not installed: rustup component add --toolchain nightly rust-src"
                    not_run+=(thread)
                    continue
                fi
                std=(-Zbuild-std)
            fi
            # The skipped test asks for more memory than there is, and wants no warning of it but the program's own.
            # Panics that tests ask for need no backtraces, and tests that ask for all memory are to be refused.
            RUSTFLAGS="-Zsanitizer=$kind" RUST_BACKTRACE=0 \
                ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
                cargo +nightly test "${std[@]}" --locked --no-fail-fast --target "$target" \
                --target-dir "${SANITIZE_TARGET:-target}/$kind" "${tests[@]}" -- \
                --skip bad_values_are_refused_by_their_option_s_name "$@" || failed+=("$kind")
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
            echo "FAILED: $kind: expected address, thread or miri" >&2
            exit 2
            ;;
    esac
done

printf '\n%d s. Failed: %s. Not run: %s.\n' "$SECONDS" "${failed[*]:-none}" "${not_run[*]:-none}"
[ ${#failed[@]} -eq 0 ]
