//! The members of an object by type. A member of the wrong type is an error, never an absent one: that
//! is how checks get skipped.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::json::{Object, Value};

/// What `null` is, on which specifications differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Null {
    /// A member that was not said.
    NotSaid,
    /// A value of the wrong type, as any other.
    Wrong,
}

/// A member is there and not of the type it must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Wrong;

/// A member that is a string, if it is there. One reader for all who ask, whatever their error.
pub(crate) fn text(object: Object<'_>, name: &str) -> Result<Option<String>, Wrong> {
    match object.get(name) {
        Some(value) => value.string().map(|text| Some(text.into_owned())).ok_or(Wrong),
        None => Ok(None),
    }
}

/// A value that is a list of strings.
pub(crate) fn texts(value: Value<'_>) -> Option<Vec<String>> {
    let mut list = Vec::new();
    for item in value.array()? {
        list.push(item.string()?.into_owned());
    }
    Some(list)
}

/// An object whose members are read by type.
#[derive(Clone, Copy)]
pub(crate) struct Said<'t, E> {
    pub(crate) object: Object<'t>,
    pub(crate) null: Null,
    /// The error that names a member of the wrong type.
    pub(crate) wrong: fn(&'static str) -> E,
}

impl<'t, E> Said<'t, E> {
    pub(crate) fn get(&self, name: &str) -> Option<Value<'t>> {
        self.object.get(name).filter(|value| self.null == Null::Wrong || !value.is_null())
    }

    pub(crate) fn string(&self, name: &'static str) -> Result<Option<String>, E> {
        self.read(name, |value| value.string().map(Cow::into_owned))
    }

    pub(crate) fn integer(&self, name: &'static str) -> Result<Option<u64>, E> {
        self.read(name, Value::integer)
    }

    pub(crate) fn boolean(&self, name: &'static str) -> Result<Option<bool>, E> {
        self.read(name, Value::boolean)
    }

    /// A list of strings; one that was not said is empty.
    pub(crate) fn strings(&self, name: &'static str) -> Result<Vec<String>, E> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        texts(value).ok_or_else(|| (self.wrong)(name))
    }

    fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(Value<'t>) -> Option<T>,
    ) -> Result<Option<T>, E> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| (self.wrong)(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json;

    #[test]
    fn a_member_is_there_or_not_there_or_wrong() {
        let text = br#"{"s":"x","n":7,"b":true,"l":["x","y"],"o":["x",1],"z":null}"#;
        let object = json::parse_object(text).unwrap();
        for null in [Null::NotSaid, Null::Wrong] {
            let said = Said { object, null, wrong: |name| name };
            assert_eq!(said.string("s"), Ok(Some("x".into())));
            assert_eq!(said.integer("n"), Ok(Some(7)));
            assert_eq!(said.boolean("b"), Ok(Some(true)));
            assert_eq!(said.strings("l"), Ok(["x".into(), "y".into()].into()));
            assert_eq!((said.string("none"), said.strings("none")), (Ok(None), Ok(Vec::new())));
            assert_eq!((said.string("n"), said.integer("s")), (Err("n"), Err("s")));
            assert_eq!((said.boolean("n"), said.strings("s")), (Err("n"), Err("s")));
            assert_eq!(said.strings("o"), Err("o"));
            let (none, nothing) = match null {
                Null::NotSaid => (Ok(None), Ok(Vec::new())),
                Null::Wrong => (Err("z"), Err("z")),
            };
            assert_eq!((said.string("z"), said.strings("z")), (none, nothing));
        }
    }
}
