//! Objects of JSON files, read as Python reads them: of equal keys the last counts.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The members of these names; none for those that are absent or null.
pub fn members<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> serde_json::Result<[Option<&'a RawValue>; N]> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let found = Members(names).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(found)
}

/// A member's value.
pub fn required<'a, T: Deserialize<'a>>(
    member: Option<&'a RawValue>,
    name: &'static str,
) -> serde_json::Result<T> {
    match optional(member)? {
        Some(value) => Ok(value),
        None => Err(serde::de::Error::missing_field(name)),
    }
}

/// A member's value, if it is there.
pub fn optional<'a, T: Deserialize<'a>>(member: Option<&'a RawValue>) -> serde_json::Result<Option<T>> {
    member.map(|json| serde_json::from_str(json.get())).transpose()
}

struct Members<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Members<'_, N> {
    type Value = [Option<&'de RawValue>; N];
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Members<'_, N> {
    type Value = [Option<&'de RawValue>; N];
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(key) = map.next_key::<String>()? {
            match self.0.iter().position(|name| *name == key) {
                Some(index) => {
                    found[index] = Some(map.next_value::<&RawValue>()?).filter(|v| v.get() != "null")
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}
