//! A list that stays bounded: the first items to come, and how many more there were.

/// At most so many items.
#[derive(Debug)]
pub struct Capped<T> {
    /// Those that are kept, in the order they came.
    pub items: Vec<T>,
    /// How many were left out.
    pub omitted: u64,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self { items: Vec::new(), omitted: 0 }
    }
}

impl<T> Capped<T> {
    /// Takes an item in, or counts it when there are `max` already.
    pub fn push(&mut self, item: T, max: usize) {
        if self.items.len() < max {
            self.items.push(item);
        } else {
            self.omitted += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Capped;

    #[test]
    fn the_first_items_stay_and_the_others_are_counted() {
        let mut list = Capped::default();
        (0..5).for_each(|number| list.push(number, 3));
        assert_eq!((list.items, list.omitted), (vec![0, 1, 2], 2));
    }
}
