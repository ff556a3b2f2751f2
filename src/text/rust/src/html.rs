//! Jinja2's filters for the web: `striptags` and `urlencode`.

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, State};

use crate::repr::string;

/// The text without tags and comments, runs of blanks made one, and the commonest entities read.
pub fn striptags(state: &State, value: &Value) -> Result<String, Error> {
    let text = string(state, value)?.to_string();
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find('<') {
        let end = match rest[start..].strip_prefix("<!--") {
            Some(comment) => comment.find("-->").map(|at| start + 4 + at + 3),
            None => rest[start..].find('>').map(|at| start + at + 1),
        };
        let Some(end) = end else { break };
        kept.push_str(&rest[..start]);
        rest = &rest[end..];
    }
    kept.push_str(rest);
    Ok(without_entities(&kept.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn without_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(';').unwrap_or(0);
        match entity(&rest[1..end.max(1)]) {
            Some(c) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

/// A text quoted for a path, or a mapping or pairs as a query.
pub fn urlencode(state: &State, value: &Value) -> Result<String, Error> {
    if !matches!(value.kind(), ValueKind::Map | ValueKind::Seq | ValueKind::Iterable) {
        return Ok(quoted(&string(state, value)?.to_string(), "/"));
    }
    let query = |part: &Value| -> Result<String, Error> {
        Ok(quoted(&string(state, part)?.to_string(), "").replace("%20", "+"))
    };
    let mut fields = Vec::new();
    for item in value.try_iter()? {
        let (key, value) = match value.kind() {
            ValueKind::Map => (item.clone(), value.get_item(&item)?),
            _ => (item.get_item_by_index(0)?, item.get_item_by_index(1)?),
        };
        fields.push(format!("{}={}", query(&key)?, query(&value)?));
    }
    Ok(fields.join("&"))
}

fn quoted(text: &str, safe: &str) -> String {
    let quote = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || "_.-~".contains(c) || safe.contains(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(quote).collect()
}
