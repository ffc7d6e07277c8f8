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
    firmware::{asynch, atat, blocking, runner},
    memory::Memory,
    peers::atat::Memory as MemoryOfAtat,
    println,
    scripted::Line,
    semihosting, stack, time_driver,
    uart::Uart,
};

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();
    static mut QUEUE: [u8; 384] = [0; 384];
    static mut MEMORY_OF_ATAT: MemoryOfAtat<384, 256> = MemoryOfAtat::new();

    time_driver::start();
    let mut line = [0; 384];
    let (message, _) = dialogue::message(&mut line, 256);
    println!("the job, {:24}future      stack", DIALECT.name);

    with_async(message, MEMORY);
    with_blocking(message, MEMORY);
    with_runner(message, MEMORY, QUEUE);
    with_atat(message, MEMORY_OF_ATAT);
    let without = size_of_val(&asynch::without(&mut [0; 64], Uart::new()));
    println!("  {:24}{without:15}", "none");
    sizes(MEMORY);
    semihosting::exit(true)
}

fn with_async(message: &[u8], memory: &mut Memory) {
    let line = Line::new(message);
    let future = asynch::with_driver(memory, line.port());
    job_of_future("async", future, &line);
}

/// It has no future: all that lives while it works is on the stack, the driver too.
fn with_blocking(message: &[u8], memory: &mut Memory) {
    let line = Line::new(message);
    job("blocking", 0, &line, || {
        let _ = blocking::with_driver(memory, line.port(), Cycles);
    });
}

fn with_runner(message: &[u8], memory: &mut Memory, queue: &mut [u8; 384]) {
    let line = Line::new(message);
    let future = runner::with_driver(memory, queue, line.port(), line.port());
    job_of_future("runner", future, &line);
}

fn with_atat(message: &[u8], memory: &mut MemoryOfAtat<384, 256>) {
    let line = Line::new(message);
    let future = atat::with_driver(memory, line.port(), line.port());
    job_of_future("atat", future, &line);
}

fn job_of_future<T>(name: &str, future: impl Future<Output = T>, line: &Line<'_>) {
    let size = size_of_val(&future);
    let future = pin!(future);
    job(name, size, line, || {
        executor::run_until(future, || line.is_over());
    });
}

/// Has the job done, and prints what it takes.
fn job(name: &str, future: usize, line: &Line<'_>, work: impl FnOnce()) {
    let stack = stack::used_by(work);
    assert!(line.is_over(), "{name}: not done");
    println!("  {name:24}{future:15}{stack:11}");
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
