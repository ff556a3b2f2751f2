//! Vocabularies of GGUF files: the same tokenizer as the tokenizer.json they were made from.

use ahash::AHashSet;
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;
use tokenizers::{AddedToken, NormalizerWrapper, PreTokenizerWrapper};

use crate::error::{error, excerpt, Code, Result};
use crate::pieces::{self, ID_LIMIT};
use crate::tokenizer::{Added, Tokenizer};
use crate::tokenizer_file::{plain_bpe, MERGES_MAX};

/// The tokenizer.ggml.* keys.
pub struct Vocabulary<'a> {
    pub model: &'a str,
    pub pre: &'a str,
    pub tokens: Vec<&'a str>,
    pub types: &'a [i32],
    pub merges: Vec<&'a str>,
}

/// tokenizer.ggml.token_type.
mod kind {
    pub const NORMAL: i32 = 1;
    pub const CONTROL: i32 = 3;
    pub const USER_DEFINED: i32 = 4;
    pub const UNUSED: i32 = 5;
}

/// How a text is cut before the merges: what tokenizer.json says for the models behind a
/// `tokenizer.ggml.pre`.
struct PreTokenizer {
    name: &'static str,
    nfc: bool,
    regex: &'static str,
}

const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN35: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

const PRE_TOKENIZERS: [PreTokenizer; 9] = [
    PreTokenizer { name: "qwen2", nfc: true, regex: QWEN2 },
    PreTokenizer { name: "qwen35", nfc: true, regex: QWEN35 },
    PreTokenizer { name: "deepseek-r1-qwen", nfc: false, regex: QWEN2 },
    PreTokenizer { name: "megrez", nfc: true, regex: QWEN2 },
    PreTokenizer { name: "stablelm2", nfc: true, regex: QWEN2 },
    PreTokenizer { name: "llama-bpe", nfc: false, regex: LLAMA3 },
    PreTokenizer { name: "llama3", nfc: false, regex: LLAMA3 },
    PreTokenizer { name: "gpt-2", nfc: false, regex: GPT2 },
    PreTokenizer { name: "default", nfc: false, regex: GPT2 },
];

pub fn build(vocabulary: &Vocabulary) -> Result<Tokenizer> {
    let pre = find_pre_tokenizer(vocabulary)?;
    check_tokens(vocabulary)?;
    let added = added_tokens(vocabulary);
    let vocab: Vec<(String, u32)> = typed_tokens(vocabulary)
        .filter(|(_, _, kind)| !matches!(*kind, kind::CONTROL | kind::USER_DEFINED | kind::UNUSED))
        .map(|(id, token, _)| (token.to_owned(), id))
        .collect();
    let pieces = pieces::table(&vocab, &added)?;
    let model = plain_bpe(vocab, split_merges(&vocabulary.merges)?, &added)?;
    let split = Split::new(SplitPattern::Regex(pre.regex.into()), SplitDelimiterBehavior::Isolated, false)
        .expect("the table's expressions are valid");
    let sequence: Vec<PreTokenizerWrapper> = vec![split.into(), ByteLevel::new(false, false, false).into()];
    let normalizer = pre.nfc.then_some(NormalizerWrapper::NFC(NFC));
    Tokenizer::new(model, normalizer, Some(Sequence::new(sequence).into()), added, pieces)
}

fn find_pre_tokenizer(vocabulary: &Vocabulary) -> Result<&'static PreTokenizer> {
    if vocabulary.model != "gpt2" {
        let model = excerpt(vocabulary.model);
        return error(
            Code::Unsupported,
            format!("The file's tokenizer.ggml.model is {model}; Tugboat reads \"gpt2\" (byte-level BPE)."),
        );
    }
    match PRE_TOKENIZERS.iter().find(|pre| pre.name == vocabulary.pre) {
        Some(pre) => Ok(pre),
        None => {
            let known: Vec<&str> = PRE_TOKENIZERS.iter().map(|pre| pre.name).collect();
            let (pre, known) = (excerpt(vocabulary.pre), known.join(", "));
            error(Code::Unsupported, format!("The file's tokenizer.ggml.pre is {pre}; known are {known}."))
        }
    }
}

fn check_tokens(vocabulary: &Vocabulary) -> Result<()> {
    let (tokens, types) = (vocabulary.tokens.len(), vocabulary.types.len());
    if tokens > ID_LIMIT as usize {
        return error(
            Code::Corrupt,
            format!("The vocabulary has {tokens} tokens; up to {ID_LIMIT} are possible."),
        );
    }
    let merges = vocabulary.merges.len();
    if merges > MERGES_MAX {
        return error(
            Code::Corrupt,
            format!("The vocabulary has {merges} merges; up to {MERGES_MAX} are possible."),
        );
    }
    if types != tokens && types != 0 {
        return error(Code::Corrupt, format!("The vocabulary has {tokens} tokens, but {types} token types."));
    }
    let mut seen = AHashSet::with_capacity(tokens);
    for (id, token, kind) in typed_tokens(vocabulary) {
        if kind != kind::UNUSED && !seen.insert(token) {
            return error(
                Code::Corrupt,
                format!("The token {} occurs twice, the second time with id {id}.", excerpt(token)),
            );
        }
    }
    Ok(())
}

/// Id, text and type of every token; all are normal when the file has no types.
fn typed_tokens<'a>(vocabulary: &'a Vocabulary) -> impl Iterator<Item = (u32, &'a str, i32)> {
    let types = vocabulary.types.iter().copied().chain(std::iter::repeat(kind::NORMAL));
    vocabulary.tokens.iter().zip(types).enumerate().map(|(id, (token, kind))| (id as u32, *token, kind))
}

fn added_tokens(vocabulary: &Vocabulary) -> Vec<Added> {
    let added =
        typed_tokens(vocabulary).filter(|(_, _, kind)| matches!(*kind, kind::CONTROL | kind::USER_DEFINED));
    added
        .map(|(id, token, kind)| (id, AddedToken::from(token, kind == kind::CONTROL).normalized(false)))
        .collect()
}

fn split_merges(merges: &[&str]) -> Result<Vec<(String, String)>> {
    let split = |merge: &&str| match merge.split_once(' ') {
        Some((left, right)) if !right.contains(' ') => Ok((left.to_owned(), right.to_owned())),
        _ => error(
            Code::Corrupt,
            format!("The merge {} is not two tokens with a space between them.", excerpt(merge)),
        ),
    };
    merges.iter().map(split).collect()
}
