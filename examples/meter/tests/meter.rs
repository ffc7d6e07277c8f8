//! The meter against a simulated modem and a server behind TLS, in time that does not wait.

use std::{cell::RefCell, rc::Rc};

use embassy_futures::{
    join::join,
    select::{Either, select},
};
use embassy_sync::{blocking_mutex::raw::NoopRawMutex, signal::Signal};
use embassy_time::Timer;
use meter::{
    Board, COMMANDS, Certificate, Command, Ending, Light, Meter, News, Settings, Temperature,
};
use quectel_modem_sim::{
    Config, Module, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message},
};
use quectel_mqtt::{
    BC660K_GL, BG95, Dialect,
    engine::Buffers,
    runner::{Notice, Shared},
};

const SETTINGS: Settings<'_> = Settings {
    ca: include_bytes!("../../../tests/modem-sim/tests/certificates/ca.pem"),
    preparation: &[],
    ..Settings::YOURS
};

const MODEMS: [(Module, &Dialect); 2] = [(Module::Bg95, &BG95), (Module::Bc660k, &BC660K_GL)];

/// A board whose power key switches the simulated modem.
#[derive(Clone)]
struct Bench {
    uart: VirtualPort,
    modem_is_on: Rc<RefCell<bool>>,
    news: Rc<RefCell<Vec<News>>>,
    light: Rc<RefCell<Light>>,
    uart_fails: Rc<Signal<NoopRawMutex, ()>>,
}

impl Bench {
    fn new(module: Module, server: &LocalServer) -> Self {
        let certificate = include_str!("../../../tests/modem-sim/tests/certificates/server.pem");
        let key = include_str!("../../../tests/modem-sim/tests/certificates/server.key");
        let config = Config {
            module,
            ..Config::default()
        };
        Self {
            uart: VirtualPort::new(config, server.tls_network(certificate, key, None)),
            modem_is_on: Rc::new(RefCell::new(true)),
            news: Rc::default(),
            light: Rc::new(RefCell::new(Light::Off)),
            uart_fails: Rc::new(Signal::new()),
        }
    }

    /// Runs the meter until the test's part has ended.
    fn run<T>(&self, dialect: &'static Dialect, rest: impl Future<Output = T>) -> T {
        let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let certificate = Certificate::new(&SETTINGS).unwrap();
        let mut commands = [0; COMMANDS];
        let mut shared = Shared::<NoopRawMutex>::new(dialect, buffers);
        let (mut runner, modem) = shared.split(self.uart.clone(), self.uart.clone());
        let board = self.clone();
        let meter = Meter::new(modem, SETTINGS, &certificate, &mut commands, board);
        let mut meter = meter.unwrap();
        let drive = async {
            loop {
                let error = select(runner.run(), self.uart_fails.wait()).await;
                assert!(matches!(error, Either::Second(())), "{error:?}");
            }
        };
        block_on(async {
            match select(rest, join(drive, meter.run())).await {
                Either::First(result) => result,
                Either::Second((never, _)) => never,
            }
        })
    }

    fn switch_off(&self) {
        self.uart.with_modem(|modem, now| modem.power_down(now));
        self.modem_is_on.replace(false);
    }

    fn count(&self, wanted: impl Fn(&News) -> bool) -> usize {
        self.news
            .borrow()
            .iter()
            .filter(|&news| wanted(news))
            .count()
    }

    fn count_of(&self, wanted: News) -> usize {
        self.count(|news| *news == wanted)
    }
}

impl Board for Bench {
    async fn measure(&mut self) -> Temperature {
        Temperature { centicelsius: 2150 }
    }

    fn switch(&mut self, light: Light) {
        self.light.replace(light);
    }

    fn press_power_key(&mut self) {}

    fn release_power_key(&mut self) {
        let was_on = self.modem_is_on.replace_with(|is_on| !*is_on);
        self.uart.with_modem(|modem, now| {
            if was_on {
                modem.power_down(now);
            } else {
                modem.restart(now);
            }
        });
    }

    fn report(&mut self, news: News) {
        self.news.borrow_mut().push(news);
    }
}

fn command(text: &str) -> Message {
    Message::new(SETTINGS.commands, text, 1)
}

#[test]
fn it_publishes_every_minute_and_obeys() {
    for (module, dialect) in MODEMS {
        let (_time, server) = (Virtual::start(), LocalServer::new());
        let bench = Bench::new(module, &server);
        bench.run(dialect, async {
            Timer::after_secs(150).await;
            let readings = server.take_messages();
            assert_eq!(readings.len(), 3);
            assert_eq!(readings[0].topic, SETTINGS.readings);
            assert_eq!(readings[0].payload, br#"{"celsius":21.50}"#);
            for text in ["light on", "make coffee", "interval 10"] {
                server.publish(command(text));
            }
            Timer::after_secs(55).await;
            assert_eq!(server.take_messages().len(), 5);
        });
        assert_eq!(*bench.light.borrow(), Light::On);
        assert_eq!(
            bench.count(|news| matches!(news, News::NotUnderstood(_))),
            1
        );
        assert_eq!(bench.count(|news| matches!(news, News::Ended(_))), 0);
    }
}

#[test]
fn it_survives_restarts_of_the_modem_and_uploads_the_certificate_once() {
    for (module, dialect) in MODEMS {
        let (_time, server) = (Virtual::start(), LocalServer::new());
        let bench = Bench::new(module, &server);
        bench.run(dialect, async {
            for _ in 0..3 {
                Timer::after_secs(90).await;
                bench.uart.with_modem(|modem, now| modem.restart(now));
            }
            Timer::after_secs(30).await;
            // The subscription is there again.
            server.publish(command("light on"));
            Timer::after_secs(1).await;
        });
        assert_eq!(bench.count_of(News::Connected), 4);
        let restarted = News::Ended(Ending::Lost(Notice::Restarted));
        assert_eq!(bench.count_of(restarted), 3);
        assert_eq!(bench.count_of(News::Obeyed(Command::Light(Light::On))), 1);
        assert_eq!(bench.count_of(News::CertificateStored), 1);
        assert_eq!(bench.count_of(News::PowerKeyPressed), 0);
    }
}

#[test]
fn it_connects_again_when_the_server_was_gone() {
    for (module, dialect) in MODEMS {
        let (_time, server) = (Virtual::start(), LocalServer::new());
        let bench = Bench::new(module, &server);
        bench.run(dialect, async {
            Timer::after_secs(30).await;
            server.drop_links();
            Timer::after_secs(30).await;
        });
        assert_eq!(bench.count_of(News::Connected), 2);
        assert_eq!(bench.count_of(News::Pausing(5)), 1);
    }
}

#[test]
fn it_connects_again_when_the_uart_has_failed() {
    for (module, dialect) in MODEMS {
        let (_time, server) = (Virtual::start(), LocalServer::new());
        let bench = Bench::new(module, &server);
        bench.run(dialect, async {
            Timer::after_secs(30).await;
            bench.uart_fails.signal(());
            Timer::after_secs(30).await;
            server.publish(command("light on"));
            Timer::after_secs(1).await;
        });
        assert_eq!(bench.count_of(News::Connected), 2);
        assert_eq!(bench.count_of(News::PowerKeyPressed), 0);
        assert_eq!(*bench.light.borrow(), Light::On);
    }
}

#[test]
fn it_switches_a_modem_on_that_is_off() {
    for (module, dialect) in MODEMS {
        let (_time, server) = (Virtual::start(), LocalServer::new());
        let bench = Bench::new(module, &server);
        bench.switch_off();
        bench.run(dialect, async {
            Timer::after_secs(30).await;
            assert_eq!(bench.count_of(News::Connected), 1);
            bench.switch_off();
            Timer::after_secs(60).await;
        });
        assert_eq!(bench.count_of(News::PowerKeyPressed), 2);
        assert_eq!(bench.count_of(News::Connected), 2);
    }
}

#[test]
fn it_switches_the_modem_off_and_on_when_nothing_else_has_helped() {
    for (module, dialect) in MODEMS {
        let (_time, server) = (Virtual::start(), LocalServer::new());
        let bench = Bench::new(module, &server);
        // Not authorized.
        server.refuse_connections(Some(5));
        bench.run(dialect, async {
            while bench.count_of(News::PowerKeyPressed) == 0 {
                Timer::after_millis(100).await;
            }
            server.refuse_connections(None);
            Timer::after_secs(120).await;
        });
        let pauses = [5, 10, 20, 40, 80].map(|pause| bench.count_of(News::Pausing(pause)));
        assert_eq!(pauses, [1; 5]);
        // Off, and on by the next attempt, which connects.
        assert_eq!(bench.count_of(News::PowerKeyPressed), 2);
        assert_eq!(bench.count_of(News::Connected), 1);
        assert_eq!(bench.count_of(News::CertificateStored), 2);
    }
}
