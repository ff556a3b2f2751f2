//! Python's ways to take texts apart: `split`, `rsplit`, `splitlines`, `partition`.

use minijinja::value::{Tuple, Value};
use minijinja::{Error, ErrorKind};

use crate::arguments::Arguments;

fn empty_separator() -> Error {
    Error::new(ErrorKind::InvalidOperation, "empty separator")
}

/// `split` and `rsplit`: at a text or at blanks, at most `maxsplit` times.
pub fn split(text: &str, args: &[Value], from_end: bool) -> Result<Value, Error> {
    let arguments = Arguments::of_call(args, &["sep", "maxsplit"])?;
    let most = arguments.get::<i64>(1)?.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX - 1);
    let parts: Vec<&str> = match (arguments.text(0)?, from_end) {
        (Some(""), _) => return Err(empty_separator()),
        (Some(separator), false) => text.splitn(most + 1, separator).collect(),
        (Some(separator), true) => reversed(text.rsplitn(most + 1, separator).collect()),
        (None, false) => split_at_blanks(text, most),
        (None, true) => reversed(rsplit_at_blanks(text, most)),
    };
    Ok(parts.into_iter().map(Value::from).collect())
}

fn reversed(mut parts: Vec<&str>) -> Vec<&str> {
    parts.reverse();
    parts
}

fn split_at_blanks(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let cut = if parts.len() == most { None } else { rest.find(char::is_whitespace) };
        let end = cut.unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    parts
}

fn rsplit_at_blanks(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() {
        let cut = if parts.len() == most { None } else { rest.rfind(char::is_whitespace) };
        let start = cut.map_or(0, |at| at + rest[at..].chars().next().map_or(1, char::len_utf8));
        parts.push(&rest[start..]);
        rest = rest[..cut.unwrap_or(0)].trim_end();
    }
    parts
}

pub fn splitlines(text: &str, args: &[Value]) -> Result<Value, Error> {
    let keep_ends = Arguments::of_call(args, &["keepends"])?.get(0)?.unwrap_or(false);
    Ok(lines(text, keep_ends).into_iter().map(Value::from).collect())
}

/// The lines by any of Unicode's line ends.
pub fn lines(text: &str, keep_ends: bool) -> Vec<&str> {
    const ENDS: [char; 10] =
        ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.find(ENDS).unwrap_or(rest.len());
        let size = match rest[line..].chars().next() {
            Some('\r') if rest[line + 1..].starts_with('\n') => 2,
            Some(c) => c.len_utf8(),
            None => 0,
        };
        lines.push(if keep_ends { &rest[..line + size] } else { &rest[..line] });
        rest = &rest[line + size..];
    }
    lines
}

/// `partition` and `rpartition`: before, the separator, and after.
pub fn partition(text: &str, args: &[Value], from_end: bool) -> Result<Value, Error> {
    let arguments = Arguments::of_call(args, &["sep"])?;
    let separator = arguments.required_text(0)?;
    if separator.is_empty() {
        return Err(empty_separator());
    }
    let found = if from_end { text.rsplit_once(separator) } else { text.split_once(separator) };
    let parts = match found {
        Some((before, after)) => [before, separator, after],
        None if from_end => ["", "", text],
        None => [text, "", ""],
    };
    Ok(Value::from(Tuple::new(parts.map(Value::from).to_vec())))
}
