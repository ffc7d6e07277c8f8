//! How much of the stack a piece of work takes: what is below is painted, and what is no longer
//! painted afterwards was used.

use core::{hint::black_box, ptr};

use cortex_m::register::msp;

/// The bytes of stack that `work` takes at its deepest.
///
/// What the caller holds is not counted, so a future that is pinned there is not.
pub fn used_by(work: impl FnOnce()) -> usize {
    let top = paint();
    call(work);
    top - lowest_used(top)
}

/// Not inlined: its frame must lie below what is painted first.
#[inline(never)]
fn call(work: impl FnOnce()) {
    work();
    black_box(());
}

/// Paints what is below the stack pointer, but for its own frame. Returns where the stack pointer is.
#[inline(never)]
fn paint() -> usize {
    let top = msp::read() as usize;
    let mut at = bottom();
    while at < top - OWN_FRAME {
        // SAFETY: between the static memory and the frames of the stack there is nothing.
        unsafe { ptr::write_volatile(at as *mut u32, PAINT) };
        at += size_of::<u32>();
    }
    top
}

#[inline(never)]
fn lowest_used(top: usize) -> usize {
    // SAFETY: as above, and it is only read.
    let is_painted = |at: &usize| unsafe { ptr::read_volatile(*at as *const u32) } == PAINT;
    (bottom()..top)
        .step_by(size_of::<u32>())
        .find(|at| !is_painted(at))
        .unwrap_or(top)
}

/// No firmware here takes more than the last of it, and to paint 4 MiB takes long.
fn bottom() -> usize {
    unsafe extern "C" {
        /// Where the static memory ends, from the linker.
        static __sheap: u32;
    }
    let end_of_static_memory = &raw const __sheap as usize;
    let most = END_OF_RAM - MOST;
    end_of_static_memory.max(most)
}

/// More than the frame of [`paint`] takes, and less than any work.
const OWN_FRAME: usize = 64;
const PAINT: u32 = 0x5AA5_C33C;
const END_OF_RAM: usize = 0x2040_0000;
const MOST: usize = 0x1_0000;
