//! `tojson` as Hugging Face sets it up: Python's `json.dumps(value, ensure_ascii=False)`.

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::integer::Integer;
use crate::repr::float_text;

const DEPTH_MAX: usize = 200;

/// The `tojson` filter: `ensure_ascii`, `indent`, `separators` and `sort_keys` as in Python.
pub fn tojson(state: &State, value: &Value, indent: Option<Value>, options: Kwargs) -> Result<Value, Error> {
    let indent = indent.or(options.get("indent")?);
    let indent = indent.filter(|value| !value.is_none()).map(indent_unit).transpose()?;
    let separators: Option<(String, String)> = match options.get::<Option<Value>>("separators")? {
        Some(pair) if !pair.is_none() => {
            Some((pair.get_item_by_index(0)?.to_string(), pair.get_item_by_index(1)?.to_string()))
        }
        _ => None,
    };
    let (item, key) =
        separators.unwrap_or_else(|| (if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned()));
    let mut writer = Writer {
        state,
        out: String::new(),
        item,
        key,
        indent,
        ascii: options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
        sort: options.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
        depth: 0,
        paid: 0,
    };
    options.assert_all_used()?;
    writer.value(value)?;
    Ok(Value::from(writer.out))
}

fn indent_unit(value: Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Ok(" ".repeat(u8::try_from(value)?.into())),
    }
}

struct Writer<'a> {
    state: &'a State<'a, 'a>,
    out: String,
    item: String,
    key: String,
    indent: Option<String>,
    ascii: bool,
    sort: bool,
    depth: usize,
    paid: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        self.pay()?;
        match value.kind() {
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.number(value)?,
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq => {
                self.container('[', ']', value.try_iter()?, |writer, item| writer.value(&item))?
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort {
                    keys.sort();
                }
                self.container('{', '}', keys, |writer, key| {
                    writer.map_key(&key)?;
                    let separator = writer.key.clone();
                    writer.out.push_str(&separator);
                    writer.value(&value.get_item(&key)?)
                })?;
            }
            _ if value.downcast_object_ref::<Integer>().is_some() => self.out.push_str(&value.to_string()),
            kind => return Err(refusal(&format!("{kind} is not JSON serializable"))),
        }
        Ok(())
    }

    fn container(
        &mut self,
        open: char,
        close: char,
        items: impl IntoIterator<Item = Value>,
        mut write: impl FnMut(&mut Self, Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.depth == DEPTH_MAX {
            return Err(refusal("the value is nested too deeply for JSON"));
        }
        self.out.push(open);
        self.depth += 1;
        let mut empty = true;
        for item in items {
            if !empty {
                self.out.push_str(&self.item);
            }
            empty = false;
            self.new_line();
            write(self, item)?;
        }
        self.depth -= 1;
        if !empty {
            self.new_line();
        }
        self.out.push(close);
        Ok(())
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            (0..self.depth).for_each(|_| self.out.push_str(indent));
        }
    }

    fn map_key(&mut self, key: &Value) -> Result<(), Error> {
        match key.kind() {
            ValueKind::String => self.string(key.as_str().unwrap_or_default()),
            ValueKind::None | ValueKind::Bool | ValueKind::Number => {
                self.out.push('"');
                self.value(key)?;
                self.out.push('"');
            }
            kind => return Err(refusal(&format!("keys must be strings or numbers, not {kind}"))),
        }
        Ok(())
    }

    fn number(&mut self, value: &Value) -> Result<(), Error> {
        if value.is_integer() {
            self.out.push_str(&value.to_string());
        } else {
            self.out.push_str(&match f64::try_from(value.clone())? {
                number if number.is_nan() => "NaN".to_owned(),
                number if number.is_infinite() => float_text(number).replace("inf", "Infinity"),
                number => float_text(number),
            });
        }
        Ok(())
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                c if c < ' ' || (self.ascii && !c.is_ascii()) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    /// A template must pay for what it writes before it is written: shared parts can make a small value huge.
    fn pay(&mut self) -> Result<(), Error> {
        let due = 1 + (self.out.len() - self.paid) / 64;
        self.paid = self.out.len();
        self.state.consume_fuel(due as u64)
    }
}

fn refusal(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}
