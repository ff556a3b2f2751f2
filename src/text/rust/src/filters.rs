//! Functions of Jinja2 and Hugging Face that minijinja lacks or does differently.

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

/// Jinja2's, which keeps a newline at the end.
pub fn indent(
    state: &State,
    text: &str,
    width: Value,
    first: Option<bool>,
    options: Kwargs,
) -> Result<String, Error> {
    let first = first.or(options.get("first")?).unwrap_or(false);
    let blank = options.get::<Option<bool>>("blank")?.unwrap_or(false);
    options.assert_all_used()?;
    let unit = match width.as_str() {
        Some(unit) => unit.to_owned(),
        None => " ".repeat(u8::try_from(width)?.into()),
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

/// As in Python: nothing to iterate in None, but an undefined variable is an empty sequence.
pub fn is_iterable(value: &Value) -> bool {
    use ValueKind::{Iterable, Map, Seq, String, Undefined};
    matches!(value.kind(), String | Seq | Map | Iterable | Undefined)
}

/// As Python's `datetime.now().strftime(format)`, in universal time.
pub fn strftime(format: &str, now: i64) -> Result<String, Error> {
    let refusal =
        || Error::new(ErrorKind::InvalidOperation, "strftime_now was given a format that cannot be used");
    let format = std::ffi::CString::new(format).map_err(|_| refusal())?;
    let mut buffer = [0u8; 256];
    // SAFETY: `time` and `buffer` are valid for writing, and strftime ends within the buffer or returns 0.
    let size = unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        if libc::gmtime_r(&now, &mut time).is_null() {
            return Err(refusal());
        }
        libc::strftime(buffer.as_mut_ptr().cast(), buffer.len(), format.as_ptr(), &time)
    };
    String::from_utf8(buffer[..size].to_vec()).map_err(|_| refusal())
}
