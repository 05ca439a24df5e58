//! Requests that take turns.

use std::cell::Cell;
use std::hint::black_box;

use http::HeaderValue;

use crate::contender::Contender;

/// More than a batch would find in the nearest cache.
pub(super) const REQUESTS: usize = 64;

/// A contender that is shown one token after the other, each of which it has to take.
pub(super) fn contender<T: 'static>(
    name: &'static str,
    tokens: &[String],
    authenticate: impl Fn(&HeaderValue) -> Option<T> + 'static,
) -> Result<Contender, Box<dyn std::error::Error>> {
    let values = tokens.iter().map(|token| HeaderValue::from_str(&format!("Bearer {token}")));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    if values.iter().any(|value| authenticate(value).is_none()) {
        return Err(format!("{name} refuses a good token").into());
    }
    let turn = Cell::new(0);
    let next = move || {
        turn.set((turn.get() + 1) % values.len());
        values.get(turn.get()).and_then(|value| authenticate(black_box(value)))
    };
    Ok(Contender::new(name, next, Option::is_some)?)
}
