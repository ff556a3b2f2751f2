//! Namespaces that hold each other, or themselves, would never be freed: they are taken apart after a render.

use std::cell::RefCell;

use minijinja::value::{Value, ValueKind, ValueOrKwargs};
use minijinja::{context, functions, Environment, Error};

thread_local! {
    /// Those that this thread's render has made.
    static MADE: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

pub fn namespace(defaults: Option<ValueOrKwargs>) -> Result<Value, Error> {
    let made = functions::namespace(defaults)?;
    MADE.with_borrow_mut(|all| all.push(made.clone()));
    Ok(made)
}

/// Takes out what may lead back to a namespace: only a template can, by an assignment to an attribute.
pub fn take_apart(mut environment: Environment) {
    environment.set_fuel(None);
    for namespace in MADE.take() {
        for key in namespace.try_iter().into_iter().flatten() {
            let Some(name) = key.as_str().filter(|name| is_identifier(name)) else { continue };
            if namespace.get_item(&key).is_ok_and(|value| may_lead_back(&value)) {
                let source = format!("{{% set made.{name} = 0 %}}");
                let _ = environment.render_str(&source, context! { made => namespace.clone() });
            }
        }
    }
}

/// Other keys were never assigned to.
fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn may_lead_back(value: &Value) -> bool {
    use ValueKind::{Bool, None, Number, String, Undefined};
    !matches!(value.kind(), Undefined | None | Bool | Number | String)
}
