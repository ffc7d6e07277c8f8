# Building the fuzz targets with the stable toolchain. To be sourced by bash.
# shellcheck shell=bash

# shellcheck disable=SC2034  # for those who source this
FUZZ_TARGETS=(framer grammar formatter engine dialogue)

# Builds the targets named, with the flags of rustc in `fuzz_flags` besides. All flags are for the target
# alone: build scripts have no libFuzzer to report to.
fuzz_flags=()
fuzz_build() {
    local flags=(--cfg fuzzing -Cpasses=sancov-module "${fuzz_flags[@]}") option
    for option in level=4 inline-8bit-counters pc-table trace-compares; do
        flags+=("-Cllvm-args=-sanitizer-coverage-$option")
    done
    RUSTFLAGS="${flags[*]}" cargo build --quiet --release --locked \
        --manifest-path tests/fuzz/Cargo.toml --target "$(fuzz_host)" "${@/#/--bin=}"
}

fuzz_binary() {
    echo "${CARGO_TARGET_DIR:-tests/fuzz/target}/$(fuzz_host)/release/$1"
}

fuzz_host() {
    rustc -vV | sed -n 's/^host: //p'
}
