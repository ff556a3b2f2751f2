//! Functions of Jinja2 and Hugging Face that minijinja lacks or does differently.

use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::arguments::Arguments;

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
pub fn center(state: &mut State, text: &str, width: Option<i64>) -> Result<Value, Error> {
    let width = Value::from(width.unwrap_or(80));
    crate::python::method(state, &Value::from(text), "center", &[width])
}

/// Lines of at most `width` characters, cut at blanks; a longer word is cut, unless it must not be.
pub fn wordwrap(text: &str, placed: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let options = Arguments::of(&placed, &named, &names)?;
    let width = options.get(0)?.unwrap_or(79usize).max(1);
    let cut_words = options.get(1)?.unwrap_or(true);
    let newline = options.value(2).map_or("\n".to_owned(), Value::to_string);
    let hyphens = options.get(3)?.unwrap_or(true);
    let lines = text.lines().map(|line| wrap(line, width, cut_words, hyphens).join(&newline));
    Ok(lines.collect::<Vec<_>>().join(&newline))
}

/// Words, blanks between them, and the parts of words before hyphens.
fn chunks(line: &str, hyphens: bool) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for c in line.chars() {
        let begins = match chunks.last() {
            None => true,
            Some(last) => {
                let blank = last.ends_with(char::is_whitespace);
                let after_hyphen = hyphens
                    && c.is_alphanumeric()
                    && last.ends_with('-')
                    && last.trim_end_matches('-').ends_with(char::is_alphabetic);
                blank != c.is_whitespace() || after_hyphen
            }
        };
        if begins {
            chunks.push(String::new());
        }
        chunks.last_mut().expect("one was pushed").push(c);
    }
    chunks
}

fn wrap(line: &str, width: usize, cut_words: bool, hyphens: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut waiting: std::collections::VecDeque<String> = chunks(line, hyphens).into();
    while let Some(chunk) = waiting.pop_front() {
        let used = current.chars().count();
        let size = chunk.chars().count();
        let blank = chunk.chars().all(char::is_whitespace);
        if blank && used == 0 && !lines.is_empty() {
            continue;
        }
        if used + size <= width {
            current.push_str(&chunk);
        } else if size > width && cut_words && !blank {
            let room = width.saturating_sub(used).max(1);
            if used < width {
                current.extend(chunk.chars().take(room));
                waiting.push_front(chunk.chars().skip(room).collect());
            } else {
                waiting.push_front(chunk);
            }
            lines.push(std::mem::take(&mut current).trim_end().to_owned());
        } else if used == 0 {
            lines.push(chunk.trim_end().to_owned());
        } else {
            if !blank {
                waiting.push_front(chunk);
            }
            lines.push(std::mem::take(&mut current).trim_end().to_owned());
        }
    }
    if !current.trim_end().is_empty() {
        lines.push(current.trim_end().to_owned());
    }
    lines
}

extern "C" {
    /// POSIX: localtime_r need not look at the time zone by itself.
    fn tzset();
}

/// As Python's `datetime.now().strftime(format)`, in local time.
pub fn strftime(format: &str, now: i64) -> Result<String, Error> {
    let refusal =
        || Error::new(ErrorKind::InvalidOperation, "strftime_now was given a format that cannot be used");
    let format = std::ffi::CString::new(format).map_err(|_| refusal())?;
    let mut buffer = [0u8; 256];
    // SAFETY: `time` and `buffer` are valid for writing, and strftime ends within the buffer or returns 0.
    let size = unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        tzset();
        if libc::localtime_r(&now, &mut time).is_null() {
            return Err(refusal());
        }
        libc::strftime(buffer.as_mut_ptr().cast(), buffer.len(), format.as_ptr(), &time)
    };
    String::from_utf8(buffer[..size].to_vec()).map_err(|_| refusal())
}
