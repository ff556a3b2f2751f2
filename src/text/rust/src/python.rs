//! What Python's own types do in a template: methods, tests and how they print.

use minijinja::value::{from_args, Tuple, Value, ValueKind};
use minijinja::{escape_formatter, Error, ErrorKind, Output, State};
use minijinja_contrib::pycompat;

use crate::json::python_float;

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

fn is_float(value: &Value) -> bool {
    value.kind() == ValueKind::Number && !value.is_integer()
}

fn float_text(value: &Value) -> Result<String, Error> {
    let number = f64::try_from(value.clone())?;
    Ok(match number {
        _ if number.is_nan() => "nan".to_owned(),
        _ if number.is_infinite() => if number > 0.0 { "inf" } else { "-inf" }.to_owned(),
        _ => python_float(number),
    })
}

/// Floats print as in Python, alone and in lists and mappings of plain values.
pub fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if is_float(value) {
        return out.write_str(&float_text(value)?).map_err(Error::from);
    }
    match floats_as_text(value, 0)? {
        Some(text) => out.write_str(&text).map_err(Error::from),
        None => escape_formatter(out, state, value),
    }
}

/// Python's `str(value)`.
pub fn string(value: &Value) -> Result<Value, Error> {
    if value.kind() == ValueKind::String {
        return Ok(value.clone());
    }
    if is_float(value) {
        return float_text(value).map(Value::from);
    }
    Ok(Value::from(floats_as_text(value, 0)?.unwrap_or_else(|| value.to_string())))
}

/// A container that holds floats, as Python prints it; nothing for all others.
fn floats_as_text(value: &Value, depth: usize) -> Result<Option<String>, Error> {
    const DEPTH_MAX: usize = 8;
    if depth == DEPTH_MAX
        || !matches!(value.kind(), ValueKind::Seq | ValueKind::Map)
        || !holds_floats(value, depth)?
    {
        return Ok(None);
    }
    let item_text = |item: &Value| -> Result<String, Error> {
        if is_float(item) {
            return float_text(item);
        }
        Ok(floats_as_text(item, depth + 1)?.unwrap_or_else(|| repr(item)))
    };
    let mut items = Vec::new();
    for item in value.try_iter()? {
        items.push(match value.kind() {
            ValueKind::Map => format!("{}: {}", repr(&item), item_text(&value.get_item(&item)?)?),
            _ => item_text(&item)?,
        });
    }
    let text = items.join(", ");
    Ok(Some(if value.kind() == ValueKind::Map {
        format!("{{{text}}}")
    } else if value.downcast_object_ref::<Tuple>().is_some() {
        format!("({text}{})", if items.len() == 1 { "," } else { "" })
    } else {
        format!("[{text}]")
    }))
}

/// Python's `repr(item)`: as an item of a list prints.
pub fn repr(item: &Value) -> String {
    let list = Value::from(vec![item.clone()]).to_string();
    list[1..list.len() - 1].to_owned()
}

fn holds_floats(value: &Value, depth: usize) -> Result<bool, Error> {
    if depth > 8 {
        return Ok(false);
    }
    for item in value.try_iter()? {
        let item = if value.kind() == ValueKind::Map { value.get_item(&item)? } else { item };
        let inside = matches!(item.kind(), ValueKind::Seq | ValueKind::Map);
        if is_float(&item) || (inside && holds_floats(&item, depth + 1)?) {
            return Ok(true);
        }
    }
    Ok(false)
}
