//! The bytes of every token, in one table that C++ keeps: decoding needs nothing else.
//!
//! Layout, for each id from 0 to the largest: flags (u8), length (u32), bytes. Native byte order.

use std::sync::LazyLock;

use tokenizers::models::bpe::BPE;
use tokenizers::{AddedVocabulary, Model};

pub const KNOWN: u8 = 1;
pub const ADDED: u8 = 2;
pub const SPECIAL: u8 = 4;

/// `size`: one more than the largest id.
pub fn table(model: &BPE, added: &AddedVocabulary, size: u32) -> Vec<u8> {
    let mut table = Vec::new();
    for id in 0..size {
        let (flags, text) = match added.get_added_tokens_decoder().get(&id) {
            Some(token) => (KNOWN | ADDED | if token.special { SPECIAL } else { 0 }, token.content.clone()),
            None => model.id_to_token(id).map_or((0, String::new()), |text| (KNOWN, text)),
        };
        let bytes = raw_bytes(&text);
        table.push(flags);
        table.extend((bytes.len() as u32).to_ne_bytes());
        table.extend(bytes);
    }
    table
}

/// The bytes that a token of a byte-level vocabulary stands for. A token with any other character stands for itself.
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
