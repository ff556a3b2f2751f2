//! Jinja2's tests of what a value is.

use minijinja::value::{Value, ValueKind};

use crate::cycler::Cycler;
use crate::integer::Integer;

/// As in Python: nothing to iterate in None, but an undefined variable is an empty sequence.
pub fn is_iterable(value: &Value) -> bool {
    use ValueKind::{Iterable, Map, Seq, String, Undefined};
    matches!(value.kind(), String | Seq | Map | Iterable | Undefined)
}

/// Whatever has a length and items, so texts and mappings too.
pub fn is_sequence(value: &Value) -> bool {
    use ValueKind::{Iterable, Map, Seq, String, Undefined};
    match value.kind() {
        String | Seq | Map | Undefined => true,
        Iterable => value.len().is_some(),
        _ => false,
    }
}

/// Functions, macros and joiners; in Jinja2 an undefined variable too.
pub fn is_callable(value: &Value) -> bool {
    let is_value =
        value.downcast_object_ref::<Integer>().is_some() || value.downcast_object_ref::<Cycler>().is_some();
    let is_macro = value.as_object().is_some_and(|object| object.type_name().ends_with("::Macro"));
    value.is_undefined() || is_macro || (value.kind() == ValueKind::Plain && !is_value)
}

/// A bool is no integer.
pub fn is_integer(value: &Value) -> bool {
    value.is_integer() || value.downcast_object_ref::<Integer>().is_some()
}

/// A bool is a number.
pub fn is_number(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Number | ValueKind::Bool) || is_integer(value)
}
