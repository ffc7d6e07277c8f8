//! What panic handlers do where nothing may panic.

use core::panic::PanicInfo;

/// Fails the link: whoever uses this shows that nothing in it can panic.
pub fn fail_to_link(info: &PanicInfo<'_>) -> ! {
    #[cfg(not(feature = "named-panics"))]
    {
        unsafe extern "C" {
            safe fn this_firmware_can_panic() -> !;
        }
        let _ = info;
        this_firmware_can_panic()
    }
    #[cfg(feature = "named-panics")]
    halt(info)
}

/// Stops.
pub fn halt(info: &PanicInfo<'_>) -> ! {
    // What nobody looks at is dropped, and with it what tells one kind of panic from another.
    #[cfg(feature = "named-panics")]
    core::hint::black_box(info);
    let _ = info;
    loop {
        cortex_m::asm::bkpt();
    }
}
