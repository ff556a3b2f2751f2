//! The methods of Python's own types.

use minijinja::value::{from_args, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};
use minijinja_contrib::pycompat;

use crate::arguments::Arguments;
use crate::string_case::{question, swapcase, title};
use crate::string_search::search;
use crate::string_space::{expand_tabs, justify};
use crate::string_split::{partition, split, splitlines};

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// Methods that the engine's own list of Python's methods lacks or has with fewer arguments.
pub fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let found = match (value.kind(), value.as_str()) {
        (_, Some(text)) => string_method(state, text, name, args)?,
        (ValueKind::Seq | ValueKind::Map, _) if name == "copy" => {
            let () = from_args(args)?;
            Some(value.clone()) // values of templates never change
        }
        (ValueKind::Seq, _) if name == "index" => Some(list_index(value, args)?),
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
        "split" | "rsplit" => split(text, args, name == "rsplit")?,
        "splitlines" => splitlines(text, args)?,
        "partition" | "rpartition" => partition(text, args, name == "rpartition")?,
        "ljust" | "rjust" | "center" | "zfill" => {
            let (width, fill): (i64, Option<&str>) = from_args(args)?;
            Value::from(justify(state, text, name, width, fill)?)
        }
        "expandtabs" => {
            let size = Arguments::of_call(args, &["tabsize"])?.get(0)?;
            Value::from(expand_tabs(state, text, size.unwrap_or(8))?)
        }
        "swapcase" | "casefold" | "title" => {
            let () = from_args(args)?;
            Value::from(match name {
                "swapcase" => swapcase(text),
                "title" => title(text),
                _ => text.to_lowercase().replace('ß', "ss"),
            })
        }
        _ => match question(text, name) {
            Some(answer) => {
                let () = from_args(args)?;
                Value::from(answer)
            }
            None => return search(text, name, args),
        },
    };
    Ok(Some(result))
}

fn list_index(value: &Value, args: &[Value]) -> Result<Value, Error> {
    let (wanted, start): (&Value, Option<usize>) = from_args(args)?;
    let mut items = value.try_iter()?.enumerate().skip(start.unwrap_or(0));
    let place = items.find(|(_, item)| item == wanted);
    Ok(Value::from(place.ok_or_else(|| wrong("the value is not in the list"))?.0))
}
