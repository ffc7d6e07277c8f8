# The steps of .ci/run, one function each. Sourced, not run.
# shellcheck shell=bash

export CARGO_TERM_COLOR=never
# An end-to-end test that finds no server must fail here, not pass silently.
export QUECTEL_MQTT_REQUIRE_MOSQUITTO=1

# Nobody debugs what is built here, and built once: without the data for it, it is a third of the size.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0

# The sets of features that the crate is checked with; every one must hold alone.
FEATURE_SETS=(
    bg95 bg77 bg600l bc660k bg95,bc660k bg95,defmt
    bg95,async bc660k,async bg95,blocking bc660k,blocking bg95,runner bc660k,runner
    bg95,bc660k,async,blocking,runner,defmt
)

step() {
    local name=$1 start=$SECONDS
    shift
    echo "=== ${name}"
    "$@"
    echo "=== ${name}: $((SECONDS - start)) s, $(built_so_far) built so far"
}

# A full disk stops a run as a defect does, so its log tells what it takes.
built_so_far() {
    local size
    size=$(du -sh "${CARGO_TARGET_DIR:-target}" 2>/dev/null | cut -f 1)
    echo "${size:-nothing}"
}

install_packages() {
    local component
    for component in rustfmt clippy; do
        cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component"
    done
    # The server of the end-to-end tests, and the machine that runs the firmware.
    local packages=(mosquitto mosquitto-clients qemu-system-arm)
    # shellcheck source=.ci/lib/mcu.sh
    source .ci/lib/mcu.sh
    mcu_has_targets || packages+=(rustc-web cargo-web rust-web-src)
    mcu_sysroot_tool llvm-nm >/dev/null || packages+=(binutils-arm-none-eabi)
    if dpkg -s "${packages[@]}" >/dev/null 2>&1; then
        return
    fi
    if [[ $EUID -ne 0 ]]; then
        echo "as root: apt-get install ${packages[*]}" >&2
        return 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${packages[@]}" >/dev/null
}

check_format() {
    cargo fmt --all --check
    cargo fmt --manifest-path benches/cortex-m/Cargo.toml --check
    cargo fmt --manifest-path examples/qemu/Cargo.toml --check
    cargo fmt --manifest-path tests/fuzz/Cargo.toml --check
}

check_lints() {
    local features
    for features in "${FEATURE_SETS[@]}"; do
        cargo clippy --quiet --no-default-features --features "$features" -- -D warnings
    done
    cargo clippy --quiet --workspace --all-targets --features bg77,bg600l,bc660k,blocking,runner,quectel-modem-sim/tls -- -D warnings
    # Where another time driver is linked.
    cargo clippy --quiet -p quectel-modem-sim --no-default-features -- -D warnings
    cargo clippy --quiet --locked --manifest-path tests/fuzz/Cargo.toml --all-targets -- -D warnings
    # Without a dialect, the build must say what to do.
    local message
    message=$(cargo check --quiet --no-default-features 2>&1 || true)
    grep -q 'needs the dialect of your modem' <<<"$message"
}

check_documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --features bg77,bg600l,bc660k,blocking,runner,defmt
}

run_tests() {
    local command
    command=$(grep -m 1 '^cargo test --workspace' README.md)
    echo "$command"
    $command
    # What only the other dialect has must not compile.
    local dialect
    for dialect in bg95 bc660k; do
        cargo test --quiet --doc --features "$dialect" _dialects
    done
}

run_quickstart() {
    cargo run --quiet -p quickstart
}

# As the README has them: each with the features that it names.
run_examples() {
    local command
    while read -r command; do
        echo "$command"
        ${command/run/run --quiet} >/dev/null
    done < <(grep '^cargo run --example' README.md | grep -v ' -- ')
}

# Many messages in virtual time, with everything that can go wrong, in both dialects.
run_soak() {
    local arguments
    for arguments in "--module bg95" "--module bg95 --receive stored" "--module bc660k"; do
        # shellcheck disable=SC2086  # they are words
        cargo run --quiet --release -p soak -- --messages 20000 --faults all $arguments | tail -n 6
    done
}

# That they run; what they measure on a shared computer says little.
run_benches() {
    cargo test --quiet --bench throughput --features bg95,bc660k | grep -c Success
}
