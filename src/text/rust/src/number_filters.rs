//! Jinja2's filters `int` and `float`.

use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::Error;

use crate::arguments::Arguments;
use crate::integer::Integer;

/// The value without its fraction, a text read in `base`; what is no number becomes `default`.
pub fn int(value: &Value, placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::of(&placed, &named, &["default", "base"])?;
    let base = arguments.get(1)?.unwrap_or(10);
    let found = match value.kind() {
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default().trim();
            parsed(text, base).or_else(|| truncated(text.parse().ok()?))
        }
        ValueKind::Bool => Some(Value::from(i64::from(value.is_true()))),
        ValueKind::Number if !value.is_integer() => truncated(f64::try_from(value.clone())?),
        ValueKind::Number => Some(value.clone()),
        _ if value.downcast_object_ref::<Integer>().is_some() => Some(value.clone()),
        _ => None,
    };
    Ok(found.unwrap_or_else(|| arguments.given(0).cloned().unwrap_or_else(|| Value::from(0))))
}

/// The value as a float; what is no number becomes `default`.
pub fn float(value: &Value, placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::of(&placed, &named, &["default"])?;
    let found = match (value.as_str(), value.downcast_object_ref::<Integer>()) {
        (Some(text), _) => text.trim().parse().ok(),
        (_, Some(integer)) => Some(integer.to_f64()),
        _ if value.kind() == ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        _ if value.kind() == ValueKind::Number => Some(f64::try_from(value.clone())?),
        _ => None,
    };
    let default = || arguments.given(0).cloned().unwrap_or_else(|| Value::from(0.0));
    Ok(found.map_or_else(default, Value::from))
}

fn truncated(number: f64) -> Option<Value> {
    number.is_finite().then(|| Integer::value_of(&(number.trunc() + 0.0).to_string()))
}

/// As Python's `int(text, base)`: a sign, a prefix that fits the base, single `_` between digits.
fn parsed(text: &str, base: u32) -> Option<Value> {
    let (minus, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let prefix = match base {
        2 => ["0b", "0B"],
        8 => ["0o", "0O"],
        16 => ["0x", "0X"],
        _ => [" ", " "],
    };
    let digits = prefix.iter().find_map(|prefix| rest.strip_prefix(prefix)).unwrap_or(rest);
    let grouped = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let digits = digits.replace('_', "");
    if !grouped || !(2..=36).contains(&base) || digits.is_empty() || !digits.chars().all(|c| c.is_digit(base))
    {
        return None;
    }
    if base == 10 {
        let significant = digits.trim_start_matches('0');
        return Some(Integer::value_of(&format!(
            "{minus}{}",
            if significant.is_empty() { "0" } else { significant }
        )));
    }
    i128::from_str_radix(&format!("{minus}{digits}"), base)
        .ok()
        .map(|number| Integer::value_of(&number.to_string()))
}
