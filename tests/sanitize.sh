#!/usr/bin/env bash
# The tests under AddressSanitizer (with leak detection off: what lives to the end is not lost) and ThreadSanitizer, and the
# rooms with `unsafe` code that it can run under Miri. What the machine lacks is said and counted.
#
#   tests/sanitize.sh [address|thread|miri]… [-- TEST OPTIONS]      all three unless named
#
# SANITIZE_TESTS names the tests instead of all that fit, as `cargo test` does: "--lib --test threads". Needs the nightly
# toolchain; Miri also its components miri and rust-src.
#
# BLAS is the crate's own provider here, whose `unsafe` code is what is to be watched; OpenBLAS is C that is compiled without
# the sanitizers, and every lock it takes unseen would be a data race. The standard library is not compiled with them
# either (that takes -Zbuild-std and so rust-src): allocations, locks and atomics are seen all the same, since they end in
# functions that the sanitizers replace or in this crate's own code.
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
            # The standard library is not compiled with it, which ThreadSanitizer wants to be told is meant so.
            flags="-Zsanitizer=$kind"
            [ "$kind" = address ] || flags+=" -Cunsafe-allow-abi-mismatch=sanitizer"
            # Panics that tests ask for need no backtraces.
            RUSTFLAGS=$flags RUST_BACKTRACE=0 \
                ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS="suppressions=$PWD/tests/sanitize.suppressions" \
                cargo +nightly test --locked --no-fail-fast --target "$target" \
                --target-dir "${SANITIZE_TARGET:-target}/$kind" "${tests[@]}" -- "$@" || failed+=("$kind")
            ;;
        miri)
            if ! cargo +nightly miri --version >/dev/null 2>&1; then
                echo "NOT RUN: Miri is not installed: rustup component add --toolchain nightly miri rust-src"
                not_run+=(miri)
                continue
            fi
            # The provider of BLAS functions, its kernels that are no assembler, and the prefetch, for which Miri has no
            # word and which has one instruction.
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
