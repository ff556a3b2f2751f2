//! What can go wrong, as C++ will see it.

/// The numbers are part of the C interface.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(i32)]
pub enum Code {
    InvalidArgument = 1,
    Corrupt = 2,
    Unsupported = 3,
    Internal = 4,
}

/// A code and a full sentence for a person.
#[derive(Debug)]
pub struct Error {
    pub code: Code,
    pub message: String,
}

pub type Result<T> = std::result::Result<T, Error>;

pub fn error<T>(code: Code, message: impl Into<String>) -> Result<T> {
    Err(Error { code, message: message.into() })
}

/// A text from a file, for a message: on one line, of a long one the beginning and the end.
pub fn excerpt(text: &str) -> String {
    const HEAD: usize = 40;
    const TAIL: usize = 20;
    let shown = |part: &str| part.chars().map(|c| if c.is_control() { '?' } else { c }).collect::<String>();
    match (text.char_indices().nth(HEAD), text.char_indices().rev().nth(TAIL - 1)) {
        (Some((head, _)), Some((tail, _))) if head < tail => {
            format!("\"{}...{}\"", shown(&text[..head]), shown(&text[tail..]))
        }
        _ => format!("\"{}\"", shown(text)),
    }
}
