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

/// At most `MAX` characters of a text from a file, for a message.
pub fn excerpt(text: &str) -> String {
    const MAX: usize = 60;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("\"{}...\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}
