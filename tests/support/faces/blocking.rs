use quectel_mqtt::{Instant, blocking::Modem};

use super::*;

pub(crate) struct Blocking {
    modem: Modem<'static, ScriptedPort, ()>,
    begun: Begun,
}

impl Blocking {
    /// Runs until it waits for bytes, or until this time.
    fn service(&mut self, is_held: bool, brought: &mut Brought) -> Option<Instant> {
        for _ in 0..100_000 {
            self.begun.take(self.modem.engine_mut(), is_held, brought);
            let until = self.modem.service(now()).unwrap();
            if !until.is_some_and(|until| until.is_reached(now())) {
                self.begun.take(self.modem.engine_mut(), is_held, brought);
                return until;
            }
        }
        panic!("the shell never comes to rest");
    }
}

impl Face for Blocking {
    const IS_ORDERED: bool = true;

    fn new(dialect: &'static Dialect, port: ScriptedPort, buffers: Buffers<'static>) -> Self {
        Self {
            modem: Modem::new(dialect, port, (), buffers),
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
        self.service(is_held, brought);
    }

    fn take_event(&mut self) -> Option<String> {
        show(self.modem.take_event())
    }

    fn wait(&mut self, mut time: Duration, is_held: bool, brought: &mut Brought) {
        while let Some(until) = self.service(is_held, brought) {
            let step = Duration::from_millis(until.millis_from(now()).into());
            if step > time {
                break;
            }
            Virtual::advance(step);
            time -= step;
        }
        Virtual::advance(time);
    }

    fn statistics(&self) -> String {
        format!("{:?}", self.modem.engine().statistics())
    }
}

fn now() -> Instant {
    Instant::from_millis(quectel_modem_sim::clock::now().as_millis() as u64)
}
