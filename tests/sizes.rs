//! What the engine, the shells and their futures take, against limits that are written down. On a
//! 64-bit host, where pointers are twice as large as on the chip; `.ci/figures` shows what they take
//! there.

#![cfg(all(
    feature = "bg95",
    feature = "blocking",
    feature = "runner",
    target_pointer_width = "64"
))]

mod support;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::Duration;
use quectel_modem_sim::ScriptedPort;
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, PdpContext, PublishForm, TlsOptions, asynch, blocking,
    command::SignalQuery,
    engine::Engine,
    mqtt::{Publication, QoS, TopicFilter},
    runner::{Handle, Messages, Notices, Runner, Shared},
};
use support::simulated::Memory;

type Port = ScriptedPort;
type Mutex = NoopRawMutex;

/// What takes more than it may.
#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn row(&mut self, name: &str, size: usize, limit: usize) {
        println!("{name:36}{size:6} of {limit:6}");
        if size > limit {
            self.0
                .push(format!("{name}: {size} bytes, and {limit} are allowed"));
        }
        // A limit that is far away shows nothing.
        if size * 10 < limit * 8 {
            self.0
                .push(format!("{name}: {size} bytes, and the limit is {limit}"));
        }
    }

    fn of<T>(&mut self, name: &str, _: T, limit: usize) {
        self.row(name, size_of::<T>(), limit);
    }
}

#[test]
fn nothing_takes_more_than_it_may() {
    let mut table = Table::default();
    table.row("Engine", size_of::<Engine<'_>>(), 1008);
    table.row("asynch::Modem", size_of::<asynch::Modem<'_, Port>>(), 1016);
    table.row(
        "asynch::Client",
        size_of::<asynch::Client<'_, '_, Port>>(),
        16,
    );
    table.row(
        "blocking::Modem",
        size_of::<blocking::Modem<'_, Port, ()>>(),
        1016,
    );
    table.row("runner::Shared", size_of::<Shared<'_, Mutex>>(), 2504);
    table.row(
        "runner::Runner",
        size_of::<Runner<'_, Mutex, Port, Port>>(),
        112,
    );
    table.row("runner::Handle", size_of::<Handle<'_, Mutex>>(), 8);
    table.row("runner::Messages", size_of::<Messages<'_, Mutex>>(), 16);
    table.row("runner::Notices", size_of::<Notices<'_, Mutex>>(), 16);

    let options = ConnectOptions::new("host", "id").unwrap();
    let context = PdpContext::new("apn").unwrap();
    let tls = TlsOptions::without_verifying_the_server();
    let filter = TopicFilter::new("t").unwrap();
    let topics = [(filter, QoS::AtMostOnce)];
    let message = Publication::new("t", b"x").unwrap();
    let form = PublishForm::Automatic;
    let second = Duration::from_secs(1);

    let mut memory = Memory::new();
    let mut modem = asynch::Modem::new(&BG95, Port::new(), memory.buffers());
    table.of("asynch initialize", modem.initialize(), 248);
    table.of("asynch wait_registered", modem.wait_registered(second), 264);
    table.of("asynch activate", modem.activate(&context), 264);
    table.of("asynch configure_tls", modem.configure_tls(&tls), 264);
    table.of("asynch request", modem.request(&SignalQuery), 280);
    table.of("asynch raw", modem.raw("AT"), 336);
    table.of("asynch next_event", modem.next_event(), 200);
    table.of("asynch drive", modem.drive(async {}), 256);
    let mut client = modem.client(ClientIndex::ZERO);
    table.of("asynch connect", client.connect(&options), 272);
    table.of("asynch subscribe", client.subscribe(&topics), 288);
    table.of("asynch unsubscribe", client.unsubscribe(&[filter]), 288);
    table.of("asynch publish", client.publish(&message), 304);
    table.of("asynch publish_as", client.publish_as(&message, form), 280);
    table.of("asynch start_publish", client.start_publish(&message), 264);
    table.of("asynch fetch", client.fetch(None), 264);
    table.of("asynch disconnect", client.disconnect(), 256);
    table.of("asynch close", client.close(), 256);

    let (mut memory, mut answer, mut queue) = (Memory::new(), [0; 8], [0; 8]);
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    let (mut runner, handle) = shared.split(Port::new(), Port::new());
    table.of("runner run", runner.run(), 376);
    table.of("runner initialize", handle.initialize(), 192);
    table.of(
        "runner wait_registered",
        handle.wait_registered(second),
        216,
    );
    table.of("runner activate", handle.activate(&context), 216);
    table.of("runner configure_tls", handle.configure_tls(&tls), 216);
    table.of(
        "runner request",
        handle.request(&SignalQuery, &mut answer),
        184,
    );
    table.of("runner raw", handle.raw("AT", &mut answer), 256);
    let client = handle.client(ClientIndex::ZERO);
    table.of("runner connect", client.connect(&options), 224);
    table.of("runner subscribe", client.subscribe(&topics), 240);
    table.of("runner unsubscribe", client.unsubscribe(&[filter]), 240);
    table.of("runner publish", client.publish(&message), 256);
    table.of("runner publish_as", client.publish_as(&message, form), 232);
    table.of("runner start_publish", client.start_publish(&message), 152);
    table.of("runner fetch", client.fetch(None), 216);
    table.of("runner disconnect", client.disconnect(), 200);
    table.of("runner close", client.close(), 200);
    let mut messages = client.messages(filter, &mut queue).unwrap();
    table.of("runner messages next", messages.next(&mut answer), 72);
    table.of("runner notices next", handle.notices().next(), 40);

    assert!(table.0.is_empty(), "{:#?}", table.0);
}
