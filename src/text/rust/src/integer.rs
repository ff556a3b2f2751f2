//! Integers beyond the engine's 128 bits: they keep their digits, but cannot be computed with.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr, Value};

/// The decimal digits, perhaps after a minus, without leading zeros.
#[derive(Debug)]
pub struct Integer(String);

impl Integer {
    /// The integer that the digits spell.
    pub fn value_of(digits: &str) -> Value {
        match digits.parse::<i64>() {
            Ok(integer) => Value::from(integer),
            Err(_) => match digits.parse::<i128>() {
                Ok(integer) => Value::from(integer),
                Err(_) => Value::from_object(Integer(digits.to_owned())),
            },
        }
    }

    pub fn to_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Object for Integer {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Integer>()?;
        let rank = |integer: &str| (!integer.starts_with('-'), integer.len());
        let sizes = rank(&self.0).cmp(&rank(&other.0));
        let order = sizes.then_with(|| self.0.cmp(&other.0));
        let both_negative = self.0.starts_with('-') && other.0.starts_with('-');
        Some(if both_negative { order.reverse() } else { order })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
