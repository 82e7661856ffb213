//! Memory that brotli gives back and gets again.

use brotli::enc::{Allocator, BrotliAlloc, SliceWrapper, SliceWrapperMut};
use std::{
    any::{Any, TypeId},
    mem,
};

/// An allocator for brotli that keeps the small things given back to it, so that
/// the second small body takes next to no memory from the heap. Of large ones a
/// fresh allocation, which the kernel has cleared, costs less than to clear it.
#[derive(Default)]
pub(super) struct Recycler {
    /// For each type of element `T` a `Vec<Vec<T>>`.
    shelves: Vec<(TypeId, Box<dyn Any + Send>)>,
    kept: usize,
}

impl Recycler {
    /// Bytes kept at most.
    const LIMIT: usize = 192 * 1024;
    /// Those of the largest that is kept: the copy of an input of 64 KiB.
    const LARGEST: usize = 66 * 1024;

    fn shelf<T: Send + 'static>(&mut self) -> &mut Vec<Vec<T>> {
        let id = TypeId::of::<T>();
        let known = self.shelves.iter().position(|(other, _)| *other == id);
        let at = known.unwrap_or_else(|| {
            let shelf: Vec<Vec<T>> = Vec::new();
            self.shelves.push((id, Box::new(shelf)));
            self.shelves.len() - 1
        });
        // A shelf is found by the type that it was made for.
        self.shelves[at].1.downcast_mut().expect("a shelf of T")
    }

    /// The smallest that is large enough.
    fn take<T: Send + 'static>(&mut self, len: usize) -> Option<Vec<T>> {
        let shelf = self.shelf::<T>();
        let (at, _) = shelf
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.capacity() >= len)
            .min_by_key(|(_, cell)| cell.capacity())?;
        let cell = shelf.swap_remove(at);
        self.kept -= size(&cell);
        Some(cell)
    }
}

impl<T: Clone + Default + Send + 'static> Allocator<T> for Recycler {
    type AllocatedMemory = Cell<T>;

    /// brotli expects default values, as from a fresh allocation.
    fn alloc_cell(&mut self, len: usize) -> Cell<T> {
        if len == 0 {
            return Cell::default();
        }
        Cell(match self.take(len) {
            Some(mut cell) => {
                cell.clear();
                cell.resize(len, T::default());
                cell
            }
            None => vec![T::default(); len],
        })
    }

    fn free_cell(&mut self, cell: Cell<T>) {
        let size = size(&cell.0);
        if (1..=Self::LARGEST).contains(&size) && self.kept + size <= Self::LIMIT {
            self.kept += size;
            self.shelf().push(cell.0);
        }
    }
}

impl BrotliAlloc for Recycler {}

fn size<T>(cell: &Vec<T>) -> usize {
    cell.capacity() * mem::size_of::<T>()
}

/// Memory on loan to brotli.
pub(super) struct Cell<T>(Vec<T>);

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> SliceWrapper<T> for Cell<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Cell<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}
