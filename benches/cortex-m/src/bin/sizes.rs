//! The size of the engine, and of the futures of the async shell.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions,
    asynch::Modem,
    engine::Engine,
    mqtt::{Publication, QoS, TopicFilter},
};
use quectel_mqtt_cortex_m::{firmware, memory::Memory, println, semihosting, uart::Uart};

#[entry]
fn main() -> ! {
    let mut memory = Memory::new();
    println!("size_of in bytes");
    row("Engine", size_of::<Engine<'_>>());
    let firmware = size_of_val(&firmware::driver(&mut memory, Uart::new()));
    let baseline = size_of_val(&firmware::baseline(&mut [0; 64], Uart::new()));
    let mut modem = Modem::new(&BG95, Uart::new(), memory.buffers());
    row("future of initialize", size_of_val(&modem.initialize()));
    row("future of next_event", size_of_val(&modem.next_event()));
    row("future of raw", size_of_val(&modem.raw("AT")));
    let mut client = modem.client(ClientIndex::ZERO);
    let options = ConnectOptions::new("host", "id").expect("valid");
    let filter = TopicFilter::new("topic").expect("valid");
    let publication = Publication::new("topic", &[]).expect("valid");
    row("future of connect", size_of_val(&client.connect(&options)));
    let topics = [(filter, QoS::AtMostOnce)];
    row(
        "future of subscribe",
        size_of_val(&client.subscribe(&topics)),
    );
    row(
        "future of unsubscribe",
        size_of_val(&client.unsubscribe(&[filter])),
    );
    row(
        "future of publish",
        size_of_val(&client.publish(&publication)),
    );
    row("future of disconnect", size_of_val(&client.disconnect()));
    row("future of close", size_of_val(&client.close()));
    row("future of size_driver's main", firmware);
    row("future of size_baseline's main", baseline);
    semihosting::exit(true)
}

fn row(name: &str, size: usize) {
    println!("  {name:52}{size:11}");
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    semihosting::fail(info)
}
