//! Python's ways to look into texts: `find`, `index`, `count`, `startswith` and their kin, within bounds.

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};

use crate::arguments::Arguments;

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// The part of the text from `start` to `end`, which count characters, negative ones from the text's end,
/// and how many characters stand before it. None when it would begin after its end.
fn part(text: &str, start: Option<i64>, end: Option<i64>) -> Option<(&str, usize)> {
    let size = text.chars().count() as i64;
    let place = |at: i64| if at < 0 { (at + size).max(0) } else { at };
    let (start, end) = (place(start.unwrap_or(0)), place(end.unwrap_or(size)).min(size));
    if start > end {
        return None;
    }
    let byte = |at: i64| text.char_indices().nth(at as usize).map_or(text.len(), |(byte, _)| byte);
    Some((&text[byte(start)..byte(end)], start as usize))
}

/// The method of this name, if it is one of these.
pub fn search(text: &str, name: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    if !["find", "rfind", "index", "rindex", "count", "startswith", "endswith"].contains(&name) {
        return Ok(None);
    }
    let arguments = Arguments::of_call(args, &["sub", "start", "end"])?;
    let part = part(text, arguments.get(1)?, arguments.get(2)?);
    let result = match (name, part) {
        ("startswith" | "endswith", part) => {
            let texts = alternatives(&arguments)?;
            let fits = |part: &str, text: &str| match name {
                "startswith" => part.starts_with(text),
                _ => part.ends_with(text),
            };
            Value::from(part.is_some_and(|(part, _)| texts.iter().any(|text| fits(part, text))))
        }
        ("count", part) => {
            let sub = arguments.required_text(0)?;
            Value::from(part.map_or(0, |(part, _)| part.matches(sub).count()))
        }
        (_, part) => {
            let sub = arguments.required_text(0)?;
            let find = |part: &str| if name.starts_with('r') { part.rfind(sub) } else { part.find(sub) };
            let at = part.and_then(|(part, skipped)| Some(skipped + part[..find(part)?].chars().count()));
            match at {
                Some(at) => Value::from(at),
                None if name.ends_with("index") => return Err(wrong("substring not found")),
                None => Value::from(-1),
            }
        }
    };
    Ok(Some(result))
}

/// One text or some in a tuple.
fn alternatives(arguments: &Arguments) -> Result<Vec<String>, Error> {
    let given = arguments.value(0).ok_or_else(|| Error::from(ErrorKind::MissingArgument))?;
    if let Some(text) = given.as_str() {
        return Ok(vec![text.to_owned()]);
    }
    let text =
        |item: Value| item.as_str().map(str::to_owned).ok_or_else(|| wrong("only texts can be looked for"));
    given.try_iter()?.map(text).collect()
}
