//! The meter on an nRF52840-DK with a modem of the BG95 family, or with a BC660K-GL (feature
//! `bc660k`). See the README for the wiring.

#![no_std]
#![no_main]

use defmt::{info, unwrap, warn};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_nrf::{
    Peri, bind_interrupts,
    buffered_uarte::{self, BufferedUarte, BufferedUarteRx, BufferedUarteTx},
    config::HfclkSource,
    gpio::{Level, Output, OutputDrive},
    peripherals::{UARTE1, WDT},
    temp::{self, Temp},
    uarte,
    wdt::{self, HaltConfig, Watchdog},
};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::Timer;
use meter::{Board, COMMANDS, Certificate, Light, Meter, News, Settings, Temperature};
use panic_probe as _;
#[cfg(feature = "bc660k")]
use quectel_mqtt::BC660K_GL as MODEM;
#[cfg(not(feature = "bc660k"))]
use quectel_mqtt::BG95 as MODEM;
use quectel_mqtt::{
    engine::Buffers,
    runner::{Runner, Shared},
};
use static_cell::{ConstStaticCell, StaticCell};

#[cfg(not(feature = "bc660k"))]
const SETTINGS: Settings<'_> = Settings::YOURS;

/// The BC660K-GL needs no preparation.
#[cfg(feature = "bc660k")]
const SETTINGS: Settings<'_> = Settings {
    preparation: &[],
    ..Settings::YOURS
};

bind_interrupts!(struct Interrupts {
    TEMP => temp::InterruptHandler;
    UARTE1 => buffered_uarte::InterruptHandler<UARTE1>;
});

/// All tasks are on one executor.
type Mutex = NoopRawMutex;

#[embassy_executor::main]
async fn main(spawner: Spawner) -> ! {
    let mut config = embassy_nrf::config::Config::default();
    // The UART's clock comes from it, and the oscillator on the chip is not exact enough.
    config.hfclk_source = HfclkSource::ExternalXtal;
    let peripherals = embassy_nrf::init(config);
    spawner.spawn(unwrap!(watch(peripherals.WDT)));

    static UART_TX: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);
    static UART_RX: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
    // 115,200 baud, 8N1. This driver may lose bytes when a read is dropped: the runner, alone among
    // the faces of quectel-mqtt, never drops one.
    let uart = BufferedUarte::new_with_rtscts(
        peripherals.UARTE1,
        peripherals.TIMER1,
        peripherals.PPI_CH0,
        peripherals.PPI_CH1,
        peripherals.PPI_GROUP0,
        peripherals.P1_01,
        peripherals.P1_02,
        peripherals.P1_03,
        peripherals.P1_04,
        Interrupts,
        uarte::Config::default(),
        UART_RX.take(),
        UART_TX.take(),
    );
    let (rx, tx) = uart.split();

    static LINE_IN: ConstStaticCell<[u8; 128]> = ConstStaticCell::new([0; 128]);
    static LINE_OUT: ConstStaticCell<[u8; 384]> = ConstStaticCell::new([0; 384]);
    static INBOX: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
    static SHARED: StaticCell<Shared<'static, Mutex>> = StaticCell::new();
    let buffers = Buffers {
        rx: LINE_IN.take(),
        tx: LINE_OUT.take(),
        inbox: INBOX.take(),
    };
    let (runner, modem) = SHARED.init(Shared::new(&MODEM, buffers)).split(rx, tx);
    spawner.spawn(unwrap!(drive(runner)));

    let board = Kit {
        sensor: Temp::new(peripherals.TEMP, Interrupts),
        light: Output::new(peripherals.P0_13, Level::High, OutputDrive::Standard),
        power_key: Output::new(peripherals.P1_05, Level::Low, OutputDrive::Standard),
    };
    static CERTIFICATE: StaticCell<Certificate<'static>> = StaticCell::new();
    static WAITING: ConstStaticCell<[u8; COMMANDS]> = ConstStaticCell::new([0; COMMANDS]);
    let certificate = CERTIFICATE.init(unwrap!(Certificate::new(&SETTINGS)));
    let meter = Meter::new(modem, SETTINGS, certificate, WAITING.take(), board);
    unwrap!(meter).run().await
}

/// Brings bytes from the modem to the driver and back. A UART that fails, by an overrun for
/// example, is used again; the meter connects again then.
#[embassy_executor::task]
async fn drive(
    mut runner: Runner<'static, Mutex, BufferedUarteRx<'static>, BufferedUarteTx<'static>>,
) -> ! {
    loop {
        let error = runner.run().await;
        warn!("the UART: {}", error);
        Timer::after_millis(100).await;
    }
}

/// Resets the chip when the executor stands still, or behind a panic. It need not watch the meter:
/// all that waits for the modem has an end in time.
#[embassy_executor::task]
async fn watch(watchdog: Peri<'static, WDT>) -> ! {
    let mut config = wdt::Config::default();
    config.timeout_ticks = 20 * 32_768;
    config.action_during_debug_halt = HaltConfig::Pause;
    // It fails where a bootloader has started it in another way.
    let Ok((_, [mut handle])) = Watchdog::try_new(watchdog, config) else {
        defmt::panic!("the watchdog runs already");
    };
    loop {
        handle.pet();
        Timer::after_secs(5).await;
    }
}

struct Kit {
    sensor: Temp<'static>,
    /// LED1, which shines when the pin is low.
    light: Output<'static>,
    /// High switches the transistor on, which pulls PWRKEY low.
    power_key: Output<'static>,
}

impl Board for Kit {
    /// By the sensor on the chip, in steps of a quarter of a degree.
    async fn measure(&mut self) -> Temperature {
        let quarters = self.sensor.read().await.to_bits();
        let centicelsius = quarters * 25;
        Temperature { centicelsius }
    }

    fn switch(&mut self, light: Light) {
        self.light.set_level(match light {
            Light::On => Level::Low,
            Light::Off => Level::High,
        });
    }

    fn press_power_key(&mut self) {
        self.power_key.set_high();
    }

    fn release_power_key(&mut self) {
        self.power_key.set_low();
    }

    fn report(&mut self, news: News) {
        info!("{}", news);
    }
}
