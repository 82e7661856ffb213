/// Copies memory of this process that may not be there; how many bytes it got.
///
/// The kernel does the reading, so neither a wrong address nor a thread that
/// writes at the same time is a fault: the bytes are then those of some moment.
pub(crate) fn read_memory(address: u64, into: &mut [u8]) -> usize {
    let local = libc::iovec {
        iov_base: into.as_mut_ptr().cast(),
        iov_len: into.len(),
    };
    let remote = libc::iovec {
        iov_base: address as usize as *mut libc::c_void,
        iov_len: into.len(),
    };
    // SAFETY: `local` is a buffer that is ours alone for the length of the call;
    // `remote` is only looked at by the kernel, which answers EFAULT for what is
    // not mapped.
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) };
    usize::try_from(read).unwrap_or(0)
}
