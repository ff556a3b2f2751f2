//! The digits of numbers as C and Python format them.

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::integer::Integer;

/// Rust formats with up to this many decimals.
const PRECISION_MAX: usize = u16::MAX as usize;

fn refusal(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// Whether the number is negative, and its digits: octal for `o`, hexadecimal for `x` and `X`, else decimal.
/// Floats lose their fraction where Python allows it.
pub fn whole_digits(value: &Value, conversion: char) -> Result<(bool, String), Error> {
    let no_number = || refusal(format!("%{conversion} needs a number, not {}", value.kind()));
    let decimal = match value.kind() {
        ValueKind::Bool => u8::from(value.is_true()).to_string(),
        ValueKind::Number if value.is_integer() => value.to_string(),
        ValueKind::Number if "diu".contains(conversion) => {
            let number = f64::try_from(value.clone())?;
            if !number.is_finite() {
                return Err(refusal("infinity and NaN have no integer"));
            }
            (number.trunc() + 0.0).to_string()
        }
        _ => value.downcast_object_ref::<Integer>().ok_or_else(no_number)?.to_string(),
    };
    let digits = decimal.trim_start_matches('-');
    let negative = digits.len() < decimal.len();
    if "diu".contains(conversion) {
        return Ok((negative, digits.to_owned()));
    }
    let number: u128 = digits.parse().map_err(|_| refusal("the number is too large for %o, %x and %X"))?;
    let digits = match conversion {
        'o' => format!("{number:o}"),
        'x' => format!("{number:x}"),
        _ => format!("{number:X}"),
    };
    Ok((negative, digits))
}

/// How a float is written: style `e`, `f` or `g`.
pub struct Float {
    pub style: char,
    pub precision: usize,
    /// With a point in any case, and with all zeros in style `g`.
    pub alternate: bool,
}

/// Whether the number is negative, and its digits.
pub fn float_digits(value: &Value, form: &Float) -> Result<(bool, String), Error> {
    let number = match value.downcast_object_ref::<Integer>() {
        Some(integer) => integer.to_f64(),
        None if value.kind() == ValueKind::Bool => f64::from(u8::from(value.is_true())),
        None => f64::try_from(value.clone())?,
    };
    if form.precision > PRECISION_MAX {
        return Err(refusal("the precision is too large"));
    }
    let size = number.abs();
    let text = match form.style {
        _ if number.is_nan() => return Ok((false, "nan".to_owned())),
        _ if number.is_infinite() => "inf".to_owned(),
        'e' => scientific(size, form.precision, form.alternate),
        'f' => with_point(format!("{size:.*}", form.precision), form.alternate),
        _ => general(size, form.precision.max(1), form.alternate),
    };
    Ok((number.is_sign_negative(), text))
}

fn with_point(mut text: String, wanted: bool) -> String {
    if wanted && !text.contains('.') {
        text.push('.');
    }
    text
}

fn scientific(size: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{size:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    with_exponent(with_point(digits.to_owned(), alternate), exponent.parse().unwrap_or(0))
}

fn with_exponent(digits: String, exponent: i32) -> String {
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// C's %g: `precision` digits, with an exponent when the number is small or needs more digits.
fn general(size: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{size:.*e}", precision - 1);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: String| match text.contains('.') && !alternate {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => with_point(text, alternate),
    };
    if exponent < -4 || i64::from(exponent) >= precision as i64 {
        return with_exponent(trimmed(digits.to_owned()), exponent);
    }
    let decimals = (precision as i64 - 1 - i64::from(exponent)).max(0) as usize;
    trimmed(format!("{size:.decimals$}"))
}
