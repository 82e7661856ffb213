/// Smooth weighted round robin, as nginx has it: each gains its weight at each turn, the
/// richest is chosen and pays what all have gained.
#[derive(Clone, Debug)]
pub(crate) struct Smooth(Vec<f64>);

impl Smooth {
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![0.0; count])
    }

    /// One of so many as this was made for, which is not zero. They have these weights,
    /// which sum up to `sum`.
    pub(crate) fn next(&mut self, weights: &[f64], sum: f64) -> usize {
        let (mut best, mut most) = (0, f64::NEG_INFINITY);
        for (index, (credit, weight)) in self.0.iter_mut().zip(weights).enumerate() {
            *credit += weight;
            if *credit > most {
                (best, most) = (index, *credit);
            }
        }
        if let Some(credit) = self.0.get_mut(best) {
            *credit -= sum;
        }
        best
    }
}
