//! Jinja2's global `cycler(...)`: gives its items in turns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use minijinja::value::{from_args, Object, ObjectRepr, Rest, Value};
use minijinja::{Error, ErrorKind, State};

#[derive(Debug)]
pub struct Cycler {
    items: Vec<Value>,
    place: AtomicUsize,
}

pub fn cycler(items: Rest<Value>) -> Result<Value, Error> {
    if items.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, "cycler needs at least one item"));
    }
    Ok(Value::from_object(Cycler { items: items.to_vec(), place: AtomicUsize::new(0) }))
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("current")).then(|| self.items[self.place.load(Ordering::Relaxed)].clone())
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        name: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let () = from_args(args)?;
        let place = self.place.load(Ordering::Relaxed);
        match name {
            "next" => self.place.store((place + 1) % self.items.len(), Ordering::Relaxed),
            "reset" => self.place.store(0, Ordering::Relaxed),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }
        Ok(if name == "next" { self.items[place].clone() } else { Value::from(()) })
    }
}
