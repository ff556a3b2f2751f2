//! Hugging Face's tokenizer.json. The model's tables are read here, in one pass, because the tokenizers crate
//! first builds a tree of them: that would take several times the time and memory.

use std::fmt;

use ahash::AHashSet;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokenizers::models::bpe::BPE;
use tokenizers::{AddedToken, DecoderWrapper, Model, ModelWrapper, NormalizerWrapper, PreTokenizerWrapper};

use crate::error::{error, excerpt, Code, Error, Result};
use crate::tokenizer::{check_ids, Added, Tokenizer};

/// Truncation, padding and the post-processor are left out on purpose: a plain encode uses none of them.
#[derive(Deserialize)]
struct File<'a> {
    #[serde(default)]
    added_tokens: Vec<AddedEntry>,
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    decoder: Option<DecoderWrapper>,
    #[serde(borrow)]
    model: &'a RawValue,
}

#[derive(Deserialize)]
struct AddedEntry {
    id: u32,
    #[serde(flatten)]
    token: AddedToken,
}

#[derive(Deserialize)]
struct ModelType<'a> {
    #[serde(rename = "type", borrow)]
    name: Option<std::borrow::Cow<'a, str>>,
}

/// Dropout is left out: it is for training, and would make encoding random.
#[derive(Deserialize)]
struct BpeFile {
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    fuse_unk: bool,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
    #[serde(deserialize_with = "read_vocab")]
    vocab: Vec<(String, u32)>,
    merges: Vec<Merge>,
}

struct Merge(String, String);

pub fn parse(json: &str) -> Result<Tokenizer> {
    let file: File = serde_json::from_str(json).map_err(not_a_tokenizer)?;
    match &file.decoder {
        Some(DecoderWrapper::ByteLevel(_)) => {}
        _ => return error(
            Code::Unsupported,
            "The tokenizer file has no ByteLevel decoder. Tugboat reads byte-level tokenizers, as all Qwen models have them.",
        ),
    }
    let added: Vec<Added> = file.added_tokens.into_iter().map(|entry| (entry.id, entry.token)).collect();
    let kind: ModelType = serde_json::from_str(file.model.get()).map_err(not_a_tokenizer)?;
    let (model, size) = match kind.name.as_deref() {
        None | Some("BPE") => {
            let bpe: BpeFile = serde_json::from_str(file.model.get()).map_err(not_a_tokenizer)?;
            let size = check_ids(bpe.vocab.iter().map(|(token, id)| (*id, token.as_str())))?;
            (build_bpe(bpe, &added)?, size)
        }
        Some(_) => {
            let model: ModelWrapper = serde_json::from_str(file.model.get()).map_err(not_a_tokenizer)?;
            let size = check_ids(model.get_vocab().iter().map(|(token, id)| (*id, token.as_str())))?;
            (model, size)
        }
    };
    Tokenizer::new(model, file.normalizer, file.pre_tokenizer, added, size)
}

/// A byte-level BPE without options; `vocab` has every id once.
pub fn plain_bpe(vocab: Vec<(String, u32)>, merges: Vec<(String, String)>, added: &[Added]) -> Result<ModelWrapper> {
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

fn build_bpe(mut file: BpeFile, added: &[Added]) -> Result<ModelWrapper> {
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
        Ok(bpe) => Ok(ModelWrapper::BPE(bpe)),
        Err(e) => error(Code::Corrupt, format!("The vocabulary and its merges contradict each other: {e}.")),
    }
}

/// What the crate takes for granted: parts begin with the prefix, and their sum is no longer than the longest token.
fn check_merges(file: &BpeFile) -> Result<()> {
    let longest = file.vocab.iter().map(|(token, _)| token.len()).max().unwrap_or(0);
    let prefix = file.continuing_subword_prefix.as_deref().unwrap_or("");
    for Merge(left, right) in &file.merges {
        let fits = right.strip_prefix(prefix).is_some_and(|rest| left.len() + rest.len() <= longest);
        if !fits {
            let (left, right) = (excerpt(left), excerpt(right));
            return error(Code::Corrupt, format!("The merge of {left} and {right} makes no token of the vocabulary."));
        }
    }
    Ok(())
}

fn not_a_tokenizer(e: serde_json::Error) -> Error {
    Error { code: Code::Corrupt, message: format!("This is not a Hugging Face tokenizer.json: {e}.") }
}

/// An object as pairs. Errors: the same token twice.
fn read_vocab<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<(String, u32)>, D::Error> {
    struct Pairs;
    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(String, u32)>;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            write!(f, "an object that gives every token its id")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    let pairs = deserializer.deserialize_map(Pairs)?;
    let mut seen = AHashSet::with_capacity(pairs.len());
    match pairs.iter().find(|(token, _)| !seen.insert(token.as_str())) {
        Some((token, _)) => Err(serde::de::Error::custom(format!("the token {} occurs twice", excerpt(token)))),
        None => Ok(pairs),
    }
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
                split_merge(text).ok_or_else(|| E::custom(format!("the merge {} is not two tokens", excerpt(text))))
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
