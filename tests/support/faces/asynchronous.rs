use embassy_futures::select::{Either, select};
use quectel_mqtt::asynch::Modem;

use super::*;

pub(crate) struct Asynchronous {
    modem: Modem<'static, ScriptedPort>,
    begun: Begun,
}

impl Asynchronous {
    /// Gives out what there is, and serves the modem until `other` ends.
    async fn drive(&mut self, other: impl Future, is_held: bool, brought: &mut Brought) {
        let mut other = std::pin::pin!(other);
        loop {
            self.begun.take(self.modem.engine_mut(), is_held, brought);
            if is_held {
                self.modem.drive(other).await.unwrap();
                self.begun.take(self.modem.engine_mut(), is_held, brought);
                return;
            }
            // The futures are dropped again and again.
            match select(other.as_mut(), self.modem.next_event()).await {
                Either::First(_) => return,
                Either::Second(event) => match event.unwrap() {
                    Event::Completed { operation, result } => {
                        let is_it = |it: &Started| it.operation == operation;
                        let index = self.begun.0.iter().position(is_it).expect("an operation");
                        let started = self.begun.0.remove(index);
                        let shown = show_result(self.modem.engine(), started, result);
                        brought.results.push_back(shown);
                    }
                    event => brought.events.push_back(show_event(&event)),
                },
            }
        }
    }
}

impl Face for Asynchronous {
    const IS_ORDERED: bool = true;

    fn new(dialect: &'static Dialect, port: ScriptedPort, buffers: Buffers<'static>) -> Self {
        Self {
            modem: Modem::new(dialect, port, buffers),
            begun: Begun::default(),
        }
    }

    fn call(&mut self, verb: &str, words: &[String], brought: &mut Brought) {
        let engine = self.modem.engine_mut();
        self.begun.call(engine, verb, words, brought);
    }

    fn abandon(&mut self, verb: &str) {
        let operation = self.begun.remove(verb);
        self.modem.engine_mut().abandon(operation);
    }

    fn settle(&mut self, is_held: bool, brought: &mut Brought) {
        block_on(self.drive(turns(TURNS), is_held, brought));
    }

    fn take_event(&mut self) -> Option<String> {
        show(self.modem.take_event())
    }

    fn wait(&mut self, time: Duration, is_held: bool, brought: &mut Brought) {
        block_on(self.drive(after(time), is_held, brought));
    }

    fn statistics(&self) -> String {
        format!("{:?}", self.modem.engine().statistics())
    }
}
