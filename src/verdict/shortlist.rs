//! Keeps a bounded number of findings, the heaviest first: a flood of notes must not push the proof of tampering out
//! of a report.

use super::code::Class;

const CLASSES: usize = Class::Tampered as usize + 1;

/// At most so many items, by class; of one class the first ones to come.
#[derive(Debug)]
pub struct Shortlist<T> {
    by_class: [Vec<T>; CLASSES],
    kept: usize,
    max: usize,
    omitted: u64,
}

impl<T> Shortlist<T> {
    /// Holds nothing yet, and at most `max` items later.
    pub fn with_room_for(max: usize) -> Self {
        Self { by_class: std::array::from_fn(|_| Vec::new()), kept: 0, max, omitted: 0 }
    }

    /// Takes an item in, unless it is full of items at least as heavy. Constant time.
    pub fn push(&mut self, class: Class, item: T) {
        if self.kept == self.max {
            self.omitted += 1;
            let Some(lighter) = self.by_class[..class as usize].iter_mut().find(|items| !items.is_empty()) else {
                return;
            };
            lighter.pop();
            self.kept -= 1;
        }
        self.by_class[class as usize].push(item);
        self.kept += 1;
    }

    /// How many items were left out.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// What is kept so far.
    pub fn items(&self) -> impl Iterator<Item = &T> {
        self.by_class.iter().flatten()
    }

    /// Everything that was kept, in no useful order.
    pub fn into_items(self) -> Vec<T> {
        self.by_class.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Shortlist};

    #[test]
    fn a_flood_of_notes_does_not_push_out_what_weighs_more() {
        let mut list = Shortlist::with_room_for(3);
        for number in 0..10 {
            list.push(Class::Note, number);
        }
        for number in 10..12 {
            list.push(Class::Tampered, number);
        }
        list.push(Class::Warning, 12);
        list.push(Class::Warning, 13);
        assert_eq!(list.omitted(), 11);
        assert_eq!(list.into_items(), [12, 10, 11]);
    }

    #[test]
    fn of_one_class_the_first_ones_stay() {
        let mut list = Shortlist::with_room_for(2);
        for number in 0..4 {
            list.push(Class::Tampered, number);
        }
        assert_eq!(list.omitted(), 2);
        assert_eq!(list.into_items(), [0, 1]);
    }

    #[test]
    fn a_list_without_room_keeps_nothing() {
        let mut list = Shortlist::with_room_for(0);
        list.push(Class::Tampered, 1);
        assert_eq!((list.omitted(), list.into_items().len()), (1, 0));
    }
}
