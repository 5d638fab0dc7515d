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

#[cfg(test)]
mod tests {
    use super::*;

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
