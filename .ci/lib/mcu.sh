# Building for microcontrollers and looking into the result. To be sourced by bash.
#
#   mcu_cargo build --target thumbv7em-none-eabihf …   a cargo that has these targets
#   mcu_firmware run --bin instructions …              the same for the firmware of benches/cortex-m
#   mcu_tool nm …                                      nm, objdump, size … for their ELF files
# shellcheck shell=bash

mcu_targets=(thumbv7em-none-eabihf thumbv6m-none-eabi)

# Output of its own, so that two toolchains never undo each other's work.
mcu_target_dir=${CARGO_TARGET_DIR:-$(git rev-parse --show-toplevel)/target}/mcu

# Where the firmware's ELF files are.
# shellcheck disable=SC2034  # for those who source this
mcu_release_dir=$mcu_target_dir/thumbv7em-none-eabihf/release

# Plain cargo where `rustup target add` has brought the targets. Elsewhere the second toolchain of
# Debian (rustc-web, cargo-web, rust-web-src), which builds `core` from its source.
mcu_cargo() {
    if mcu_has_targets; then
        CARGO_TARGET_DIR=$mcu_target_dir RUSTFLAGS="-D warnings" cargo "$@"
        return
    fi
    local linker
    linker=$(mcu_sysroot_tool rust-lld) || {
        echo "mcu: neither the targets ${mcu_targets[*]} nor rust-lld: see rustup target add" >&2
        return 1
    }
    CARGO_TARGET_DIR=$mcu_target_dir RUSTFLAGS="-D warnings" \
        CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER=$linker \
        CARGO_TARGET_THUMBV6M_NONE_EABI_LINKER=$linker \
        RUSTC_BOOTSTRAP=1 PATH=/usr/bin:$PATH \
        /usr/bin/cargo -Zbuild-std=core "$@"
}

# QEMU ends all the same when a firmware hangs.
mcu_firmware() {
    local folder=benches/cortex-m runner
    runner=$(sed -n 's/^runner = "\(.*\)"$/\1/p' "$folder/.cargo/config.toml")
    (
        cd "$folder"
        CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUNNER="timeout 120 $runner" \
            mcu_cargo "$1" --quiet --release --locked "${@:2}"
    ) || {
        echo "mcu: $* failed" >&2
        return 1
    }
}

mcu_has_targets() {
    local target
    for target in "${mcu_targets[@]}"; do
        [[ -d $(rustc --print target-libdir --target "$target") ]] || return 1
    done
}

# LLVM's tools of the toolchain (rustup component add llvm-tools), or binutils.
mcu_tool() {
    local tool
    tool=$(mcu_sysroot_tool "llvm-$1") || tool=arm-none-eabi-$1
    "$tool" "${@:2}"
}

mcu_sysroot_tool() {
    local tool
    for tool in "$(rustc --print sysroot)"/lib/rustlib/*/bin/"$1"; do
        [[ -x $tool ]] && echo "$tool" && return
    done
    return 1
}
