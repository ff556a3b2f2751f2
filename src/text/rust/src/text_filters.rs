//! Filters of texts, which take Python's `str(value)` of any other value.

use minijinja::value::{Kwargs, Rest, StringInput, Value};
use minijinja::{filters, Environment, Error, State};

use crate::arguments::Arguments;
use crate::repr::string;

pub fn add(environment: &mut Environment) {
    environment.add_filter("string", string);
    environment.add_filter("join", join);
    environment.add_filter("replace", replace);
    environment.add_filter("trim", trim);
    environment.add_filter("upper", |state: &State, value: &Value| -> Result<Value, Error> {
        Ok(filters::upper(StringInput::new(state, &string(state, value)?)?))
    });
    environment.add_filter("lower", |state: &State, value: &Value| -> Result<Value, Error> {
        Ok(filters::lower(StringInput::new(state, &string(state, value)?)?))
    });
    environment.add_filter("capitalize", |state: &State, value: &Value| -> Result<Value, Error> {
        Ok(filters::capitalize(StringInput::new(state, &string(state, value)?)?))
    });
    environment.add_filter("title", |state: &State, value: &Value| -> Result<Value, Error> {
        Ok(Value::from(filters::title(string(state, value)?.to_string().into())))
    });
    let escape = |state: &mut State, value: &Value| -> Result<Value, Error> {
        let text = string(state, value)?;
        filters::escape(state, &text)
    };
    environment.add_filter("escape", escape);
    environment.add_filter("e", escape);
}

/// The items' texts, or those of an attribute of theirs (`user.name`), with `d` between them.
fn join(state: &State, value: &Value, placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::of(&placed, &named, &["d", "attribute"])?;
    let between = arguments.value(0).map(|text| string(state, text)).transpose()?;
    let between = between.as_ref().and_then(Value::as_str).unwrap_or_default();
    let mut out = String::new();
    for (i, item) in value.try_iter()?.enumerate() {
        let item = match arguments.value(1) {
            Some(path) => attribute_of(item, path)?,
            None => item,
        };
        let text = string(state, &item)?;
        let text = text.as_str().unwrap_or_default();
        let between = if i > 0 { between } else { "" };
        state.consume_fuel(1 + ((between.len() + text.len()) / 64) as u64)?;
        out.push_str(between);
        out.push_str(text);
    }
    Ok(Value::from(out))
}

fn attribute_of(item: Value, path: &Value) -> Result<Value, Error> {
    let Some(path) = path.as_str() else { return item.get_item(path) };
    path.split('.').try_fold(item, |item, name| match name.parse::<usize>() {
        Ok(index) => item.get_item_by_index(index),
        Err(_) => item.get_attr(name),
    })
}

/// All or the first `count` places where `old` stands, filled with `new`.
fn replace(state: &State, value: &Value, placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::of(&placed, &named, &["old", "new", "count"])?;
    let argument = |place| string(state, &arguments.value(place).cloned().unwrap_or_default());
    let (text, old, new) = (string(state, value)?, argument(0)?, argument(1)?);
    let [text, old, new] = [&text, &old, &new].map(|text| text.as_str().unwrap_or_default());
    let most = usize::try_from(arguments.get::<i64>(2)?.unwrap_or(-1)).unwrap_or(usize::MAX);
    let places = text.matches(old).take(most).count();
    state.consume_fuel((places.saturating_mul(new.len()) / 64) as u64)?;
    Ok(Value::from(text.replacen(old, new, most)))
}

/// The text without these characters, or without blanks, at both ends.
fn trim(state: &State, value: &Value, placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::of(&placed, &named, &["chars"])?;
    let text = string(state, value)?;
    let text = text.as_str().unwrap_or_default();
    Ok(Value::from(match arguments.text(0)? {
        None => text.trim(),
        Some(characters) => text.trim_matches(&characters.chars().collect::<Vec<_>>()[..]),
    }))
}
