//! The counting allocator counts.

use buttress_testing::alloc::{CountingAllocator, Counts, live_bytes, measure};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn allocations_growth_and_what_is_freed_are_counted() {
    let (_, counts) = measure(|| ());
    assert_eq!(counts, Counts::default());

    let (mut numbers, counts) = measure(|| Vec::<u8>::with_capacity(100));
    assert_eq!(
        (counts.allocations, counts.bytes, counts.freed),
        (1, 100, 0)
    );

    let ((), counts) = measure(|| {
        numbers.resize(100, 1);
        numbers.reserve_exact(50);
    });
    assert_eq!((counts.allocations, counts.bytes), (1, 50));
    assert_eq!(counts.live(), 50);

    let ((), counts) = measure(|| drop(numbers));
    assert_eq!(
        (counts.allocations, counts.freed, counts.live()),
        (0, 150, -150)
    );
}

#[test]
fn other_threads_do_not_disturb_a_measurement() {
    let (_, counts) = measure(|| {
        let work = || drop(std::hint::black_box(vec![0_u8; 1 << 20]));
        std::thread::scope(|scope| scope.spawn(work).join().unwrap());
    });
    assert!(counts.bytes < 1 << 20, "{counts:?}");
}

#[test]
fn live_bytes_are_those_of_all_threads() {
    let held = std::thread::spawn(|| vec![0_u8; 1 << 24]).join().unwrap();
    assert!(live_bytes() >= held.len());
}
