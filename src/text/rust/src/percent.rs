//! Python's `left % right`: a remainder or a formatted text.

use minijinja::value::{Kwargs, Rest, Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::printf::printf;
use crate::repr::string;

pub fn percent(state: &mut State, left: &Value, right: &Value) -> Result<Value, Error> {
    match left.as_str() {
        Some(text) => printf(state, text, right).map(Value::from),
        None => remainder(left, right),
    }
}

/// The filter `format`: `%` with the arguments, which are placed or named.
pub fn format(state: &mut State, text: &Value, placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let names: Vec<&str> = named.args().collect();
    let arguments = match (placed.is_empty(), names.is_empty()) {
        (_, true) => Value::from(Tuple::new(placed.to_vec())),
        (true, false) => {
            let pair = |name: &&str| Ok((name.to_string(), named.get::<Value>(name)?));
            Value::from_pairs(names.iter().map(pair).collect::<Result<Vec<_>, Error>>()?)
        }
        _ => return Err(Error::new(ErrorKind::TooManyArguments, "format takes placed or named arguments")),
    };
    let text = string(state, text)?;
    printf(state, text.as_str().unwrap_or_default(), &arguments).map(Value::from)
}

fn remainder(left: &Value, right: &Value) -> Result<Value, Error> {
    let failed = || {
        let (a, b) = (left.kind(), right.kind());
        Error::new(ErrorKind::InvalidOperation, format!("% cannot be applied to {a} and {b}"))
    };
    let is_number = |value: &Value| matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
    if !is_number(left) || !is_number(right) {
        return Err(failed());
    }
    let is_whole = |value: &Value| value.is_integer() || value.kind() == ValueKind::Bool;
    if is_whole(left) && is_whole(right) {
        let (a, b) = (i128::try_from(left.clone())?, i128::try_from(right.clone())?);
        let rest = a.checked_rem(b).ok_or_else(failed)?;
        return Ok(Value::from(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }));
    }
    let (a, b) = (f64::try_from(left.clone())?, f64::try_from(right.clone())?);
    if b == 0.0 {
        return Err(failed());
    }
    let rest = a % b;
    Ok(Value::from(match rest {
        0.0 => 0f64.copysign(b),
        _ if (rest < 0.0) != (b < 0.0) => rest + b,
        _ => rest,
    }))
}
