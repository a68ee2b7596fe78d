#!/usr/bin/env bash
# The published weights on processors that this machine may not be, under qemu's emulation of one program at a time:
#
#   x86-64   without AVX: plain code, fused multiply-adds in software
#   avx2     x86-64 with AVX2, without AVX-512
#   aarch64  ARM with NEON
#
#   tests/machines.sh [x86-64|avx2|aarch64]…      all three unless named
#
# Each runs `batchprop verify --only weights`, which compares its sums with the published ones. Needs qemu-user; for aarch64
# also a C compiler for it (Debian's gcc-aarch64-linux-gnu) and its standard library: `rustup target add
# aarch64-unknown-linux-gnu`, or the sources of the standard library, which are the component rust-src, or a folder that
# RUST_SOURCES names, with the `library` of the same version. What the machine lacks is said, and counts as a failure where it
# was named.
set -uo pipefail
cd "$(dirname "$0")/.."

named=("$@")
machines=("$@")
[ ${#machines[@]} -gt 0 ] || machines=(x86-64 avx2 aarch64)

host=$(rustc -vV | sed -n 's/^host: //p')
folder=$(realpath -m "${MACHINES_TARGET:-target/without-openblas}")
sources=${RUST_SOURCES:-$(rustc --print sysroot)/lib/rustlib/src/rust}
failed=()
not_run=()

lacks() {
    echo "NOT RUN: $2"
    not_run+=("$1")
    for name in ${named[@]+"${named[@]}"}; do
        [ "$name" != "$1" ] || failed+=("$1")
    done
}

# Builds the program with the pure-Rust kernels in place of BLAS, as .ci/run builds it without OpenBLAS.
build() {
    BATCHPROP_BLAS=rust cargo build --locked --release --bin batchprop --target-dir "$folder" "$@"
}

check() {
    local name=$1
    shift
    echo "$*"
    "$@" verify --only weights || failed+=("$name")
}

for machine in "${machines[@]}"; do
    printf '\n=== %s (%d s)\n' "$machine" "$SECONDS"
    case $machine in
        x86-64 | avx2)
            if ! command -v qemu-x86_64 >/dev/null; then
                lacks "$machine" "no qemu-x86_64: install qemu-user"
                continue
            fi
            if [[ $host != x86_64-* ]]; then
                lacks "$machine" "the program is built for x86-64 on x86-64 only"
                continue
            fi
            if ! build; then
                failed+=("$machine")
                continue
            fi
            cpu=Nehalem
            [ "$machine" = x86-64 ] || cpu=max
            check "$machine" qemu-x86_64 -cpu $cpu "$folder/release/batchprop"
            ;;
        aarch64)
            target=aarch64-unknown-linux-gnu
            if ! command -v qemu-aarch64 >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null; then
                lacks aarch64 "no qemu-aarch64 or no aarch64-linux-gnu-gcc: install qemu-user and gcc-aarch64-linux-gnu"
                continue
            fi
            if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] && ! [ -e "$sources/library/Cargo.lock" ]; then
                lacks aarch64 "no standard library: rustup target add $target, or rust-src, or RUST_SOURCES"
                continue
            fi
            export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
            if [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
                build --target "$target"
            else
                # The stable compiler compiles its own standard library where it is told that this is a bootstrap.
                RUSTC_BOOTSTRAP=1 __CARGO_TESTS_ONLY_SRC_ROOT=$sources/library build --target "$target" -Zbuild-std
            fi
            if [ $? -ne 0 ]; then
                failed+=(aarch64)
                continue
            fi
            check aarch64 qemu-aarch64 -L /usr/aarch64-linux-gnu "$folder/$target/release/batchprop"
            ;;
        *)
            echo "FAILED: $machine: expected x86-64, avx2 or aarch64" >&2
            exit 2
            ;;
    esac
done

printf '\n%d s. Failed: %s. Not run: %s.\n' "$SECONDS" "${failed[*]:-none}" "${not_run[*]:-none}"
[ ${#failed[@]} -eq 0 ]
