//! The NUCLEO-F446RE.

use meter::{Light, Temperature};
use stm32f4xx_hal::{
    adc::{
        Adc, Temperature as Sensor,
        config::{AdcConfig, SampleTime},
    },
    gpio::{Output, PA5, PA8, Pull},
    pac::{self, ADC1},
    prelude::*,
    rcc::Config,
    serial::Serial,
    signature::{VtempCal30, VtempCal110},
};

use crate::{ticks::Ticks, uart::Uart};

/// What the meter needs besides UART and clock.
pub struct Board {
    adc: Adc<ADC1>,
    light: PA5<Output>,
    /// High switches the transistor on, which pulls PWRKEY low.
    power_key: PA8<Output>,
}

/// Starts all that there is; `None` when that was done before.
pub fn start() -> Option<(Uart, Ticks, Board)> {
    let peripherals = pac::Peripherals::take()?;
    let core = cortex_m::Peripherals::take()?;
    // So that a debugger reaches the log while the core sleeps.
    peripherals
        .DBGMCU
        .cr()
        .modify(|_, w| w.dbg_sleep().set_bit());
    let mut rcc = peripherals.RCC.freeze(Config::hsi());
    let pins = peripherals.GPIOA.split(&mut rcc);

    // CTS, with which the modem holds back. One that is off does not.
    pins.pa11
        .into_alternate::<7>()
        .internal_resistor(Pull::Down);
    // RTS, with which the UART does.
    pins.pa12.into_alternate::<7>();
    let baud_rate = 115_200.bps();
    let serial = Serial::new(
        peripherals.USART1,
        (pins.pa9, pins.pa10),
        baud_rate,
        &mut rcc,
    );
    let uart = Uart::start(serial.ok()?);

    let ticks = Ticks::start(core.SYST, rcc.clocks.hclk(), peripherals.IWDG);
    let mut adc = Adc::new(peripherals.ADC1, true, AdcConfig::default(), &mut rcc);
    adc.enable_temperature_and_vref();
    let board = Board {
        adc,
        light: pins.pa5.into_push_pull_output(),
        power_key: pins.pa8.into_push_pull_output(),
    };
    Some((uart, ticks, board))
}

impl Board {
    /// Measures the temperature: by the sensor on the chip, between the two points at which it was
    /// calibrated, 30 and 110 °C.
    pub fn measure(&mut self) -> Temperature {
        let reading = self.adc.convert(&Sensor, SampleTime::Cycles_480);
        let at_30 = i32::from(VtempCal30::get().read());
        let at_110 = i32::from(VtempCal110::get().read());
        let centicelsius = 3_000 + (i32::from(reading) - at_30) * 8_000 / (at_110 - at_30);
        Temperature { centicelsius }
    }

    /// Switches the light.
    pub fn switch(&mut self, light: Light) {
        match light {
            Light::On => self.light.set_high(),
            Light::Off => self.light.set_low(),
        }
    }

    /// Pulls PWRKEY low.
    pub fn press_power_key(&mut self) {
        self.power_key.set_high();
    }

    /// Lets go of PWRKEY.
    pub fn release_power_key(&mut self) {
        self.power_key.set_low();
    }
}
