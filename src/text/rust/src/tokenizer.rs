//! A tokenizer: added tokens first, then normalizer, pre-tokenizer and model on what lies between them.

use tokenizers::models::bpe::BPE;
use tokenizers::tokenizer::{OffsetReferential, OffsetType, PreTokenizedString};
use tokenizers::{
    AddedToken, AddedVocabulary, Model, Normalizer, NormalizerWrapper, PreTokenizer, PreTokenizerWrapper,
};

use crate::error::{error, excerpt, Code, Result};

/// Qwen3.8 has 33, a speech model 28,676.
pub const ADDED_MAX: usize = 1 << 18;

#[derive(Clone, Copy, PartialEq)]
pub enum Controls {
    Recognise,
    AsText,
}

pub struct Tokenizer {
    added: AddedVocabulary,
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    model: BPE,
    pieces: Vec<u8>,
}

/// A token beside the model's own, with the id that its file gives it.
pub type Added = (u32, AddedToken);

impl Tokenizer {
    /// `pieces`: the table of all tokens.
    pub fn new(
        model: BPE,
        normalizer: Option<NormalizerWrapper>,
        pre_tokenizer: Option<PreTokenizerWrapper>,
        added: Vec<Added>,
        pieces: Vec<u8>,
    ) -> Result<Tokenizer> {
        if added.len() > ADDED_MAX {
            let count = added.len();
            return error(
                Code::Unsupported,
                format!("There are {count} added tokens; up to {ADDED_MAX} are possible."),
            );
        }
        let mut vocabulary = AddedVocabulary::new();
        let ids: Vec<(u32, String)> = added.iter().map(|(id, token)| (*id, token.content.clone())).collect();
        let tokens = added.into_iter().map(|(_, token)| token);
        if let Err(e) = vocabulary.add_tokens(tokens, &model, normalizer.as_ref()) {
            return error(Code::Corrupt, format!("The added tokens cannot be used: {e}."));
        }
        for (id, content) in ids {
            if vocabulary.token_to_id(&content, &model) != Some(id) {
                let content = excerpt(&content);
                return error(
                    Code::Corrupt,
                    format!("The added token {content} has the id {id}, which contradicts the rest of the vocabulary."),
                );
            }
        }
        Ok(Tokenizer { added: vocabulary, normalizer, pre_tokenizer, model, pieces })
    }

    /// Every `mark` is taken out after added tokens were looked for: it keeps a text from being taken for
    /// one.
    pub fn encode(&self, text: &str, controls: Controls, mark: Option<char>) -> Result<Vec<u32>> {
        match self.try_encode(text, controls, mark) {
            Ok(ids) => Ok(ids),
            Err(e) => error(Code::InvalidArgument, format!("The text cannot be encoded: {e}.")),
        }
    }

    fn try_encode(&self, text: &str, controls: Controls, mark: Option<char>) -> tokenizers::Result<Vec<u32>> {
        let normalizer = self.normalizer.as_ref();
        let mut parts = match controls {
            Controls::Recognise => self.added.extract_and_normalize(normalizer, text),
            Controls::AsText => {
                let mut whole = PreTokenizedString::from(text);
                whole.normalize(|part| normalizer.map_or(Ok(()), |n| n.normalize(part)))?;
                whole
            }
        };
        if let Some(mark) = mark {
            parts.normalize(|part| {
                part.filter(|c| c != mark);
                Ok(())
            })?;
        }
        if let Some(pre_tokenizer) = &self.pre_tokenizer {
            pre_tokenizer.pre_tokenize(&mut parts)?;
        }
        parts.tokenize(|part| self.model.tokenize(part.get()))?;
        let splits = parts.get_splits(OffsetReferential::Normalized, OffsetType::None);
        Ok(splits.into_iter().flat_map(|(_, _, tokens)| tokens.iter().flatten().map(|t| t.id)).collect())
    }

    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.added.token_to_id(token, &self.model)
    }

    pub fn pieces(&self) -> &[u8] {
        &self.pieces
    }
}
