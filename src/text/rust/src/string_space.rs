//! Python's ways to fill texts with blanks.

use minijinja::{Error, ErrorKind, State};

/// `ljust`, `rjust`, `center` and `zfill`.
pub fn justify(
    state: &State,
    text: &str,
    how: &str,
    width: i64,
    fill: Option<&str>,
) -> Result<String, Error> {
    let fill = if how == "zfill" { "0" } else { fill.unwrap_or(" ") };
    if fill.chars().count() != 1 {
        return Err(Error::new(ErrorKind::InvalidOperation, "the fill must be exactly one character long"));
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

pub fn expand_tabs(state: &State, text: &str, size: i64) -> Result<String, Error> {
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
