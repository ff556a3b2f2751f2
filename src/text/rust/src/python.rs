//! What Python's own types do in a template: methods and tests.

use minijinja::value::{from_args, Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};
use minijinja_contrib::pycompat;

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// Methods that the engine's own list of Python's methods lacks.
pub fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let found = match (value.kind(), value.as_str()) {
        (_, Some(text)) => string_method(state, text, name, args)?,
        (ValueKind::Seq, _) => list_method(value, name, args)?,
        _ => None,
    };
    match found {
        Some(result) => Ok(result),
        None => pycompat::unknown_method_callback(state, value, name, args),
    }
}

fn string_method(state: &State, text: &str, name: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    let result = match name {
        "removeprefix" => {
            let (start,): (&str,) = from_args(args)?;
            Value::from(text.strip_prefix(start).unwrap_or(text))
        }
        "removesuffix" => {
            let (end,): (&str,) = from_args(args)?;
            Value::from(text.strip_suffix(end).unwrap_or(text))
        }
        "rsplit" => {
            let (separator, most): (Option<&str>, Option<i64>) = from_args(args)?;
            Value::from(rsplit(text, separator, most)?)
        }
        "index" | "rindex" => {
            let (part,): (&str,) = from_args(args)?;
            let at = if name == "index" { text.find(part) } else { text.rfind(part) };
            let at = at.ok_or_else(|| wrong("substring not found"))?;
            Value::from(text[..at].chars().count())
        }
        "partition" | "rpartition" => {
            let (part,): (&str,) = from_args(args)?;
            if part.is_empty() {
                return Err(wrong("empty separator"));
            }
            let first = name == "partition";
            let found = if first { text.split_once(part) } else { text.rsplit_once(part) };
            let parts = match found {
                Some((before, after)) => [before, part, after],
                None if first => [text, "", ""],
                None => ["", "", text],
            };
            Value::from(Tuple::new(parts.map(Value::from).to_vec()))
        }
        "ljust" | "rjust" | "center" | "zfill" => {
            let (width, fill): (i64, Option<&str>) = from_args(args)?;
            Value::from(justify(state, text, name, width, fill)?)
        }
        "swapcase" => {
            let () = from_args(args)?;
            let swap = |c: char| -> String {
                if c.is_uppercase() {
                    c.to_lowercase().collect()
                } else {
                    c.to_uppercase().collect()
                }
            };
            Value::from(text.chars().map(swap).collect::<String>())
        }
        "casefold" => {
            let () = from_args(args)?;
            Value::from(text.to_lowercase().replace('ß', "ss"))
        }
        "isdecimal" => {
            let () = from_args(args)?;
            Value::from(!text.is_empty() && text.chars().all(char::is_numeric))
        }
        "expandtabs" => {
            let (size,): (Option<i64>,) = from_args(args)?;
            Value::from(expand_tabs(state, text, size.unwrap_or(8))?)
        }
        _ => return Ok(None),
    };
    Ok(Some(result))
}

fn rsplit(text: &str, separator: Option<&str>, most: Option<i64>) -> Result<Vec<String>, Error> {
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX - 1);
    let mut parts: Vec<String> = match separator {
        Some("") => return Err(wrong("empty separator")),
        Some(separator) => text.rsplitn(most + 1, separator).map(str::to_owned).collect(),
        None => {
            let mut parts = Vec::new();
            let mut rest = text.trim_end();
            while !rest.is_empty() {
                let cut = if parts.len() == most { None } else { rest.rfind(char::is_whitespace) };
                let start = cut.map_or(0, |at| at + rest[at..].chars().next().map_or(1, char::len_utf8));
                parts.push(rest[start..].to_owned());
                rest = rest[..cut.unwrap_or(0)].trim_end();
            }
            parts
        }
    };
    parts.reverse();
    Ok(parts)
}

fn justify(state: &State, text: &str, how: &str, width: i64, fill: Option<&str>) -> Result<String, Error> {
    let fill = if how == "zfill" { "0" } else { fill.unwrap_or(" ") };
    if fill.chars().count() != 1 {
        return Err(wrong("the fill character must be exactly one character long"));
    }
    let size = text.chars().count();
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(size);
    state.consume_fuel(missing as u64 / 64)?;
    let left = match how {
        "ljust" => 0,
        // As CPython rounds it.
        "center" => missing / 2 + (missing & usize::try_from(width).unwrap_or(0) & 1),
        _ => missing,
    };
    let (sign, text) = match text.strip_prefix(['+', '-']) {
        Some(rest) if how == "zfill" => (&text[..1], rest),
        _ => ("", text),
    };
    Ok(format!("{sign}{}{text}{}", fill.repeat(left), fill.repeat(missing - left)))
}

fn expand_tabs(state: &State, text: &str, size: i64) -> Result<String, Error> {
    let size = usize::try_from(size).unwrap_or(0);
    state.consume_fuel((text.matches('\t').count() * size / 64) as u64)?;
    let (mut out, mut column) = (String::new(), 0usize);
    for c in text.chars() {
        if c != '\t' {
            column = if c == '\n' || c == '\r' { 0 } else { column + 1 };
            out.push(c);
        } else if let Some(over) = column.checked_rem(size) {
            out.push_str(&" ".repeat(size - over));
            column += size - over;
        }
    }
    Ok(out)
}

fn list_method(value: &Value, name: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    if name != "index" {
        return Ok(None);
    }
    let (wanted,): (&Value,) = from_args(args)?;
    let place = value.try_iter()?.position(|item| item == *wanted);
    Ok(Some(Value::from(place.ok_or_else(|| wrong("the value is not in the list"))?)))
}

/// As Jinja2's test: whatever has a length and items, so texts and mappings too.
pub fn is_sequence(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::String | ValueKind::Seq | ValueKind::Map | ValueKind::Undefined)
}
