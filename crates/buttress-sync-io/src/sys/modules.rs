use std::{ffi::CStr, ops::Range, path::PathBuf, ptr};

/// An executable or a library in this process, as far as unwinding needs it.
pub(crate) struct Object {
    pub(crate) path: PathBuf,
    /// What is added to the addresses in the file.
    pub(crate) bias: u64,
    /// Where its code lies.
    pub(crate) code: Range<u64>,
    /// `.eh_frame_hdr` and `.eh_frame`: address in the file, and bytes.
    pub(crate) header: (u64, Vec<u8>),
    pub(crate) frames: (u64, Vec<u8>),
}

/// What the loader has loaded now.
pub(crate) fn loaded_objects() -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    // SAFETY: the callback gets this vector back and nothing else uses it
    // meanwhile. Panics cannot cross it: it does not call the app's code.
    unsafe {
        libc::dl_iterate_phdr(Some(collect), ptr::from_mut(&mut objects).cast());
    }
    objects
}

unsafe extern "C" fn collect(
    info: *mut libc::dl_phdr_info,
    _: libc::size_t,
    objects: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the loader gives a valid `info`, whose headers and name live at
    // least until this callback returns; `objects` is the vector from above.
    let (info, objects) = unsafe { (&*info, &mut *objects.cast::<Vec<Object>>()) };
    if info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: as above; the loader counts its headers.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    let loads = || {
        headers
            .iter()
            .filter(|header| header.p_type == libc::PT_LOAD)
    };
    let Some(code) = loads().find(|header| header.p_flags & libc::PF_X != 0) else {
        return 0;
    };
    let copy = |range: Range<u64>| {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or(0)];
        let read = super::read_memory(info.dlpi_addr + range.start, &mut bytes);
        bytes.truncate(read);
        (range.start, bytes)
    };
    let header = headers.iter().find(|h| h.p_type == libc::PT_GNU_EH_FRAME);
    let header = header.map_or(0..0, |h| h.p_vaddr..h.p_vaddr + h.p_memsz);
    let header = copy(header);
    let start = start_of_frames(&header).unwrap_or(0);
    let within =
        |load: &&libc::Elf64_Phdr| (load.p_vaddr..load.p_vaddr + load.p_filesz).contains(&start);
    let end = loads()
        .find(within)
        .map(|load| load.p_vaddr + load.p_filesz);
    let frames = copy(start..end.unwrap_or(start));
    objects.push(Object {
        path: path_of(info),
        bias: info.dlpi_addr,
        code: info.dlpi_addr + code.p_vaddr..info.dlpi_addr + code.p_vaddr + code.p_memsz,
        header,
        frames,
    });
    0
}

/// The address of `.eh_frame` by its header, in the one encoding that linkers
/// use: four bytes, relative to where they stand.
fn start_of_frames((address, header): &(u64, Vec<u8>)) -> Option<u64> {
    const VERSION_AND_RELATIVE: [u8; 2] = [1, 0x1b];
    if !header.starts_with(&VERSION_AND_RELATIVE) {
        return None;
    }
    let distance = i32::from_le_bytes(header.get(4..8)?.try_into().ok()?);
    (address + 4).checked_add_signed(distance.into())
}

fn path_of(info: &libc::dl_phdr_info) -> PathBuf {
    // SAFETY: the loader's name is null or ends with a zero.
    let name = (!info.dlpi_name.is_null()).then(|| unsafe { CStr::from_ptr(info.dlpi_name) });
    match name.map(CStr::to_bytes) {
        // The program itself.
        None | Some([]) => PathBuf::from("/proc/self/exe"),
        Some(name) => PathBuf::from(String::from_utf8_lossy(name).into_owned()),
    }
}
