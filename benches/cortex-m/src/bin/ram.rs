//! The size of the engine and of the futures, and how much stack the job takes while a scripted modem
//! plays it through.

#![no_std]
#![no_main]

use core::{panic::PanicInfo, pin::pin};

use cortex_m_rt::entry;
use quectel_mqtt::{
    ClientIndex, ConnectOptions,
    asynch::Modem,
    engine::Engine,
    mqtt::{Publication, QoS, TopicFilter},
};
use quectel_mqtt_cortex_m::{
    DIALECT,
    delay::Cycles,
    dialogue, executor,
    firmware::{asynch, blocking, runner},
    memory::Memory,
    peers::atat,
    println,
    scripted::Line,
    semihosting, stack, time_driver,
    uart::Uart,
};

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();
    static mut QUEUE: [u8; 384] = [0; 384];
    static mut MEMORY_OF_ATAT: atat::Memory<384, 256> = atat::Memory::new();

    time_driver::start();
    let mut line = [0; 384];
    let (message, _) = dialogue::message(&mut line, 256);
    println!("the job, {:24}future      stack", DIALECT.name);

    let line = Line::new(message);
    let future = pin!(asynch::with_driver(MEMORY, line.port()));
    let size = size_of_val(&*future);
    job("async", Some(size), &line, || {
        executor::run_until(future, || line.is_over());
    });

    let line = Line::new(message);
    job("blocking", None, &line, || {
        let _ = blocking::with_driver(MEMORY, line.port(), Cycles);
    });

    let line = Line::new(message);
    let future = pin!(runner::with_driver(MEMORY, QUEUE, line.port(), line.port()));
    let size = size_of_val(&*future);
    job("runner", Some(size), &line, || {
        executor::run_until(future, || line.is_over());
    });

    let line = Line::new(message);
    let future = pin!(atat::with_driver(MEMORY_OF_ATAT, line.port(), line.port()));
    let size = size_of_val(&*future);
    job("atat", Some(size), &line, || {
        executor::run_until(future, || line.is_over());
    });

    let without = size_of_val(&asynch::without(&mut [0; 64], Uart::new()));
    println!("  {:24}{without:15}", "none");
    sizes(MEMORY);
    semihosting::exit(true)
}

/// Has the job done, and prints what it takes.
fn job(name: &str, future: Option<usize>, line: &Line<'_>, work: impl FnOnce()) {
    let used = stack::used_by(work);
    assert!(line.is_over(), "{name}: not done");
    println!("  {name:24}{:15}{used:11}", future.unwrap_or(0));
}

fn sizes(memory: &mut Memory) {
    println!("size_of in bytes");
    size("Engine", size_of::<Engine<'_>>());
    let mut modem = Modem::new(&DIALECT, Uart::new(), memory.buffers());
    size("future of initialize", size_of_val(&modem.initialize()));
    size("future of next_event", size_of_val(&modem.next_event()));
    size("future of raw", size_of_val(&modem.raw("AT")));
    let mut client = modem.client(ClientIndex::ZERO);
    let options = ConnectOptions::new("host", "id").expect("valid");
    let filter = TopicFilter::new("topic").expect("valid");
    let publication = Publication::new("topic", &[]).expect("valid");
    size("future of connect", size_of_val(&client.connect(&options)));
    let topics = [(filter, QoS::AtMostOnce)];
    size(
        "future of subscribe",
        size_of_val(&client.subscribe(&topics)),
    );
    size(
        "future of unsubscribe",
        size_of_val(&client.unsubscribe(&[filter])),
    );
    size(
        "future of publish",
        size_of_val(&client.publish(&publication)),
    );
    size("future of disconnect", size_of_val(&client.disconnect()));
    size("future of close", size_of_val(&client.close()));
}

fn size(name: &str, size: usize) {
    println!("  {name:24}{size:15}");
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    semihosting::fail(info)
}
