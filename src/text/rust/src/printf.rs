//! Python's `"%5.2f and %(name)s" % arguments`.

use std::iter::Peekable;
use std::str::Chars;

use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::digits::{float_digits, whole_digits, Float};
use crate::repr::{escape, repr, string};

fn refusal(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// The text with its fields filled: from a tuple's items, a mapping's members, or the one value `right`.
pub fn printf(state: &State, text: &str, right: &Value) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    let mut source = text.chars().peekable();
    let mut arguments = Arguments::of(right);
    while let Some(c) = source.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let field = Field::read(&mut source, &mut arguments)?;
        if field.conversion == '%' {
            out.push('%');
            continue;
        }
        state.consume_fuel(1 + ((field.width + field.precision.unwrap_or(0)) / 64) as u64)?;
        let value = match &field.key {
            Some(key) => right.get_item(&Value::from(key.as_str()))?,
            None => arguments.next()?,
        };
        out.push_str(&field.padded(field.written(state, &value)?));
        state.consume_fuel((out.len() / 4096) as u64)?;
    }
    if !arguments.placed.is_empty() && !matches!(right.kind(), ValueKind::Map) && !arguments.is_list {
        return Err(refusal("not all arguments were converted during formatting"));
    }
    Ok(out)
}

struct Arguments {
    placed: std::collections::VecDeque<Value>,
    /// Python lets a list stand unused, as it could be indexed.
    is_list: bool,
}

impl Arguments {
    fn of(right: &Value) -> Arguments {
        match right.downcast_object_ref::<Tuple>() {
            Some(tuple) => Arguments { placed: tuple.iter().cloned().collect(), is_list: false },
            None => {
                let is_list = right.kind() == ValueKind::Seq;
                Arguments { placed: [right.clone()].into(), is_list }
            }
        }
    }

    fn next(&mut self) -> Result<Value, Error> {
        self.placed.pop_front().ok_or_else(|| refusal("there are not enough arguments for the format string"))
    }
}

#[derive(Default)]
struct Field {
    key: Option<String>,
    minus: bool,
    plus: bool,
    blank: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

/// A converted value: what stands before the digits, and whether zeros may fill.
struct Written {
    prefix: String,
    text: String,
    is_number: bool,
}

impl Field {
    fn read(source: &mut Peekable<Chars>, arguments: &mut Arguments) -> Result<Field, Error> {
        let mut field = Field::default();
        if source.next_if_eq(&'(').is_some() {
            field.key = Some(read_key(source)?);
        }
        while let Some(flag) = source.next_if(|c| "-+ #0".contains(*c)) {
            match flag {
                '-' => field.minus = true,
                '+' => field.plus = true,
                ' ' => field.blank = true,
                '#' => field.alternate = true,
                _ => field.zero = true,
            }
        }
        let width = read_count(source, arguments)?.unwrap_or(0);
        field.minus |= width < 0;
        field.width = width.unsigned_abs() as usize;
        if source.next_if_eq(&'.').is_some() {
            field.precision = Some(read_count(source, arguments)?.unwrap_or(0).max(0) as usize);
        }
        source.next_if(|c| "hlL".contains(*c));
        field.conversion = source.next().ok_or_else(|| refusal("the format string is incomplete"))?;
        Ok(field)
    }

    fn written(&self, state: &State, value: &Value) -> Result<Written, Error> {
        match self.conversion {
            's' | 'r' | 'a' => {
                let text = match self.conversion {
                    's' => string(state, value)?.to_string(),
                    'r' => repr(state, value)?,
                    _ => ascii(&repr(state, value)?),
                };
                let size = self.precision.unwrap_or(usize::MAX);
                let text = text.chars().take(size).collect();
                Ok(Written { prefix: String::new(), text, is_number: false })
            }
            'c' => Ok(Written { prefix: String::new(), text: character(value)?, is_number: false }),
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
                let (negative, mut digits) = whole_digits(value, self.conversion)?;
                let missing = self.precision.unwrap_or(0).saturating_sub(digits.len());
                digits.insert_str(0, &"0".repeat(missing));
                let base = match self.conversion {
                    'o' if self.alternate => "0o",
                    'x' if self.alternate => "0x",
                    'X' if self.alternate => "0X",
                    _ => "",
                };
                let prefix = format!("{}{base}", self.sign(negative));
                Ok(Written { prefix, text: digits, is_number: true })
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let form = Float {
                    style: self.conversion.to_ascii_lowercase(),
                    precision: self.precision.unwrap_or(6),
                    alternate: self.alternate,
                };
                let (negative, text) = float_digits(value, &form)?;
                let upper = self.conversion.is_ascii_uppercase();
                let text = if upper { text.to_uppercase() } else { text };
                Ok(Written { prefix: self.sign(negative).to_owned(), text, is_number: true })
            }
            other => Err(refusal(format!("%{other} is no format"))),
        }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match () {
            () if negative => "-",
            () if self.plus => "+",
            () if self.blank => " ",
            () => "",
        }
    }

    fn padded(&self, Written { prefix, text, is_number }: Written) -> String {
        let missing = self.width.saturating_sub(prefix.chars().count() + text.chars().count());
        let blanks = " ".repeat(missing);
        match () {
            () if self.minus => format!("{prefix}{text}{blanks}"),
            () if self.zero && is_number => format!("{prefix}{}{text}", "0".repeat(missing)),
            () => format!("{blanks}{prefix}{text}"),
        }
    }
}

/// A key in parentheses, which may hold further ones.
fn read_key(source: &mut Peekable<Chars>) -> Result<String, Error> {
    let mut key = String::new();
    let mut depth = 1;
    for c in source {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Ok(key);
        }
        key.push(c);
    }
    Err(refusal("a key of the format string is incomplete"))
}

/// A width or a precision: digits, or `*` for the next argument.
fn read_count(source: &mut Peekable<Chars>, arguments: &mut Arguments) -> Result<Option<i32>, Error> {
    if source.next_if_eq(&'*').is_some() {
        return i32::try_from(arguments.next()?).map(Some);
    }
    let mut digits = String::new();
    while let Some(digit) = source.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| refusal("a width or precision of the format string is too large"))
}

fn character(value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str().filter(|text| text.chars().count() == 1) {
        return Ok(text.to_owned());
    }
    let code = value.is_integer().then(|| u32::try_from(value.clone()).ok()).flatten();
    let c = code.and_then(char::from_u32).ok_or_else(|| refusal("%c needs a character or its number"))?;
    Ok(c.to_string())
}

/// All that is not ASCII escaped.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect()
}
