//! Filters of Jinja2 that minijinja lacks or does differently.

use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Error, ErrorKind, State};

use crate::arguments::Arguments;
use crate::repr::string;
use crate::string_space::justify;

/// Jinja2's, which keeps a newline at the end.
pub fn indent(state: &State, text: &str, placed: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::of(&placed, &named, &["width", "first", "blank"])?;
    let first = arguments.get(1)?.unwrap_or(false);
    let blank = arguments.get(2)?.unwrap_or(false);
    let unit = match arguments.value(0).and_then(Value::as_str) {
        Some(unit) => unit.to_owned(),
        None => " ".repeat(arguments.get::<u8>(0)?.unwrap_or(4).into()),
    };
    state.consume_fuel((unit.len() * text.matches('\n').count() / 64) as u64)?;
    let indented = |(i, line): (usize, &str)| {
        let skip = if i == 0 { !first } else { line.is_empty() && !blank };
        if skip {
            line.to_owned()
        } else {
            format!("{unit}{line}")
        }
    };
    Ok(text.split('\n').enumerate().map(indented).collect::<Vec<_>>().join("\n"))
}

/// At most `length` characters, the last of which are `end`; `leeway` more are let pass.
pub fn truncate(text: &str, placed: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let options = Arguments::of(&placed, &named, &["length", "killwords", "end", "leeway"])?;
    let length = options.get(0)?.unwrap_or(255usize);
    let kill_words = options.get(1)?.unwrap_or(false);
    let end = options.value(2).map_or("...".to_owned(), Value::to_string);
    let leeway = options.get(3)?.unwrap_or(5usize);
    let size = end.chars().count();
    if length < size {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "truncate: the length is less than that of the end",
        ));
    }
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text.to_owned());
    }
    let start: String = text.chars().take(length - size).collect();
    let kept =
        if kill_words { start.as_str() } else { start.rsplit_once(' ').map_or(start.as_str(), |cut| cut.0) };
    Ok(format!("{kept}{end}"))
}

/// In the middle of `width` characters, as Python's `str.center`.
pub fn center(state: &State, value: &Value, placed: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let width = Arguments::of(&placed, &named, &["width"])?.get(0)?.unwrap_or(80);
    justify(state, &string(state, value)?.to_string(), "center", width, None)
}

/// How many runs of letters, digits and `_` there are.
pub fn wordcount(state: &State, value: &Value) -> Result<usize, Error> {
    let text = string(state, value)?.to_string();
    Ok(text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).count())
}
