//! How Python prints values: `str(value)` and `repr(value)`.

use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{escape_formatter, Error, ErrorKind, Output, State};

const DEPTH_MAX: usize = 200;

/// Prints `{{ value }}`.
pub fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Number | ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            out.write_str(&repr(state, value)?).map_err(Error::from)
        }
        _ => escape_formatter(out, state, value),
    }
}

/// Python's `str(value)`; a text stays itself.
pub fn string(state: &State, value: &Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => Ok(value.clone()),
        ValueKind::Number | ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            repr(state, value).map(Value::from)
        }
        _ => Ok(Value::from(value.to_string())),
    }
}

/// Python's `repr(value)`: as an item of a list prints.
pub fn repr(state: &State, value: &Value) -> Result<String, Error> {
    let mut writer = Writer { state, out: String::new(), depth: 0, paid: 0 };
    writer.value(value)?;
    Ok(writer.out)
}

struct Writer<'a> {
    state: &'a State<'a, 'a>,
    out: String,
    depth: usize,
    paid: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        // Paid before it is written: shared parts can make a small value huge.
        self.state.consume_fuel(1 + ((self.out.len() - self.paid) / 64) as u64)?;
        self.paid = self.out.len();
        match value.kind() {
            ValueKind::Undefined => self.out.push_str("Undefined"),
            ValueKind::String => self.text(value.as_str().unwrap_or_default()),
            ValueKind::Number if !value.is_integer() => {
                self.out.push_str(&float_text(f64::try_from(value.clone())?));
            }
            ValueKind::Seq | ValueKind::Iterable if value.len().is_some() => {
                let is_tuple = value.downcast_object_ref::<Tuple>().is_some();
                let (open, close) = if is_tuple { ("(", ")") } else { ("[", "]") };
                self.container(open, value, |writer, item| writer.value(&item))?;
                self.out.push_str(if is_tuple && value.len() == Some(1) { ",)" } else { close });
            }
            ValueKind::Map => {
                self.container("{", value, |writer, key| {
                    writer.value(&key)?;
                    writer.out.push_str(": ");
                    writer.value(&value.get_item(&key)?)
                })?;
                self.out.push('}');
            }
            _ => self.out.push_str(&value.to_string()),
        }
        Ok(())
    }

    fn container(
        &mut self,
        open: &str,
        value: &Value,
        mut write: impl FnMut(&mut Self, Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.depth == DEPTH_MAX {
            let message = "the value is nested too deeply to be printed";
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
        self.depth += 1;
        self.out.push_str(open);
        for (i, item) in value.try_iter()?.enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            write(self, item)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
        self.out.push(quote);
        for c in text.chars() {
            match c {
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\\' => self.out.push_str("\\\\"),
                c if c == quote => self.out.extend(['\\', c]),
                c if is_printable(c) => self.out.push(c),
                c => self.out.push_str(&escape(c)),
            }
        }
        self.out.push(quote);
    }
}

/// A character as Python escapes it.
pub fn escape(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// Python's `isprintable`. Rust's own escapes go by the same Unicode categories, but also escape a first
/// character that would combine with one before.
pub fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        c if c.is_ascii() => false,
        c => !['a', c].iter().collect::<String>().escape_debug().any(|escaped| escaped == '\\'),
    }
}

/// Python's `repr` of a float: the fewest digits that tell it from others, at least one after the point,
/// exponents of two digits.
pub fn float_text(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string().to_lowercase();
    }
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
            format!("{}e{sign}{exponent:0>2}", digits.strip_suffix(".0").unwrap_or(digits))
        }
        None => text,
    }
}
