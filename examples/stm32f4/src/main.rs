//! The meter on a NUCLEO-F446RE with a modem of the BG95 family. See the README for the wiring.

#![no_std]
#![no_main]

use defmt::{info, unwrap, warn};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_stm32::{
    Peri,
    adc::{self, Adc, SampleTime},
    bind_interrupts,
    gpio::{Level, Output, Pull, Speed},
    peripherals::{ADC1, IWDG, USART1},
    usart::{self, BufferedInterruptHandler, BufferedUart, BufferedUartRx, BufferedUartTx},
    wdg::IndependentWatchdog,
};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::Timer;
use meter::{Board, COMMANDS, Certificate, Light, Meter, News, Settings, Temperature};
use panic_probe as _;
use quectel_mqtt::{
    BG95,
    engine::Buffers,
    runner::{Runner, Shared},
};
use static_cell::{ConstStaticCell, StaticCell};

bind_interrupts!(struct Interrupts {
    USART1 => BufferedInterruptHandler<USART1>;
});

/// All tasks are on one executor.
type Mutex = NoopRawMutex;

#[embassy_executor::main]
async fn main(spawner: Spawner) -> ! {
    let peripherals = embassy_stm32::init(embassy_stm32::Config::default());
    spawner.spawn(unwrap!(watch(peripherals.IWDG)));

    static UART_TX: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);
    // The driver drops what does not fit, and RTS holds the modem back only while its interrupt
    // waits: so there is room for what comes while other tasks run.
    static UART_RX: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
    let mut config = usart::Config::default();
    config.baudrate = 115_200;
    // A modem that is off does not hold the line back.
    config.cts_pull = Pull::Down;
    let uart = unwrap!(BufferedUart::new_with_rtscts(
        peripherals.USART1,
        peripherals.PA10,
        peripherals.PA9,
        peripherals.PA12,
        peripherals.PA11,
        Interrupts,
        UART_TX.take(),
        UART_RX.take(),
        config,
    ));
    let (tx, rx) = uart.split();

    static LINE_IN: ConstStaticCell<[u8; 128]> = ConstStaticCell::new([0; 128]);
    static LINE_OUT: ConstStaticCell<[u8; 384]> = ConstStaticCell::new([0; 384]);
    static INBOX: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
    static SHARED: StaticCell<Shared<'static, Mutex>> = StaticCell::new();
    let buffers = Buffers {
        rx: LINE_IN.take(),
        tx: LINE_OUT.take(),
        inbox: INBOX.take(),
    };
    let (runner, modem) = SHARED.init(Shared::new(&BG95, buffers)).split(rx, tx);
    spawner.spawn(unwrap!(drive(runner)));

    let board = Nucleo {
        adc: Adc::new(peripherals.ADC1),
        light: Output::new(peripherals.PA5, Level::Low, Speed::Low),
        power_key: Output::new(peripherals.PA8, Level::Low, Speed::Low),
    };
    static CERTIFICATE: StaticCell<Certificate<'static>> = StaticCell::new();
    static WAITING: ConstStaticCell<[u8; COMMANDS]> = ConstStaticCell::new([0; COMMANDS]);
    let settings = Settings::YOURS;
    let certificate = CERTIFICATE.init(unwrap!(Certificate::new(&settings)));
    let meter = Meter::new(modem, settings, certificate, WAITING.take(), board);
    unwrap!(meter).run().await
}

/// Brings bytes from the modem to the driver and back. A UART that fails, by noise on the line for
/// example, is used again; the meter connects again then.
#[embassy_executor::task]
async fn drive(
    mut runner: Runner<'static, Mutex, BufferedUartRx<'static>, BufferedUartTx<'static>>,
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
async fn watch(watchdog: Peri<'static, IWDG>) -> ! {
    let mut watchdog = IndependentWatchdog::new(watchdog, 20_000_000);
    watchdog.unleash();
    loop {
        watchdog.pet();
        Timer::after_secs(5).await;
    }
}

struct Nucleo {
    adc: Adc<'static, ADC1>,
    light: Output<'static>,
    /// High switches the transistor on, which pulls PWRKEY low.
    power_key: Output<'static>,
}

impl Board for Nucleo {
    /// By the sensor on the chip, with the typical values of its data sheet (0.76 V at 25 °C,
    /// 2.5 mV/°C, a supply of 3.3 V): it shows changes well, and is degrees off.
    async fn measure(&mut self) -> Temperature {
        let mut sensor = self.adc.enable_temperature();
        Timer::after_micros(adc::Temperature::start_time_us().into()).await;
        let reading = i32::from(self.adc.blocking_read(&mut sensor, SampleTime::CYCLES480));
        let centicelsius = reading * (3_300 * 40) / 4_095 - 760 * 40 + 2_500;
        Temperature { centicelsius }
    }

    fn switch(&mut self, light: Light) {
        self.light.set_level(match light {
            Light::On => Level::High,
            Light::Off => Level::Low,
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
