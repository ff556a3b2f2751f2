//! Jinja2's global `joiner(sep)`: nothing the first time it is called, then the separator.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use minijinja::value::{from_args, Kwargs, Object, ObjectRepr, Rest, Value};
use minijinja::{Error, State};

use crate::arguments::Arguments;

#[derive(Debug)]
struct Joiner {
    separator: Value,
    used: AtomicBool,
}

pub fn joiner(placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::of(&placed, &named, &["sep"])?;
    let separator = arguments.value(0).cloned().unwrap_or_else(|| Value::from(", "));
    Ok(Value::from_object(Joiner { separator, used: AtomicBool::new(false) }))
}

impl Object for Joiner {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let () = from_args(args)?;
        let used = self.used.swap(true, Ordering::Relaxed);
        Ok(if used { self.separator.clone() } else { Value::from("") })
    }
}
