//! The bytes of every token, in one table that C++ keeps: decoding needs nothing else.
//!
//! Layout, for each id from 0 to the largest: flags (u8), length (u32), bytes. Native byte order.

use std::sync::LazyLock;

use crate::error::{error, excerpt, Code, Result};
use crate::tokenizer::Added;

const ADDED: u8 = 1;
const SPECIAL: u8 = 2;

/// Ids beyond this are refused, so that tables over all ids stay small. The largest known vocabularies have
/// 262,144.
pub const ID_LIMIT: u32 = 1 << 19;

/// The table of a model's tokens and the added ones. Errors: an id that is too large or has two tokens.
pub fn table(vocab: &[(String, u32)], added: &[Added]) -> Result<Vec<u8>> {
    let mut tokens: Vec<Option<(&str, u8)>> = Vec::new();
    for (token, id) in vocab {
        place(&mut tokens, *id, token, 0)?;
    }
    for (id, token) in added {
        place(&mut tokens, *id, &token.content, if token.special { ADDED | SPECIAL } else { ADDED })?;
    }
    let mut table = Vec::new();
    for token in tokens {
        let (text, flags) = token.unwrap_or_default();
        let bytes = raw_bytes(text);
        table.push(flags);
        table.extend((bytes.len() as u32).to_ne_bytes());
        table.extend(bytes);
    }
    Ok(table)
}

fn place<'a>(tokens: &mut Vec<Option<(&'a str, u8)>>, id: u32, text: &'a str, flags: u8) -> Result<()> {
    if id >= ID_LIMIT {
        let text = excerpt(text);
        return error(
            Code::Corrupt,
            format!("The token {text} has the id {id}; ids below {ID_LIMIT} are possible."),
        );
    }
    if tokens.len() <= id as usize {
        tokens.resize(id as usize + 1, None);
    }
    match tokens[id as usize].replace((text, flags)) {
        Some((other, old_flags)) if other != text || old_flags == flags => {
            let (other, text) = (excerpt(other), excerpt(text));
            error(Code::Corrupt, format!("The id {id} is given twice, to {other} and to {text}."))
        }
        _ => Ok(()),
    }
}

/// The bytes that a token of a byte-level vocabulary stands for. A token with any other character stands for
/// itself.
fn raw_bytes(token: &str) -> Vec<u8> {
    token.chars().map(byte_of).collect::<Option<Vec<u8>>>().unwrap_or_else(|| token.as_bytes().to_vec())
}

/// GPT-2 spells a byte as the printable Latin-1 character of that code, and the others in order from U+0100.
fn byte_of(c: char) -> Option<u8> {
    static OTHERS: LazyLock<Vec<u8>> = LazyLock::new(|| (0..=255).filter(|b| !is_printable(*b)).collect());
    match u32::from(c) {
        code @ 0..=255 => Some(code as u8).filter(|b| is_printable(*b)),
        code => OTHERS.get(code as usize - 256).copied(),
    }
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}
