//! Things under names, in the order of the names. Few at a time, so a list will do: a tree for each kind
//! of thing would be a third of the code that a page has to load.

use crate::prelude::*;

/// Things under names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Shelf<T>(Vec<(String, T)>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Shelf<T> {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(there, _)| there.as_str().cmp(name))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        let place = self.place(name).ok()?;
        self.0.get(place).map(|(_, thing)| thing)
    }

    pub(crate) fn put(&mut self, name: &str, thing: T) {
        match self.place(name) {
            Ok(place) => {
                if let Some((_, there)) = self.0.get_mut(place) {
                    *there = thing;
                }
            }
            Err(place) => self.0.insert(place, (name.to_owned(), thing)),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<T> {
        let place = self.place(name).ok()?;
        Some(self.0.remove(place).1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, thing)| (name.as_str(), thing))
    }
}

/// Things of which there is one for each name that is asked for. The latest is at hand.
#[derive(Debug, Default)]
pub(crate) struct Each<T> {
    name: String,
    at_hand: T,
    others: Shelf<T>,
}

impl<T: Default> Each<T> {
    /// The one of that name.
    pub(crate) fn of(&mut self, name: &str) -> &mut T {
        if self.name != name {
            let next = self.others.take(name).unwrap_or_default();
            let last = core::mem::replace(&mut self.at_hand, next);
            self.others.put(&core::mem::replace(&mut self.name, name.to_owned()), last);
        }
        &mut self.at_hand
    }

    /// The one of that name, if it was asked for before.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        if self.name == name { Some(&self.at_hand) } else { self.others.get(name) }
    }

    /// Every name that was asked for, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let others = self.others.iter().map(|(name, _)| name);
        let all = others.chain([self.name.as_str()]).filter(|name| !name.is_empty());
        let mut names = Shelf::default();
        for name in all {
            names.put(name, ());
        }
        names.0.into_iter().map(|(name, ())| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_each_name() {
        let mut each = Each::<u8>::default();
        for (name, thing) in [("b", 1), ("a", 2), ("b", 3)] {
            *each.of(name) += thing;
        }
        assert_eq!((each.get("a"), each.get("b"), each.get("c")), (Some(&2), Some(&4), None));
        assert_eq!(each.names(), ["a", "b"]);
        assert_eq!((*each.of("a"), *each.of("b")), (2, 4));
    }

    #[test]
    fn things_are_found_by_name_and_are_in_the_order_of_names() {
        let mut shelf = Shelf::default();
        for (name, thing) in [("b", 1), ("a", 2), ("b", 3)] {
            shelf.put(name, thing);
        }
        assert_eq!(shelf.iter().collect::<Vec<_>>(), [("a", &2), ("b", &3)]);
        assert_eq!((shelf.get("b"), shelf.get("c")), (Some(&3), None));
        assert_eq!((shelf.take("a"), shelf.take("a")), (Some(2), None));
    }
}
