//! Arguments that may be given by place or by name, as Python's functions take them.

use minijinja::value::{from_args, Kwargs, Rest, Value};
use minijinja::{Error, ErrorKind};

pub struct Arguments(Vec<Value>);

impl Arguments {
    /// Those of these names, in this order.
    pub fn of(placed: &[Value], named: &Kwargs, names: &[&str]) -> Result<Arguments, Error> {
        if placed.len() > names.len() {
            return Err(Error::from(ErrorKind::TooManyArguments));
        }
        let mut values = placed.to_vec();
        for name in &names[placed.len()..] {
            values.push(if named.has(name) { named.get(name)? } else { Value::UNDEFINED });
        }
        named.assert_all_used()?;
        Ok(Arguments(values))
    }

    /// Of a call in which the named ones come last.
    pub fn of_call(args: &[Value], names: &[&str]) -> Result<Arguments, Error> {
        let (placed, named): (Rest<Value>, Kwargs) = from_args(args)?;
        Arguments::of(&placed, &named, names)
    }

    /// The argument, if it is given, be it None.
    pub fn given(&self, place: usize) -> Option<&Value> {
        Some(&self.0[place]).filter(|value| !value.is_undefined())
    }

    /// The argument, unless it is None or not given.
    pub fn value(&self, place: usize) -> Option<&Value> {
        Some(&self.0[place]).filter(|value| !value.is_undefined() && !value.is_none())
    }

    pub fn get<T: TryFrom<Value, Error = Error>>(&self, place: usize) -> Result<Option<T>, Error> {
        self.value(place).cloned().map(T::try_from).transpose()
    }

    pub fn text(&self, place: usize) -> Result<Option<&str>, Error> {
        match self.value(place) {
            Some(value) if value.as_str().is_none() => {
                let message = format!("a text is needed, not {}", value.kind());
                Err(Error::new(ErrorKind::InvalidOperation, message))
            }
            value => Ok(value.and_then(Value::as_str)),
        }
    }

    pub fn required_text(&self, place: usize) -> Result<&str, Error> {
        self.text(place)?.ok_or_else(|| Error::from(ErrorKind::MissingArgument))
    }
}
