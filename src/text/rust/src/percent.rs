//! `"%s and %d" % (a, b)`: the template engine has the formatting, but not the operator. In the source it
//! becomes a filter, `"%s and %d"|percent((a, b))`, which binds as tightly as its operands here do.

use minijinja::formatting::{format, FormatStyle};
use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::python::repr;

/// Python's `left % right`.
pub fn percent(state: &mut State, left: &Value, right: &Value) -> Result<Value, Error> {
    let Some(text) = left.as_str() else { return modulo(left, right) };
    let mut arguments: Vec<Value> = match right.downcast_object_ref::<Tuple>() {
        Some(tuple) => tuple.iter().cloned().collect(),
        None => vec![right.clone()],
    };
    state.consume_fuel(text.len() as u64 / 64)?;
    let text = without_reprs(text, &mut arguments);
    format(FormatStyle::Printf, &text, &arguments).map(Value::from)
}

/// The engine's formatting has no `%r`: it becomes `%s` of the argument's repr.
fn without_reprs(text: &str, arguments: &mut [Value]) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut nth, mut inside, mut in_name) = (0, false, false);
    for c in text.chars() {
        let mut c = c;
        if inside && (in_name || c == '(') {
            in_name = c != ')';
        } else if inside {
            match c {
                '%' => inside = false,
                '*' => nth += 1,
                c if c.is_ascii_alphabetic() && !"hlL".contains(c) => {
                    inside = false;
                    nth += 1;
                }
                _ => {}
            }
            if !inside && (c == 'r' || c == 'a') {
                if let Some(argument) = arguments.get_mut(nth - 1) {
                    *argument = Value::from(repr(argument));
                }
                c = 's';
            }
        } else if c == '%' {
            inside = true;
        }
        out.push(c);
    }
    out
}

fn modulo(left: &Value, right: &Value) -> Result<Value, Error> {
    let failed = || {
        let (a, b) = (left.kind(), right.kind());
        Error::new(ErrorKind::InvalidOperation, format!("% cannot be applied to {a} and {b}"))
    };
    if left.kind() != ValueKind::Number || right.kind() != ValueKind::Number {
        return Err(failed());
    }
    if left.is_integer() && right.is_integer() {
        let (a, b) = (i128::try_from(left.clone())?, i128::try_from(right.clone())?);
        let rest = a.checked_rem(b).ok_or_else(failed)?;
        return Ok(Value::from(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }));
    }
    let (a, b) = (f64::try_from(left.clone())?, f64::try_from(right.clone())?);
    if b == 0.0 {
        return Err(failed());
    }
    Ok(Value::from(a - b * (a / b).floor()))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Name,
    Sign,
}

#[derive(Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn is(&self, text: &str) -> bool {
        self.kind == Kind::Sign && self.text == text
    }
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The source with filters for operators.
pub fn with_percent_filters(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(start) = find_tag(source, at) {
        let (tokens, end) = read_tag(source, start + 2);
        let mut copied = at;
        for (from, to, text) in edits(&tokens) {
            out.push_str(&source[copied..from]);
            out.push_str(text);
            copied = to;
        }
        out.push_str(&source[copied..end]);
        at = end;
        if tokens.first().is_some_and(|t| t.text == "raw") {
            let raw_end = source[at..].find("endraw").map_or(source.len(), |i| at + i);
            out.push_str(&source[at..raw_end]);
            at = raw_end;
        }
    }
    out.push_str(&source[at..]);
    out
}

/// The next `{{` or `{%`; comments are passed over.
fn find_tag(source: &str, mut at: usize) -> Option<usize> {
    while let Some(found) = source[at..].find('{') {
        let start = at + found;
        match source.as_bytes().get(start + 1) {
            Some(b'{' | b'%') => return Some(start),
            Some(b'#') => at = source[start..].find("#}").map(|i| start + i + 2)?,
            _ => at = start + 1,
        }
    }
    None
}

/// The tokens of a tag, and where it ends.
fn read_tag(source: &str, mut at: usize) -> (Vec<Token<'_>>, usize) {
    let bytes = source.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let mut braces = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        let byte = bytes[at];
        let closes = rest.starts_with("%}") || (braces == 0 && rest.starts_with("}}"));
        if closes {
            return (tokens, at);
        }
        let size = match byte {
            b'\'' | b'"' => text_size(rest),
            b'0'..=b'9' => rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len()),
            _ if byte == b'_' || byte.is_ascii_alphabetic() => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ if rest.starts_with("**") || rest.starts_with("//") => 2,
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        braces += match byte {
            b'{' => 1,
            b'}' => -1,
            _ => 0,
        };
        let kind = match byte {
            b'\'' | b'"' => Kind::Text,
            b'0'..=b'9' => Kind::Number,
            _ if byte == b'_' || byte.is_ascii_alphabetic() => Kind::Name,
            _ => Kind::Sign,
        };
        if !byte.is_ascii_whitespace() {
            tokens.push(Token { kind, text: &rest[..size], start: at });
        }
        at += size;
    }
    (tokens, bytes.len())
}

/// Bytes of a quoted text with its quotes.
fn text_size(rest: &str) -> usize {
    let quote = rest.as_bytes()[0];
    let mut at = 1;
    while at < rest.len() && rest.as_bytes()[at] != quote {
        at += if rest.as_bytes()[at] == b'\\' { 2 } else { 1 };
    }
    let mut end = (at + 1).min(rest.len());
    while !rest.is_char_boundary(end) {
        end += 1;
    }
    end
}

/// What takes the place of which bytes, in order.
fn edits(tokens: &[Token]) -> Vec<(usize, usize, &'static str)> {
    let mut edits = Vec::new();
    let mut free = 0; // the first token that is in no operand yet
    for (i, token) in tokens.iter().enumerate() {
        if !token.is("%") || i < free {
            continue;
        }
        let (Some(first), Some(last)) = (left_operand(tokens, i), right_operand(tokens, i + 1)) else {
            continue;
        };
        if first < free || !stands_alone(tokens, first) {
            continue;
        }
        edits.push((tokens[i - 1].end(), tokens[i + 1].start, "|percent("));
        edits.push((tokens[last].end(), tokens[last].end(), ")"));
        free = last + 1;
    }
    edits
}

/// No operator that binds as tightly stands before the operand.
fn stands_alone(tokens: &[Token], first: usize) -> bool {
    let Some(before) = first.checked_sub(1).map(|i| tokens[i]) else { return true };
    if ["*", "/", "//", "%", "**"].iter().any(|sign| before.is(sign)) {
        return false;
    }
    let unary = !(first >= 2 && ends_operand(tokens[first - 2]));
    !((before.is("-") || before.is("+")) && unary)
}

fn ends_operand(token: Token) -> bool {
    const WORDS: [&str; 9] = ["and", "or", "not", "in", "is", "if", "else", "elif", "set"];
    match token.kind {
        Kind::Name => !WORDS.contains(&token.text),
        Kind::Text | Kind::Number => true,
        Kind::Sign => token.is(")") || token.is("]"),
    }
}

/// The first token of the operand that ends before token `end`.
fn left_operand(tokens: &[Token], end: usize) -> Option<usize> {
    let mut at = end.checked_sub(1)?;
    loop {
        if !ends_operand(tokens[at]) {
            return None;
        }
        if tokens[at].kind == Kind::Sign {
            at = opening(tokens, at)?;
            match at.checked_sub(1) {
                Some(before) if ends_operand(tokens[before]) => {
                    at = before;
                    continue;
                }
                _ => return Some(at),
            }
        }
        match at.checked_sub(1) {
            Some(before) if at >= 2 && (tokens[before].is(".") || tokens[before].is("|")) => at -= 2,
            _ => return Some(at),
        }
    }
}

fn opening(tokens: &[Token], closing: usize) -> Option<usize> {
    let mut depth = 0;
    for i in (0..=closing).rev() {
        if tokens[i].is(")") || tokens[i].is("]") || tokens[i].is("}") {
            depth += 1;
        } else if tokens[i].is("(") || tokens[i].is("[") || tokens[i].is("{") {
            depth -= 1;
            if depth == 0 {
                return Some(i);
            }
        }
    }
    None
}

fn closing(tokens: &[Token], opening: usize) -> Option<usize> {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(opening) {
        if token.is("(") || token.is("[") || token.is("{") {
            depth += 1;
        } else if token.is(")") || token.is("]") || token.is("}") {
            depth -= 1;
            if depth == 0 {
                return Some(i);
            }
        }
    }
    None
}

/// The last token of the operand that begins at token `start`.
fn right_operand(tokens: &[Token], start: usize) -> Option<usize> {
    let mut at = start;
    while tokens.get(at)?.is("-") || tokens[at].is("+") {
        at += 1;
    }
    if tokens[at].kind == Kind::Sign {
        if !(tokens[at].is("(") || tokens[at].is("[") || tokens[at].is("{")) {
            return None;
        }
        at = closing(tokens, at)?;
    }
    while let Some(next) = tokens.get(at + 1) {
        if next.is("(") || next.is("[") {
            at = closing(tokens, at + 1)?;
        } else if (next.is(".") || next.is("|")) && tokens.len() > at + 2 {
            at += 2;
        } else {
            break;
        }
    }
    Some(at)
}
