//! A template's variables from JSON, integers with all their digits, as Python has them.

use std::fmt;

use minijinja::value::Value;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::Deserializer as _;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Error};

use crate::integer::Integer;

const DEPTH_MAX: usize = 128;

pub fn read_context(json: &str) -> Result<Value, Error> {
    read(json, DEPTH_MAX)
}

fn read(json: &str, depth: usize) -> Result<Value, Error> {
    match json.trim_start().as_bytes().first() {
        Some(b'[' | b'{') if depth == 0 => Err(Error::custom("it is nested too deeply")),
        Some(b'[' | b'{') => {
            let mut source = Deserializer::from_str(json);
            let value = source.deserialize_any(Parts { depth: depth - 1 })?;
            source.end()?;
            Ok(value)
        }
        Some(b'-' | b'0'..=b'9') => read_number(json),
        _ => serde_json::from_str(json),
    }
}

fn read_number(json: &str) -> Result<Value, Error> {
    let text = json.trim();
    if !text.contains(['.', 'e', 'E']) {
        return Ok(Integer::value_of(text));
    }
    text.parse::<f64>().map(Value::from).map_err(Error::custom)
}

/// The items of an array or an object, of which the library gives the texts.
struct Parts {
    depth: usize,
}

impl<'de> Visitor<'de> for Parts {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(item) = items.next_element::<&RawValue>()? {
            values.push(read(item.get(), self.depth).map_err(A::Error::custom)?);
        }
        Ok(Value::from(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some((key, member)) = members.next_entry::<String, &RawValue>()? {
            values.push((key, read(member.get(), self.depth).map_err(A::Error::custom)?));
        }
        Ok(Value::from_pairs(values))
    }
}
