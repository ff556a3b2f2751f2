//! The C interface. Every function catches panics; texts are (pointer, length); results are freed by
//! `tug_free`.

use std::cell::Cell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Once;

use crate::error::{error, Code, Result};
use crate::gguf::{self, Vocabulary};
use crate::template::Template;
use crate::tokenizer::{Controls, Tokenizer};
use crate::tokenizer_file;

/// A borrowed text. The pointer may be anything when the size is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    /// # Safety
    /// `data` points to `size` readable bytes that outlive the call.
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        slice(self.data, self.size)
    }

    /// # Safety
    /// As for `bytes`.
    unsafe fn str<'a>(self, what: &str) -> Result<&'a str> {
        match std::str::from_utf8(self.bytes()) {
            Ok(text) => Ok(text),
            Err(e) => error(
                Code::Corrupt,
                format!("The {what} is not UTF-8: byte {} begins no character.", e.valid_up_to()),
            ),
        }
    }
}

unsafe fn slice<'a, T>(data: *const T, size: usize) -> &'a [T] {
    if size == 0 {
        &[]
    } else {
        std::slice::from_raw_parts(data, size)
    }
}

/// What every function returns: code 0 and the result's bytes, or an error's code and message.
#[repr(C)]
pub struct Outcome {
    code: i32,
    data: *mut u8,
    size: usize,
}

impl Outcome {
    fn new(code: i32, bytes: Vec<u8>) -> Self {
        let bytes = bytes.into_boxed_slice();
        let size = bytes.len();
        Outcome { code, data: Box::into_raw(bytes).cast(), size }
    }
}

thread_local! {
    /// This thread works for us: its panics become errors and are nobody else's business.
    pub static OURS: Cell<bool> = const { Cell::new(false) };
}

/// The program around us keeps its own panic hook for its own threads.
fn silence_own_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let theirs = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !OURS.get() {
                theirs(info);
            }
        }));
    });
}

/// Runs `work`; errors and panics become outcomes.
fn guarded(work: impl FnOnce() -> Result<Vec<u8>>) -> Outcome {
    silence_own_panics();
    let before = OURS.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    OURS.set(before);
    match result {
        Ok(Ok(bytes)) => Outcome::new(0, bytes),
        Ok(Err(e)) => Outcome::new(e.code as i32, e.message.into_bytes()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            let message = format!("The tokenizer or template library gave up: {text}.");
            Outcome::new(Code::Internal as i32, message.into_bytes())
        }
    }
}

fn hand_out<T>(value: T, out: *mut *mut T) -> Result<Vec<u8>> {
    // SAFETY: the caller passes a place for the handle.
    unsafe { *out = Box::into_raw(Box::new(value)) };
    Ok(Vec::new())
}

#[no_mangle]
pub unsafe extern "C" fn tug_free(outcome: Outcome) {
    drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(outcome.data, outcome.size)));
}

#[no_mangle]
pub unsafe extern "C" fn tug_tokenizer_from_json(json: Text, out: *mut *mut Tokenizer) -> Outcome {
    guarded(|| hand_out(tokenizer_file::parse(json.str("tokenizer file")?)?, out))
}

#[no_mangle]
pub unsafe extern "C" fn tug_tokenizer_from_vocabulary(
    model: Text,
    pre: Text,
    tokens: *const Text,
    tokens_count: usize,
    types: *const i32,
    types_count: usize,
    merges: *const Text,
    merges_count: usize,
    out: *mut *mut Tokenizer,
) -> Outcome {
    guarded(|| {
        let texts = |data, size, what: &str| -> Result<Vec<&str>> {
            slice::<Text>(data, size).iter().map(|text| text.str(what)).collect()
        };
        let vocabulary = Vocabulary {
            model: model.str("vocabulary's model name")?,
            pre: pre.str("vocabulary's pre-tokenizer name")?,
            tokens: texts(tokens, tokens_count, "token")?,
            types: slice(types, types_count),
            merges: texts(merges, merges_count, "merge")?,
        };
        hand_out(gguf::build(&vocabulary)?, out)
    })
}

#[no_mangle]
pub unsafe extern "C" fn tug_tokenizer_destroy(tokenizer: *mut Tokenizer) {
    drop(Box::from_raw(tokenizer));
}

/// Returns ids as int32. `controls`: 0 recognises added tokens, 1 takes them as text. `mark`: one character
/// or nothing.
#[no_mangle]
pub unsafe extern "C" fn tug_tokenizer_encode(
    tokenizer: *const Tokenizer,
    text: Text,
    controls: i32,
    mark: Text,
) -> Outcome {
    guarded(|| {
        let controls = if controls == 0 { Controls::Recognise } else { Controls::AsText };
        let mark = mark.str("mark")?.chars().next();
        // Text from outside may be broken; it is encoded with U+FFFD in the gaps, as the decoder would show
        // it.
        let text = String::from_utf8_lossy(text.bytes());
        let ids = (*tokenizer).encode(&text, controls, mark)?;
        Ok(ids.into_iter().flat_map(|id| (id as i32).to_ne_bytes()).collect())
    })
}

/// Returns the int32 id of a token in the vocabulary's spelling, or nothing.
#[no_mangle]
pub unsafe extern "C" fn tug_tokenizer_id(tokenizer: *const Tokenizer, token: Text) -> Outcome {
    guarded(|| {
        let id = (*tokenizer).id_of(token.str("token")?);
        Ok(id.map_or(Vec::new(), |id| (id as i32).to_ne_bytes().to_vec()))
    })
}

/// Returns the bytes of all tokens: `pieces.rs` has the layout.
#[no_mangle]
pub unsafe extern "C" fn tug_tokenizer_pieces(tokenizer: *const Tokenizer) -> Outcome {
    guarded(|| Ok((*tokenizer).pieces().to_vec()))
}

#[no_mangle]
pub unsafe extern "C" fn tug_template_compile(source: Text, out: *mut *mut Template) -> Outcome {
    guarded(|| hand_out(Template::compile(source.str("chat template")?)?, out))
}

#[no_mangle]
pub unsafe extern "C" fn tug_template_destroy(template: *mut Template) {
    drop(Box::from_raw(template));
}

/// Returns the text. `now`: seconds since 1970, for `strftime_now`.
#[no_mangle]
pub unsafe extern "C" fn tug_template_render(template: *const Template, context: Text, now: i64) -> Outcome {
    guarded(|| Ok((*template).render(context.str("template's context")?, now)?.into_bytes()))
}
