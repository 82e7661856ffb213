/// Smooth weighted round robin, as nginx has it: each gains its weight at each turn, the
/// richest is chosen and pays what all have gained.
#[derive(Clone, Debug)]
pub(crate) struct Smooth(Vec<f64>);

impl Smooth {
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![0.0; count])
    }

    /// One of so many as this was made for, which is not zero.
    pub(crate) fn next(&mut self, weight: impl Fn(usize) -> f64) -> usize {
        let (mut best, mut all) = (0, 0.0);
        for index in 0..self.0.len() {
            let weight = weight(index);
            all += weight;
            self.0[index] += weight;
            if self.0[index] > self.0[best] {
                best = index;
            }
        }
        self.0[best] -= all;
        best
    }
}
