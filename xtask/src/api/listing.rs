//! The list: a line for each public item, sorted.

use std::collections::BTreeSet;
use std::path::Path;

/// Traits that the compiler gives and nobody asks for in this field.
const UNASKED: &[&str] = &[
    "core::marker::Freeze",
    "core::marker::StructuralPartialEq",
    "core::marker::UnsafeUnpin",
    "core::panic::unwind_safe::RefUnwindSafe",
    "core::panic::unwind_safe::UnwindSafe",
];

/// Traits that a type has by itself, so that only those that lack them are listed.
const USUAL: &[&str] = &["core::marker::Send", "core::marker::Sync", "core::marker::Unpin"];

/// Methods that are there because the trait is, which is listed.
const IMPLIED: &[&str] = &[
    "::clone(&self) -> ",
    "::eq(&self, &",
    "::fmt(&self, &mut core::fmt::Formatter<'_>) -> ",
    "::hash<__H: core::hash::Hasher>(&self, &mut __H)",
];

/// Makes the list of what rustdoc has told.
pub(super) fn of(json: &Path) -> Result<String, String> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .build()
        .map_err(|error| format!("{}: {error}", json.display()))?;
    let mut list = String::new();
    for line in api.items().map(ToString::to_string).filter(|line| !is_noise(line)) {
        list.push_str(&line);
        list.push('\n');
    }
    Ok(list)
}

/// Whether a line says what goes without saying.
fn is_noise(line: &str) -> bool {
    if IMPLIED.iter().any(|method| line.contains(method)) {
        return true;
    }
    let Some((head, _)) = line.strip_prefix("impl").and_then(|rest| rest.split_once(" for ")) else {
        return false;
    };
    let (generics, name) = head.rsplit_once(' ').unwrap_or_default();
    let without_conditions = generics.trim_matches(['<', '>']).split(", ").all(|generic| {
        // Lifetimes alone ask nothing of a type.
        generic.is_empty() || generic.starts_with('\'')
    });
    UNASKED.contains(&name.trim_start_matches('!')) || USUAL.contains(&name) && without_conditions
}

/// What is in one of two lists alone, marked with `-` and `+`.
pub(super) fn difference(before: &str, after: &str) -> Vec<String> {
    let set = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, after) = (set(before), set(after));
    let gone = before.difference(&after).map(|line| format!("- {line}"));
    gone.chain(after.difference(&before).map(|line| format!("+ {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_without_saying_is_left_out() {
        for line in [
            "impl core::marker::Send for a::A",
            "impl core::marker::Freeze for a::A",
            "impl<'a, 'b> core::marker::Sync for a::A<'a, 'b>",
            "impl !core::panic::unwind_safe::UnwindSafe for a::A",
            "impl<T> core::marker::Freeze for a::A<T> where T: core::marker::Freeze",
            "pub fn a::A::fmt(&self, &mut core::fmt::Formatter<'_>) -> core::fmt::Result",
            "pub fn a::A::clone(&self) -> a::A",
        ] {
            assert!(is_noise(line), "{line}");
        }
        for line in [
            "impl !core::marker::Send for a::A",
            "impl<'a> !core::marker::Sync for a::A<'a>",
            "impl<T> core::marker::Sync for a::A<T> where T: core::marker::Sync",
            "impl core::clone::Clone for a::A",
            "impl<T: core::clone::Clone> core::clone::Clone for a::A<T>",
            "impl a::A",
            "pub fn a::A::clone_from_parts(&self) -> a::A",
        ] {
            assert!(!is_noise(line), "{line}");
        }
    }

    #[test]
    fn what_came_and_what_went_is_told() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), [""; 0]);
        assert_eq!(difference("a\nb\n", "b\nc\n"), ["- a", "+ c"]);
        assert_eq!(difference("", "c\n"), ["+ c"]);
    }
}
