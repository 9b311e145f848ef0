//! Merge-patch members: absent keeps, null clears, a value sets (RFC 7396, C06).

use serde::{Deserialize, Deserializer};

/// One member of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The member was absent.
    #[default]
    Keep,
    /// The member was null.
    Clear,
    /// The member had a value.
    Set(T),
}

impl<T> Patch<T> {
    /// Applies the patch to a member that may be empty.
    pub fn onto(self, member: &mut Option<T>) {
        match self {
            Patch::Keep => {}
            Patch::Clear => *member = None,
            Patch::Set(value) => *member = Some(value),
        }
    }

    /// The new value, if one was given.
    pub fn set(&self) -> Option<&T> {
        match self {
            Patch::Set(value) => Some(value),
            Patch::Keep | Patch::Clear => None,
        }
    }
}

/// Applies an optional member of a patch to a member that is never empty.
pub fn replace<T>(new: Option<T>, member: &mut T) {
    if let Some(value) = new {
        *member = value;
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Patch::Clear, Patch::Set))
    }
}

// Schemas show defaults, and a default is shown by writing it; a patch has none to show.
impl<T> serde::Serialize for Patch<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}
