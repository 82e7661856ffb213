//! Without the counting allocator nothing is measured, and that is told.

#[test]
#[should_panic(expected = "not the global allocator")]
fn measuring_without_the_allocator_panics() {
    let _ = buttress_testing::alloc::measure(|| vec![1]);
}
