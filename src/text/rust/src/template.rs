//! Chat templates with the settings of Hugging Face's transformers, and limits on time and memory.

use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind};

use crate::clock::strftime;
use crate::context::read_context;
use crate::cycler::cycler;
use crate::error::{error, Code, Result};
use crate::filters::{center, indent, truncate, wordcount};
use crate::html::{striptags, urlencode};
use crate::joiner::joiner;
use crate::json::tojson;
use crate::namespaces::{namespace, take_apart};
use crate::number_filters::{float, int};
use crate::operators::with_operator_filters;
use crate::percent::{format, percent};
use crate::python;
use crate::repr::print;
use crate::sandbox;
use crate::template_source::{with_line_feeds, without_generation_tags};
use crate::text_filters;
use crate::value_tests::{is_callable, is_integer, is_iterable, is_number, is_sequence};
use crate::wordwrap::wordwrap;

const NAME: &str = "chat template";
/// The longest template known has 17 kB.
const SOURCE_BYTES_MAX: usize = 1 << 17;
/// One unit pays for an instruction or for 64 bytes; no prompt of the public test data needs 10,000.
const FUEL: u64 = 2_000_000;
/// What a conversation brings along for each of its bytes.
const FUEL_PER_BYTE: u64 = 4;
const MEMORY_PER_BYTE: usize = 32;

pub struct Template {
    environment: Environment<'static>,
}

impl Template {
    pub fn compile(source: &str) -> Result<Template> {
        if source.len() > SOURCE_BYTES_MAX {
            let size = source.len();
            return error(
                Code::Unsupported,
                format!("The chat template has {size} bytes; up to {SOURCE_BYTES_MAX} are possible."),
            );
        }
        let source = with_operator_filters(&without_generation_tags(&with_line_feeds(source)));
        sandbox::run(0, move || {
            let mut environment = environment();
            match environment.add_template_owned(NAME, source) {
                Ok(()) => Ok(Template { environment }),
                Err(e) => error(Code::Corrupt, format!("The chat template cannot be read: {}", describe(&e))),
            }
        })?
    }

    /// `now`: seconds since 1970.
    pub fn render(&self, context: &str, now: i64) -> Result<String> {
        let mut environment = self.environment.clone();
        environment.set_fuel(Some(FUEL + FUEL_PER_BYTE * context.len() as u64));
        environment.add_function("strftime_now", move |format: &str| strftime(format, now));
        let context = context.to_owned();
        sandbox::run(MEMORY_PER_BYTE * context.len(), move || {
            let context: Value = match read_context(&context) {
                Ok(context) => context,
                Err(e) => {
                    return error(
                        Code::InvalidArgument,
                        format!("The template's context cannot be read: {e}."),
                    )
                }
            };
            let rendered = environment.get_template(NAME).and_then(|template| template.render(context));
            take_apart(environment);
            rendered.or_else(|e| error(Code::InvalidArgument, message_of(&e)))
        })?
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the settings fit together"));
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_unknown_method_callback(python::method);
    environment.set_formatter(print);
    environment.add_filter("tojson", tojson);
    environment.add_filter("indent", indent);
    environment.add_filter("percent", percent);
    environment.add_filter("format", format);
    environment.add_filter("truncate", truncate);
    environment.add_filter("center", center);
    environment.add_filter("wordwrap", wordwrap);
    environment.add_filter("wordcount", wordcount);
    environment.add_filter("striptags", striptags);
    environment.add_filter("urlencode", urlencode);
    environment.add_filter("int", int);
    environment.add_filter("float", float);
    text_filters::add(&mut environment);
    environment.add_test("callable", is_callable);
    environment.add_test("integer", is_integer);
    environment.add_test("number", is_number);
    environment.add_test("iterable", is_iterable);
    environment.add_test("sequence", is_sequence);
    environment.add_function("joiner", joiner);
    environment.add_function("cycler", cycler);
    environment.add_function("namespace", namespace);
    environment.add_function("raise_exception", |message: String| -> std::result::Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, message.clone()).with_source(Raised(message)))
    });
    environment
}

/// What a template said to `raise_exception`: the whole message for the user.
#[derive(Debug)]
struct Raised(String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

fn message_of(e: &Error) -> String {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(e);
    while let Some(inner) = source {
        if let Some(Raised(message)) = inner.downcast_ref() {
            return message.clone();
        }
        source = inner.source();
    }
    if e.kind() == ErrorKind::OutOfFuel {
        return "The chat template was stopped: it runs for too long or makes too much text.".to_owned();
    }
    format!("The chat template cannot render this conversation: {}", describe(e))
}

fn describe(e: &Error) -> String {
    let detail = e.detail().map_or(String::new(), |detail| format!(": {detail}"));
    let line = e.line().map_or(String::new(), |line| format!(" in line {line}"));
    format!("{}{detail}{line}.", e.kind())
}
