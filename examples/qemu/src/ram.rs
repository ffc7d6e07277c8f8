//! What RAM the firmware has used.

use core::ptr;

use cortex_m_rt::STACK_PAINT_VALUE;

/// Bytes of all statics: buffers, and the futures of all tasks.
pub(crate) fn statics() -> usize {
    (&raw const _stack_end).addr() - (&raw const __sdata).addr()
}

/// Bytes of the stack that were in use at some time, interrupts included.
pub(crate) fn deepest_stack() -> usize {
    let end = (&raw const _stack_start).addr();
    let mut lowest = &raw const _stack_end;
    // SAFETY: the words of the stack, from its far end. What is in use is not like the paint.
    while lowest.addr() < end && unsafe { ptr::read_volatile(lowest) } == STACK_PAINT_VALUE {
        lowest = lowest.wrapping_add(1);
    }
    end - lowest.addr()
}

// Places that the linker knows; nothing is there.
unsafe extern "C" {
    static __sdata: u32;
    static _stack_end: u32;
    static _stack_start: u32;
}
