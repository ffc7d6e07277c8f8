//! Output and exit by semihosting: the debugger's, here QEMU's.

use core::{fmt, panic::PanicInfo};

use cortex_m::asm;

/// Standard output, as far as a debugger shows it.
pub(crate) struct Output;

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: SYS_WRITEC reads the one byte that it is given.
            unsafe { asm::semihosting_syscall(SYS_WRITEC, &raw const byte as u32) };
        }
        Ok(())
    }
}

/// Prints a line.
macro_rules! println {
    ($($argument:tt)*) => {{
        use core::fmt::Write as _;
        let _ = writeln!($crate::semihosting::Output, $($argument)*);
    }};
}
pub(crate) use println;

/// Ends the run.
pub(crate) fn exit(success: bool) -> ! {
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

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(false)
}

const SYS_WRITEC: u32 = 0x03;
const SYS_EXIT: u32 = 0x18;
const APPLICATION_EXIT: u32 = 0x20026;
const RUN_TIME_ERROR: u32 = 0x20023;
