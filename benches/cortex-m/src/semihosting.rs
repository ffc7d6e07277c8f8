//! Output and exit by semihosting: the debugger's, here QEMU's.

use core::{fmt, panic::PanicInfo};

use cortex_m::asm;

/// Standard output, as far as a debugger shows it.
#[derive(Debug)]
pub struct Output;

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: SYS_WRITEC reads the one byte that it is given.
            unsafe { asm::semihosting_syscall(SYS_WRITEC, &raw const byte as u32) };
        }
        Ok(())
    }
}

/// Prints text.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => {{
        use core::fmt::Write as _;
        let _ = write!($crate::semihosting::Output, $($argument)*);
    }};
}

/// Prints a line.
#[macro_export]
macro_rules! println {
    ($($argument:tt)*) => {{
        use core::fmt::Write as _;
        let _ = writeln!($crate::semihosting::Output, $($argument)*);
    }};
}

/// Ends the run.
pub fn exit(success: bool) -> ! {
    let reason = if success {
        APPLICATION_EXIT
    } else {
        RUN_TIME_ERROR
    };
    loop {
        // SAFETY: SYS_EXIT takes a number.
        unsafe { asm::semihosting_syscall(SYS_EXIT, reason) };
    }
}

/// Says what went wrong, and ends the run. For panic handlers.
pub fn fail(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(false)
}

const SYS_WRITEC: u32 = 0x03;
const SYS_EXIT: u32 = 0x18;
const APPLICATION_EXIT: u32 = 0x20026;
const RUN_TIME_ERROR: u32 = 0x20023;
