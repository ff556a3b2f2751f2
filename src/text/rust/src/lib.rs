//! Tokenizers and chat templates for Tugboat, behind the C interface of `ffi.rs` (`../library.h` is its
//! header).

mod context;
mod cycler;
mod error;
mod ffi;
mod filters;
mod gguf;
mod json;
mod members;
mod percent;
mod pieces;
mod python;
mod sandbox;
mod template;
mod template_source;
mod tokenizer;
mod tokenizer_file;
