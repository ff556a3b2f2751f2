//! The tokens of a template's tags, for edits of its source (`operators.rs`).

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Text,
    Number,
    Name,
    Sign,
}

#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub start: usize,
}

impl Token<'_> {
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Sign | Kind::Name) && self.text == text
    }
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Where the next `{{` or `{%` begins; comments are passed over.
pub fn find_tag(source: &str, mut at: usize) -> Option<usize> {
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

/// The tokens of a tag from `at` on, and where it ends.
pub fn read_tag(source: &str, mut at: usize) -> (Vec<Token<'_>>, usize) {
    let bytes = source.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let mut braces = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        if rest.starts_with("%}") || (braces == 0 && rest.starts_with("}}")) {
            return (tokens, at);
        }
        let (kind, size) = match bytes[at] {
            b'\'' | b'"' => (Kind::Text, text_size(rest)),
            b'0'..=b'9' => {
                let index = tokens.last().is_some_and(|last| last.is("."));
                (Kind::Number, if index { digits(rest) } else { number_size(rest) })
            }
            byte if byte == b'_' || byte.is_ascii_alphabetic() => {
                (Kind::Name, rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()))
            }
            _ if rest.starts_with("**") || rest.starts_with("//") => (Kind::Sign, 2),
            _ => (Kind::Sign, rest.chars().next().map_or(1, char::len_utf8)),
        };
        braces += match bytes[at] {
            b'{' => 1,
            b'}' => -1,
            _ => 0,
        };
        if !bytes[at].is_ascii_whitespace() {
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

fn digits(rest: &str) -> usize {
    rest.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(rest.len())
}

/// Bytes of a number with its fraction and exponent. Other letters belong to it too, as in 0xFF.
fn number_size(rest: &str) -> usize {
    let mut size = digits(rest);
    if rest[size..].starts_with('.') && rest[size + 1..].starts_with(|c: char| c.is_ascii_digit()) {
        size += 1 + digits(&rest[size + 1..]);
    }
    if let Some(exponent) = rest[size..].strip_prefix(['e', 'E']) {
        let unsigned = exponent.trim_start_matches(['+', '-']);
        if exponent.len() - unsigned.len() <= 1 && unsigned.starts_with(|c: char| c.is_ascii_digit()) {
            size = rest.len() - unsigned.len() + digits(unsigned);
        }
    }
    size + rest[size..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len() - size)
}
