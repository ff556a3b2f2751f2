//! Foreign templates may loop, nest and grow without end. The template engine counts most of that itself, but
//! some of its steps (comparing or printing values that contain each other many times over) cannot be
//! interrupted. So templates run on a thread of their own with a budget of memory, stack and time. When a
//! budget is spent, the thread is left behind: out of memory or stack it sleeps for ever, out of time it goes
//! on until it is out of those.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::error::{error, Code, Result};
use crate::ffi::OURS;

const STACK_BYTES: usize = 64 << 20;
/// Checked where memory is taken; the rest is for recursion that takes none, such as giving values back.
const STACK_BYTES_USABLE: usize = STACK_BYTES / 2;
const MEMORY_BYTES: isize = 128 << 20;
const TIME: Duration = Duration::from_secs(5);
/// Threads that may be left behind; then no template runs any more until one of them ends.
const LEFT_BEHIND_MAX: isize = 16;
static LEFT_BEHIND: AtomicIsize = AtomicIsize::new(0);

/// What a thread says of itself before it ends, or stands still.
enum News {
    Done,
    Spent,
}

/// Runs `work` within the budget, to which `more_memory` bytes are added. Panics go on in the caller.
pub fn run<T: Send + 'static>(more_memory: usize, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    if LEFT_BEHIND.load(Ordering::Relaxed) >= LEFT_BEHIND_MAX {
        return error(
            Code::Internal,
            format!("{LEFT_BEHIND_MAX} templates of this program never ended; no further one is run."),
        );
    }
    let (sender, receiver) = channel();
    let spawned = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        OURS.set(true);
        let spent = || drop(sender.send(News::Spent));
        let top = 0u8;
        let budget = Budget {
            memory: Cell::new(MEMORY_BYTES.saturating_add_unsigned(more_memory)),
            stack_end: ptr::from_ref(&top) as usize - STACK_BYTES_USABLE,
            spent: &spent,
        };
        BUDGET.set(ptr::from_ref(&budget).cast());
        let answer = catch_unwind(AssertUnwindSafe(work));
        BUDGET.set(ptr::null());
        if sender.send(News::Done).is_err() {
            LEFT_BEHIND.fetch_sub(1, Ordering::Relaxed);
        }
        answer
    });
    let thread = match spawned {
        Ok(thread) => thread,
        Err(e) => {
            return error(Code::Internal, format!("No thread can be started for the chat template: {e}."))
        }
    };
    let why = match receiver.recv_timeout(TIME) {
        // The answer comes by a join, which the thread sanitizer understands; it knows nothing of channels.
        Ok(News::Done) => {
            return Ok(thread.join().and_then(|answer| answer).unwrap_or_else(|panic| resume_unwind(panic)))
        }
        Ok(News::Spent) => "nests too deeply or makes too much text",
        Err(_) => "runs for too long",
    };
    drop(receiver); // a thread that ends later sees that nobody listens
    LEFT_BEHIND.fetch_add(1, Ordering::Relaxed);
    error(Code::InvalidArgument, format!("The chat template was stopped: it {why}."))
}

struct Budget<'a> {
    memory: Cell<isize>,
    stack_end: usize,
    spent: &'a dyn Fn(),
}

thread_local! {
    /// This thread's budget, if it has one.
    static BUDGET: Cell<*const Budget<'static>> = const { Cell::new(ptr::null()) };
}

/// The system's allocator, which also asks the budget.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn take(bytes: isize) {
    let pointer = BUDGET.get();
    // SAFETY: set only while the budget lives, in a frame below this one.
    let Some(budget) = (unsafe { pointer.as_ref() }) else { return };
    budget.memory.set(budget.memory.get().saturating_sub(bytes));
    let here = 0u8;
    if budget.memory.get() >= 0 && ptr::from_ref(&here) as usize > budget.stack_end {
        return;
    }
    // An allocator must neither unwind nor return: what asked for memory would go on. So this thread ends
    // here.
    BUDGET.set(ptr::null());
    (budget.spent)();
    loop {
        std::thread::park();
    }
}

unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size() as isize);
        System.alloc(layout)
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size() as isize);
        System.alloc_zeroed(layout)
    }
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        take(new_size as isize - layout.size() as isize);
        System.realloc(old, layout, new_size)
    }
    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        if let Some(budget) = BUDGET.get().as_ref() {
            budget.memory.set(budget.memory.get().saturating_add(layout.size() as isize));
        }
        System.dealloc(old, layout);
    }
}
