//! Hugging Face's tokenizer.json. The model's tables are read here, in one pass, because the tokenizers crate
//! first builds a tree of them: that would take several times the time and memory.

use std::fmt;

use ahash::AHashSet;
use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokenizers::models::bpe::BPE;
use tokenizers::{AddedToken, NormalizerWrapper, PreTokenizerWrapper};

use crate::error::{error, excerpt, Code, Error, Result};
use crate::members::{members, optional, required};
use crate::pieces::{self, ID_LIMIT};
use crate::tokenizer::{Added, Tokenizer, ADDED_MAX};

/// Several times what 250,000 tokens need.
const FILE_BYTES_MAX: usize = 64 << 20;
/// Qwen3.5 has 247,587.
pub const MERGES_MAX: usize = 1 << 20;
/// Of a normalizer, pre-tokenizer or decoder; Qwen's have some hundred bytes.
const PART_BYTES_MAX: usize = 64 << 10;

/// Dropout is left out: it is for training, and would make encoding random.
struct BpeFile {
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    fuse_unk: bool,
    byte_fallback: bool,
    ignore_merges: bool,
    vocab: Vec<(String, u32)>,
    merges: Vec<Merge>,
}

struct Merge(String, String);

pub fn parse(json: &str) -> Result<Tokenizer> {
    if json.len() > FILE_BYTES_MAX {
        let size = json.len();
        return error(
            Code::Unsupported,
            format!("The tokenizer file has {size} bytes; up to {FILE_BYTES_MAX} are possible."),
        );
    }
    // Truncation, padding and the post-processor are left out on purpose: a plain encode uses none of them.
    let [added_tokens, normalizer, pre_tokenizer, decoder, model] = members(
        json.strip_prefix('\u{feff}').unwrap_or(json),
        ["added_tokens", "normalizer", "pre_tokenizer", "decoder", "model"],
    )
    .map_err(not_a_tokenizer)?;
    let model = required::<&RawValue>(model, "model").map_err(not_a_tokenizer)?;
    expect_kind(decoder, "decoder", "ByteLevel")?;
    if kind_of(model)?.is_some() {
        expect_kind(Some(model), "model", "BPE")?;
    }
    let normalizer: Option<NormalizerWrapper> = part(normalizer, "normalizer")?;
    if normalizer.as_ref().is_some_and(|normalizer| !keeps_size(normalizer)) {
        let message =
            "The tokenizer file's normalizer is not supported; known are NFC, NFD, NFKC, NFKD, Lowercase, \
                       StripAccents, Strip and sequences of them.";
        return error(Code::Unsupported, message);
    }
    let pre_tokenizer: Option<PreTokenizerWrapper> = part(pre_tokenizer, "pre-tokenizer")?;
    let added = read_added(added_tokens).map_err(not_a_tokenizer)?;
    let bpe = read_bpe(model.get()).map_err(not_a_tokenizer)?;
    let pieces = pieces::table(&bpe.vocab, &added)?;
    Tokenizer::new(build_bpe(bpe, &added)?, normalizer, pre_tokenizer, added, pieces)
}

fn read_added(list: Option<&RawValue>) -> serde_json::Result<Vec<Added>> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let mut deserializer = serde_json::Deserializer::from_str(list.get());
    let entries = deserializer.deserialize_seq(Entries)?;
    entries.into_iter().map(read_added_token).collect()
}

fn read_added_token(entry: &RawValue) -> serde_json::Result<Added> {
    let [id, content, special, single_word, lstrip, rstrip, normalized] =
        members(entry.get(), ["id", "content", "special", "single_word", "lstrip", "rstrip", "normalized"])?;
    let flag = |member| Ok::<_, serde_json::Error>(optional(member)?.unwrap_or(false));
    let token = AddedToken::from(required::<String>(content, "content")?, flag(special)?)
        .single_word(flag(single_word)?)
        .lstrip(flag(lstrip)?)
        .rstrip(flag(rstrip)?)
        .normalized(flag(normalized)?);
    Ok((required(id, "id")?, token))
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<&'de RawValue>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "an array of added tokens")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Self::Value, A::Error> {
        bounded(|| seq.next_element(), ADDED_MAX, "added tokens")
    }
}

fn read_bpe(model: &str) -> serde_json::Result<BpeFile> {
    let [unk_token, prefix, suffix, fuse_unk, byte_fallback, ignore_merges, vocab, merges] = members(
        model,
        [
            "unk_token",
            "continuing_subword_prefix",
            "end_of_word_suffix",
            "fuse_unk",
            "byte_fallback",
            "ignore_merges",
            "vocab",
            "merges",
        ],
    )?;
    Ok(BpeFile {
        unk_token: optional(unk_token)?,
        continuing_subword_prefix: optional(prefix)?,
        end_of_word_suffix: optional(suffix)?,
        fuse_unk: optional(fuse_unk)?.unwrap_or(false),
        byte_fallback: optional(byte_fallback)?.unwrap_or(false),
        ignore_merges: optional(ignore_merges)?.unwrap_or(false),
        vocab: required::<Vocab>(vocab, "vocab")?.0,
        merges: required::<Merges>(merges, "merges")?.0,
    })
}

fn kind_of(part: &RawValue) -> Result<Option<String>> {
    let [kind] = members(part.get(), ["type"]).map_err(not_a_tokenizer)?;
    optional(kind).map_err(not_a_tokenizer)
}

fn expect_kind(part: Option<&RawValue>, what: &str, expected: &str) -> Result<()> {
    let kind = part.map(kind_of).transpose()?.flatten();
    if kind.as_deref() == Some(expected) {
        return Ok(());
    }
    let found = kind.map_or("none".to_owned(), |kind| excerpt(&kind));
    error(
        Code::Unsupported,
        format!("The tokenizer file's {what} is {found}; Tugboat reads \"{expected}\", as all Qwen models have it."),
    )
}

fn part<T: DeserializeOwned>(json: Option<&RawValue>, what: &str) -> Result<Option<T>> {
    let Some(json) = json else { return Ok(None) };
    if json.get().len() > PART_BYTES_MAX {
        let size = json.get().len();
        return error(
            Code::Unsupported,
            format!("The tokenizer file's {what} has {size} bytes; up to {PART_BYTES_MAX} are possible."),
        );
    }
    // By way of a tree, in which of equal keys the last counts.
    let tree: serde_json::Value = serde_json::from_str(json.get()).map_err(not_a_tokenizer)?;
    serde_json::from_value(tree).map(Some).map_err(not_a_tokenizer)
}

/// Normalizers that insert text could make a short text endless.
fn keeps_size(normalizer: &NormalizerWrapper) -> bool {
    use NormalizerWrapper::{Lowercase, Sequence, StripAccents, StripNormalizer, NFC, NFD, NFKC, NFKD};
    match normalizer {
        Sequence(parts) => parts.as_ref().iter().all(keeps_size),
        other => matches!(
            other,
            NFC(_) | NFD(_) | NFKC(_) | NFKD(_) | Lowercase(_) | StripAccents(_) | StripNormalizer(_)
        ),
    }
}

/// A byte-level BPE without options; `vocab` has every id once.
pub fn plain_bpe(vocab: Vec<(String, u32)>, merges: Vec<(String, String)>, added: &[Added]) -> Result<BPE> {
    build_bpe(
        BpeFile {
            unk_token: None,
            continuing_subword_prefix: None,
            end_of_word_suffix: None,
            fuse_unk: false,
            byte_fallback: false,
            ignore_merges: false,
            vocab,
            merges: merges.into_iter().map(|(left, right)| Merge(left, right)).collect(),
        },
        added,
    )
}

fn build_bpe(mut file: BpeFile, added: &[Added]) -> Result<BPE> {
    check_merges(&file)?;
    // The crate numbers added tokens itself, unless the model knows their ids. No merge leads to them.
    file.vocab.extend(added.iter().map(|(id, token)| (token.content.clone(), *id)));
    let merges = file.merges.into_iter().map(|Merge(left, right)| (left, right)).collect();
    let mut builder = BPE::builder()
        .vocab_and_merges(file.vocab.into_iter().collect::<tokenizers::models::bpe::Vocab>(), merges)
        .fuse_unk(file.fuse_unk)
        .byte_fallback(file.byte_fallback)
        .ignore_merges(file.ignore_merges);
    if let Some(token) = file.unk_token {
        builder = builder.unk_token(token);
    }
    if let Some(prefix) = file.continuing_subword_prefix {
        builder = builder.continuing_subword_prefix(prefix);
    }
    if let Some(suffix) = file.end_of_word_suffix {
        builder = builder.end_of_word_suffix(suffix);
    }
    match builder.build() {
        Ok(bpe) => Ok(bpe),
        Err(e) => error(Code::Corrupt, format!("The vocabulary and its merges contradict each other: {e}.")),
    }
}

/// What the crate takes for granted: parts begin with the prefix, and their sum is no longer than the longest
/// token.
fn check_merges(file: &BpeFile) -> Result<()> {
    let longest = file.vocab.iter().map(|(token, _)| token.len()).max().unwrap_or(0);
    let prefix = file.continuing_subword_prefix.as_deref().unwrap_or("");
    for Merge(left, right) in &file.merges {
        let fits = right.strip_prefix(prefix).is_some_and(|rest| left.len() + rest.len() <= longest);
        if !fits {
            let (left, right) = (excerpt(left), excerpt(right));
            return error(
                Code::Corrupt,
                format!("The merge of {left} and {right} makes no token of the vocabulary."),
            );
        }
    }
    Ok(())
}

fn not_a_tokenizer(e: serde_json::Error) -> Error {
    Error { code: Code::Corrupt, message: format!("This is not a Hugging Face tokenizer.json: {e}.") }
}

/// An object as pairs, each token once, with the id that comes last.
struct Vocab(Vec<(String, u32)>);

impl<'de> Deserialize<'de> for Vocab {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(String, u32)>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "an object that gives every token its id")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                bounded(|| map.next_entry(), ID_LIMIT as usize, "tokens")
            }
        }
        let pairs = deserializer.deserialize_map(Pairs)?;
        let mut seen = AHashSet::with_capacity(pairs.len());
        let last: Vec<bool> = pairs.iter().rev().map(|(token, _)| seen.insert(token.as_str())).collect();
        if seen.len() == pairs.len() {
            return Ok(Vocab(pairs));
        }
        let kept = last.into_iter().rev().zip(pairs.iter()).filter(|(is_last, _)| *is_last);
        Ok(Vocab(kept.map(|(_, pair)| pair.clone()).collect()))
    }
}

struct Merges(Vec<Merge>);

impl<'de> Deserialize<'de> for Merges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Vec<Merge>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "an array of merges")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Self::Value, A::Error> {
                bounded(|| seq.next_element(), MERGES_MAX, "merges")
            }
        }
        deserializer.deserialize_seq(List).map(Merges)
    }
}

/// All items that `next` gives. Errors: more than `max`.
fn bounded<T, E: serde::de::Error>(
    mut next: impl FnMut() -> std::result::Result<Option<T>, E>,
    max: usize,
    what: &str,
) -> std::result::Result<Vec<T>, E> {
    let mut items = Vec::new();
    while let Some(item) = next()? {
        if items.len() == max {
            return Err(E::custom(format!("there are more than {max} {what}")));
        }
        items.push(item);
    }
    Ok(items)
}

/// Either ["left", "right"] or the older "left right".
impl<'de> Deserialize<'de> for Merge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Merge;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "a merge: two tokens")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Merge, E> {
                split_merge(text)
                    .ok_or_else(|| E::custom(format!("the merge {} is not two tokens", excerpt(text))))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Merge, A::Error> {
                match (seq.next_element()?, seq.next_element()?, seq.next_element::<String>()?) {
                    (Some(left), Some(right), None) => Ok(Merge(left, right)),
                    _ => Err(serde::de::Error::custom("a merge is not two tokens")),
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

fn split_merge(text: &str) -> Option<Merge> {
    let (left, right) = text.split_once(' ')?;
    (!right.contains(' ')).then(|| Merge(left.to_owned(), right.to_owned()))
}
