//! The bodies of requests and answers.

use std::collections::BTreeSet;

use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};

/// The schemas of these names, each once, and those that they refer to.
pub(super) fn named(names: impl Iterator<Item = &'static str>) -> Vec<(&'static str, Schema)> {
    let mut names: BTreeSet<_> = names.collect();
    if names.contains("ApiKeys") {
        names.insert("ApiKey");
    }
    if names.contains("Sessions") {
        names.insert("Session");
    }
    names.into_iter().map(|name| (name, Schema::from(of(name).build()))).collect()
}

fn of(name: &str) -> ObjectBuilder {
    let object = ObjectBuilder::new();
    match name {
        "Error" => object
            .description(Some("A refusal (RFC 6749 section 5.2, RFC 6750 section 3.1)."))
            .property("error", text())
            .required("error"),
        "Grant" => object
            .property("grant_type", words(&["client_credentials", "refresh_token"]))
            .property("refresh_token", text()),
        "Refresh" => object
            .property("grant_type", words(&["refresh_token"]))
            .property("refresh_token", text())
            .required("refresh_token"),
        "Tokens" => page_tokens(object)
            .description(Some(
                "A pair, as RFC 6749 section 5.1 has it; or `token` alone, where no refresh tokens are issued.",
            ))
            .property("refresh_token", text())
            .property("token", text()),
        "PageTokens" => {
            page_tokens(object).required("access_token").required("token_type").required("expires_in")
        }
        "OneToken" => {
            object.property("token", text()).required("token").property("token_type_hint", text())
        }
        "Introspection" => object
            .description(Some("RFC 7662 section 2.2. Of a token that is not good, `active` alone."))
            .property("active", typed(Type::Boolean))
            .required("active")
            .property("scope", text())
            .property("token_type", text())
            .property("exp", typed(Type::Integer))
            .property("iat", typed(Type::Integer))
            .property("nbf", typed(Type::Integer))
            .property("sub", text())
            .property("aud", texts())
            .property("iss", text())
            .property("jti", text()),
        "JwkSet" => object
            .property("keys", ArrayBuilder::new().items(typed(Type::Object)).build())
            .required("keys"),
        "NewApiKey" => object
            .property("name", text())
            .required("name")
            .property("scopes", texts())
            .required("scopes")
            .property("expires_in", described(Type::Integer, "Seconds; until it is removed, if absent.")),
        "ApiKey" => api_key(object),
        "CreatedApiKey" => api_key(object).property("key", text()).required("key"),
        "ApiKeys" => {
            let keys = ArrayBuilder::new().items(RefOr::<Schema>::Ref(Ref::from_schema_name("ApiKey")));
            object.property("api_keys", keys.build()).required("api_keys")
        }
        "Session" => object
            .property("id", text())
            .required("id")
            .property("name", described(Type::String, "What the application calls it; may be empty."))
            .required("name")
            .property("scopes", texts())
            .required("scopes")
            .property("current", described(Type::Boolean, "Whether the request's token comes from it."))
            .required("current")
            .property("created_at", described(Type::String, "RFC 3339."))
            .required("created_at")
            .property("last_refreshed_at", described(Type::String, "RFC 3339; null before the first refresh."))
            .property("expires_at", described(Type::String, "RFC 3339; a refresh moves it."))
            .required("expires_at"),
        "Sessions" => {
            let sessions =
                ArrayBuilder::new().items(RefOr::<Schema>::Ref(Ref::from_schema_name("Session")));
            object.property("sessions", sessions.build()).required("sessions")
        }
        _ => object,
    }
}

fn page_tokens(object: ObjectBuilder) -> ObjectBuilder {
    object
        .property("access_token", text())
        .property("token_type", words(&["Bearer"]))
        .property("expires_in", described(Type::Integer, "Seconds."))
        .property("scope", described(Type::String, "Scope tokens with spaces between."))
}

fn api_key(object: ObjectBuilder) -> ObjectBuilder {
    let moment = || described(Type::String, "RFC 3339.");
    let maybe = || {
        let types = SchemaType::from_iter([Type::String, Type::Null]);
        ObjectBuilder::new().schema_type(types).description(Some("RFC 3339.")).build()
    };
    let object = object
        .property("id", text())
        .property("name", text())
        .property("hint", described(Type::String, "What the key begins and ends with."))
        .property("scopes", texts())
        .property("created_at", moment())
        .property("expires_at", maybe())
        .property("last_used_at", maybe());
    ["id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at"]
        .into_iter()
        .fold(object, ObjectBuilder::required)
}

fn typed(of: Type) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::Type(of)).build()
}

fn described(of: Type, description: &str) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::Type(of)).description(Some(description)).build()
}

/// A string.
pub(super) fn text() -> Object {
    typed(Type::String)
}

fn texts() -> utoipa::openapi::schema::Array {
    ArrayBuilder::new().items(text()).build()
}

fn words(words: &[&str]) -> Object {
    let values = words.iter().copied().map(str::to_owned);
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(values)).build()
}
