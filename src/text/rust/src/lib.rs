//! Tokenizers and chat templates for Tugboat, behind the C interface of `ffi.rs` (`../library.h` is its
//! header).

mod arguments;
mod context;
mod cycler;
mod digits;
mod error;
mod ffi;
mod filters;
mod gguf;
mod integer;
mod json;
mod members;
mod operators;
mod percent;
mod pieces;
mod printf;
mod python;
mod repr;
mod sandbox;
mod template;
mod template_source;
mod text_filters;
mod tokenizer;
mod tokenizer_file;
mod tokens;
