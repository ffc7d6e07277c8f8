//! The parts that every byte goes through, on this computer: `cargo bench --bench throughput`
//!
//! Beside them, the same work by other crates, as far as they do it. The bytes are those of the firmware
//! in `benches/cortex-m`, whose figures are what counts; these here show a change at a glance.

mod at_commands;
mod atat;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "it is public in the firmware, which uses all"
)]
#[path = "../cortex-m/src/peers/atat.rs"]
mod atat_types;
mod driver;
mod line;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use critical_section as _;

fn receive(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("receive +QMTRECV");
    for payload in [64, 1024, 4096] {
        let line = line::message(payload);
        group.throughput(Throughput::Bytes(line.len() as u64));
        for (name, step) in [("whole", usize::MAX), ("byte by byte", 1)] {
            let id = |by: &str| BenchmarkId::new(format!("{by}, {name}"), payload);
            group.bench_function(id("driver"), |b| driver::receive(b, &line, step));
            group.bench_function(id("atat"), |b| atat::receive(b, &line, step));
        }
        group.bench_function(BenchmarkId::new("framer alone", payload), |b| {
            driver::frame(b, &line);
        });
    }
}

fn answer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse +QMTPUB");
    group.throughput(Throughput::Bytes(line::RESULT.len() as u64));
    group.bench_function("driver", driver::parse);
    group.bench_function("at-commands", at_commands::parse);
}

fn format(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("format AT+QMTPUB");
    group.throughput(Throughput::Bytes(line::PUBLISH.len() as u64));
    group.bench_function("driver", driver::format);
    group.bench_function("atat", atat::format);
    group.bench_function("at-commands", at_commands::format);
}

fn publish(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish, call to result");
    for payload in [64, 1024, 4096] {
        group.throughput(Throughput::Bytes(payload as u64));
        let payload = vec![b'x'; payload];
        let id = |by: &str| BenchmarkId::new(by, payload.len());
        group.bench_function(id("driver"), |b| driver::publish(b, &payload));
        group.bench_function(id("atat"), |b| atat::publish(b, &payload));
    }
}

criterion_group!(benches, receive, answer, format, publish);
criterion_main!(benches);
