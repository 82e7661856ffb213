//! Syscall User Dispatch: the kernel sends SIGSYS for each system call that a
//! thread makes while its selector byte says so, unless the call is made from a
//! range of addresses which is always allowed. Ours is the code at the end of
//! this file. See `Documentation/admin-guide/syscall-user-dispatch.rst`.

use super::Registers;
use std::{
    arch::global_asm,
    mem, ptr,
    sync::{
        OnceLock,
        atomic::{
            AtomicU8, AtomicU64,
            Ordering::{AcqRel, Acquire, Relaxed},
            compiler_fence,
        },
    },
};

/// A call that was trapped, before it is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trap {
    pub(crate) number: u64,
    pub(crate) arguments: [u64; 6],
    pub(crate) registers: Registers,
}

/// What asks to be called when a call is trapped. It runs in a signal handler.
pub(crate) trait Observer: Sync {
    /// The byte by which the kernel decides; it lives for ever.
    fn selector(&'static self) -> &'static AtomicU8;
    /// Before the call. It may have the call made then and there, to know its
    /// length; whether it did.
    fn around(&self, trap: &Trap, call: &mut dyn FnMut()) -> bool;
}

const ALLOW: u8 = 0;
const BLOCK: u8 = 1;
const PR_SET_SYSCALL_USER_DISPATCH: libc::c_int = 59;
const SYS_USER_DISPATCH: i32 = 2;
const AUDIT_ARCH_X86_64: u32 = 0xc000_003e;
/// Below the stack pointer a function may keep things, in so many bytes.
const RED_ZONE: u64 = 128;
/// So many places that start threads or processes are told apart.
const FORKS: usize = 32;

/// From now on calls of this thread are trapped.
#[inline]
pub(crate) fn arm(selector: &AtomicU8) {
    selector.store(BLOCK, Relaxed);
    // The kernel looks at any time; the compiler must not move calls over this.
    compiler_fence(AcqRel);
}

/// And from now on they are not.
#[inline]
pub(crate) fn disarm(selector: &AtomicU8) {
    compiler_fence(AcqRel);
    selector.store(ALLOW, Relaxed);
}

/// Whether they are.
#[cfg(all(feature = "interpose", target_env = "gnu"))]
pub(super) fn is_armed(selector: &AtomicU8) -> bool {
    selector.load(Relaxed) == BLOCK
}

/// Who observes this thread.
pub(super) fn observer() -> Option<&'static dyn Observer> {
    OBSERVER.get()?()
}

/// Installs the handler, once; whether the kernel can do it.
pub(crate) fn install(observer: fn() -> Option<&'static dyn Observer>) -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        static PROBE: AtomicU8 = AtomicU8::new(ALLOW);
        let _ = OBSERVER.set(observer);
        // The handler comes first: once the kernel dispatches, it is needed.
        install_handler();
        let can = switch_on(&PROBE);
        switch_off();
        can
    })
}

/// Has the kernel look at `selector` before each call of this thread; whether it
/// does.
pub(crate) fn switch_on(selector: &'static AtomicU8) -> bool {
    unblock();
    let (start, end) = allowed();
    // SAFETY: the kernel only reads the byte, which lives for ever.
    unsafe {
        let (on, len) = (1_u64, end - start);
        libc::prctl(
            PR_SET_SYSCALL_USER_DISPATCH,
            on,
            start,
            len,
            selector.as_ptr(),
        ) == 0
    }
}

/// Ends that for this thread.
pub(crate) fn switch_off() {
    // SAFETY: it takes no pointers.
    unsafe { libc::prctl(PR_SET_SYSCALL_USER_DISPATCH, 0_u64, 0_u64, 0_u64, 0_u64) };
}

/// Whether an address is in the code that calls are made from in our stead, and
/// so what a thread waits for is a trapped call.
pub(crate) fn is_ours(pc: u64) -> bool {
    let (start, end) = allowed();
    (start..=end).contains(&pc)
}

/// The observer of the current thread.
static OBSERVER: OnceLock<fn() -> Option<&'static dyn Observer>> = OnceLock::new();
static PREVIOUS: OnceLock<Action> = OnceLock::new();

/// `struct sigaction` as the kernel has it: the C library's `sigaction` would
/// put its own restorer in, which is outside of the allowed range.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Action {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

const SA_RESTORER: u64 = 0x0400_0000;
const SIGSYS_BIT: u64 = 1 << (libc::SIGSYS - 1);

fn install_handler() {
    let flags = libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESTART;
    let handler: unsafe extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = on_sigsys;
    let restorer: unsafe extern "C" fn() = buttress_sync_io_0_1_restorer;
    let action = Action {
        handler: handler as usize,
        // Not blocked in itself: the handler of another signal that comes
        // meanwhile may be trapped as well.
        flags: flags as u64 | SA_RESTORER,
        restorer: restorer as usize,
        mask: 0,
    };
    if let Some(previous) = action_of(libc::SIGSYS, Some(&action)) {
        let _ = PREVIOUS.set(previous);
    }
    // A handler that runs with SIGSYS blocked would die of its first call.
    for signal in 1..=64 {
        let Some(mut other) = action_of(signal, None) else {
            continue;
        };
        if signal != libc::SIGSYS && other.handler > 1 && other.mask & SIGSYS_BIT != 0 {
            other.mask &= !SIGSYS_BIT;
            action_of(signal, Some(&other));
        }
    }
}

/// The action of a signal, and sets another one.
fn action_of(signal: i32, new: Option<&Action>) -> Option<Action> {
    let mut old = Action {
        handler: 0,
        flags: 0,
        restorer: 0,
        mask: 0,
    };
    let new = new.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: both are laid out as the kernel has them. The handler is one for
    // any moment: see there.
    let done = unsafe {
        let old = ptr::from_mut(&mut old);
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal,
            new,
            old,
            mem::size_of::<u64>(),
        )
    };
    (done == 0).then_some(old)
}

/// A thread may have inherited a mask in which everything is blocked.
fn unblock() {
    // SAFETY: the set is made by the two functions that are there for it.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGSYS);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, ptr::null_mut());
    }
}

/// The handler. It may run at any moment of the thread that is not within
/// itself, so all that it calls is async-signal-safe: system calls, memory that
/// was there before, the vDSO's clock. It leaves `errno` as it was.
unsafe extern "C" fn on_sigsys(
    signal: i32,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel gives valid pointers, which are this handler's alone.
    // The fields of SIGSYS are not in the libc crate: code, then call address
    // (8 bytes at 16), number (24), architecture (28).
    let (code, architecture) = unsafe { ((*info).si_code, info.cast::<u32>().add(7).read()) };
    if code != SYS_USER_DISPATCH {
        // SAFETY: the arguments are passed on as they came.
        unsafe { chain(signal, info, context) };
        return;
    }
    // SAFETY: as above.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    let Some(observer) = observer() else {
        return;
    };
    disarm(observer.selector());
    // SAFETY: the address of a thread-local integer.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    let stays_armed = architecture == AUDIT_ARCH_X86_64 && resume(observer, context);
    if !stays_armed {
        // What cannot be made in its stead is made where it stands, once more,
        // and the rest of the poll goes unseen.
        context.uc_mcontext.gregs[libc::REG_RIP as usize] -= 2;
    }
    // SAFETY: as above.
    unsafe { *errno = before };
    if stays_armed {
        arm(observer.selector());
    }
}

/// Has the call made in our stead when the handler returns, or makes it; `false`
/// if it can do neither.
fn resume(observer: &dyn Observer, context: &mut libc::ucontext_t) -> bool {
    let trap = trap(context);
    let mut result = 0;
    let is_made = observer.around(&trap, &mut || result = call(trap.number, trap.arguments));
    let pc = match trap.number as i64 {
        _ if is_made => {
            set(context, libc::REG_RAX, result);
            return true;
        }
        libc::SYS_rt_sigprocmask => {
            let result = change_mask(&trap, context);
            set(context, libc::REG_RAX, result);
            return true;
        }
        // It finds its frame by the stack pointer, and does not come back.
        libc::SYS_rt_sigreturn => buttress_sync_io_0_1_bare as *const () as usize as u64,
        // Its child has another stack, or shares ours: no address to return to
        // may stand there.
        libc::SYS_clone | libc::SYS_clone3 | libc::SYS_fork | libc::SYS_vfork => {
            let Some(stub) = fork_stub(trap.registers.pc) else {
                return false;
            };
            stub
        }
        _ => {
            // Which the call is free to change anyway. Not the stack: the frame
            // of this handler, with the vector registers, ends right below the
            // red zone.
            set(context, libc::REG_RCX, trap.registers.pc);
            buttress_sync_io_0_1_stub as *const () as usize as u64
        }
    };
    set(context, libc::REG_RIP, pc);
    true
}

fn trap(context: &libc::ucontext_t) -> Trap {
    let get = |register: i32| context.uc_mcontext.gregs[register as usize] as u64;
    Trap {
        number: get(libc::REG_RAX),
        arguments: [
            get(libc::REG_RDI),
            get(libc::REG_RSI),
            get(libc::REG_RDX),
            get(libc::REG_R10),
            get(libc::REG_R8),
            get(libc::REG_R9),
        ],
        registers: Registers {
            pc: get(libc::REG_RIP),
            sp: get(libc::REG_RSP),
            bp: get(libc::REG_RBP),
        },
    }
}

fn set(context: &mut libc::ucontext_t, register: i32, value: u64) {
    context.uc_mcontext.gregs[register as usize] = value as i64;
}

/// Makes a call from the allowed range.
fn call(number: u64, arguments: [u64; 6]) -> u64 {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: what the thread was about to call, with its own arguments.
    unsafe { buttress_sync_io_0_1_call(number, a, b, c, d, e, f) }
}

/// `rt_sigprocmask`, but SIGSYS stays unblocked: a trap while it is blocked ends
/// the process, and the C library blocks everything when it starts a thread or
/// a process.
fn change_mask(trap: &Trap, context: &mut libc::ucontext_t) -> u64 {
    let mut arguments = trap.arguments;
    let mut wanted = 0_u64;
    let mut bytes = [0; 8];
    let is_read = super::read_memory(arguments[1], &mut bytes) == 8;
    if arguments[1] != 0 && is_read {
        wanted = u64::from_ne_bytes(bytes);
        if arguments[0] != libc::SIG_UNBLOCK as u64 {
            wanted &= !SIGSYS_BIT;
        }
        arguments[1] = ptr::from_ref(&wanted) as usize as u64;
    }
    // This handler blocks nothing, so the mask in force is the thread's.
    let result = call(trap.number, arguments);
    // It ends with the mask in its frame, so that has to be the new one.
    let mask = ptr::from_mut(&mut context.uc_sigmask) as usize as u64;
    call(trap.number, [0, 0, mask, 8, 0, 0]);
    let _ = &wanted;
    result
}

/// What was there before us gets what is not ours.
unsafe fn chain(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    const DEFAULT: usize = libc::SIG_DFL;
    const IGNORE: usize = libc::SIG_IGN;
    match PREVIOUS.get() {
        Some(previous) if previous.handler == IGNORE => {}
        None
        | Some(Action {
            handler: DEFAULT, ..
        }) => {
            let default = Action {
                handler: DEFAULT,
                flags: 0,
                restorer: 0,
                mask: 0,
            };
            action_of(signal, Some(&default));
            // SAFETY: it takes no pointers. The process ends here, as it would
            // have without us.
            unsafe { libc::raise(signal) };
        }
        // SAFETY: the process has installed it for this signal; a handler that
        // did not ask for the other two arguments does not look at them.
        Some(previous) => unsafe {
            let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) =
                mem::transmute(previous.handler);
            handler(signal, info, context);
        },
    }
}

/// Where each of the stubs returns to; set once, by the place that calls.
static FORK_RETURNS: [AtomicU64; FORKS] = [const { AtomicU64::new(0) }; FORKS];

/// The stub for a place that starts threads or processes; `None` if there are
/// too many.
fn fork_stub(returns_to: u64) -> Option<u64> {
    let index = FORK_RETURNS.iter().position(|slot| {
        let set = slot.compare_exchange(0, returns_to, AcqRel, Acquire);
        set.is_ok() || set == Err(returns_to)
    })?;
    let first = buttress_sync_io_0_1_forks as *const () as usize as u64;
    Some(first + FORK_STUB * index as u64)
}

/// The length of one stub for forks.
const FORK_STUB: u64 = 8;

fn allowed() -> (u64, u64) {
    let start = buttress_sync_io_0_1_start as *const () as usize as u64;
    let end = buttress_sync_io_0_1_end as *const () as usize as u64;
    (start, end)
}

unsafe extern "C" {
    fn buttress_sync_io_0_1_start();
    fn buttress_sync_io_0_1_call(n: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> u64;
    fn buttress_sync_io_0_1_stub();
    fn buttress_sync_io_0_1_bare();
    fn buttress_sync_io_0_1_restorer();
    fn buttress_sync_io_0_1_forks();
    fn buttress_sync_io_0_1_end();
}

// SAFETY: functions of a section of their own, which nothing else is put into.
// `call` follows the C calling convention. The others are only ever returned to
// by the handler, with the registers of a trapped call: they change none but
// those that every system call does, and the stack pointer as it was before.
//
// The restorer has to be these nine bytes, without unwind information: that is
// how unwinders know the frame of a signal.
global_asm!(
    ".pushsection .text.buttress_sync_io,\"ax\",@progbits",
    ".balign 64",
    ".hidden buttress_sync_io_0_1_start",
    ".globl buttress_sync_io_0_1_start",
    ".hidden buttress_sync_io_0_1_call",
    ".globl buttress_sync_io_0_1_call",
    ".hidden buttress_sync_io_0_1_stub",
    ".globl buttress_sync_io_0_1_stub",
    ".hidden buttress_sync_io_0_1_bare",
    ".globl buttress_sync_io_0_1_bare",
    ".hidden buttress_sync_io_0_1_restorer",
    ".globl buttress_sync_io_0_1_restorer",
    ".hidden buttress_sync_io_0_1_forks",
    ".globl buttress_sync_io_0_1_forks",
    ".hidden buttress_sync_io_0_1_end",
    ".globl buttress_sync_io_0_1_end",
    "buttress_sync_io_0_1_start:",
    "buttress_sync_io_0_1_call:",
    ".cfi_startproc",
    "mov rax, rdi",
    "mov rdi, rsi",
    "mov rsi, rdx",
    "mov rdx, rcx",
    "mov r10, r8",
    "mov r8, r9",
    "mov r9, [rsp + 8]",
    "syscall",
    "ret",
    ".cfi_endproc",
    ".balign 16",
    "buttress_sync_io_0_1_stub:",
    ".cfi_startproc",
    ".cfi_def_cfa rsp, 0",
    ".cfi_register rip, rcx",
    "lea rsp, [rsp - {red_zone}]",
    ".cfi_adjust_cfa_offset {red_zone}",
    "push rcx",
    ".cfi_adjust_cfa_offset 8",
    ".cfi_offset rip, -({red_zone} + 8)",
    "syscall",
    "ret {red_zone}",
    ".cfi_endproc",
    ".balign 16",
    "buttress_sync_io_0_1_bare:",
    "syscall",
    "ud2",
    ".balign 16",
    "nop",
    "buttress_sync_io_0_1_restorer:",
    ".byte 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05",
    ".balign 16",
    "buttress_sync_io_0_1_forks:",
    ".set index, 0",
    ".rept {forks}",
    "syscall",
    "jmp qword ptr [rip + {returns} + index]",
    ".set index, index + 8",
    ".endr",
    "buttress_sync_io_0_1_end:",
    "nop",
    ".popsection",
    forks = const FORKS,
    red_zone = const RED_ZONE,
    returns = sym FORK_RETURNS,
);
