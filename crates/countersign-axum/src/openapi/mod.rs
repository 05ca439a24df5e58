//! The mounted routes as OpenAPI, with the security schemes.
//!
//! A table says what each operation takes and answers, by the names of `schemas.rs`. It is written by hand
//! beside routes that are written by hand; a test calls each operation and holds it to its row.

mod schemas;

use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref,
    Required, ResponseBuilder, SecurityRequirement,
};

use crate::TokenRoutes;
use crate::routes::{Config, REFRESH_COOKIE, Tokens};

const BEARER: &str = "bearer";
const BASIC: &str = "basic";
const COOKIE: &str = "refresh_cookie";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const JWK_SET: &str = "application/jwk-set+json";

/// What an operation takes and answers.
struct Operation {
    method: HttpMethod,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    /// Any one of these; none at all if it is empty.
    security: &'static [&'static str],
    /// The scope that the caller needs.
    scope: Option<String>,
    /// Media types and schemas, and whether a body must be there.
    body: (&'static [(&'static str, &'static str)], bool),
    /// The status of success, what that means, and the body.
    success: (&'static str, &'static str, Option<(&'static str, &'static str)>),
    /// Other statuses.
    refusals: &'static [u16],
}

impl TokenRoutes {
    /// The mounted routes as an OpenAPI document, to be [merged](OpenApi::merge) into an application's own,
    /// or nested with the path that the router is nested under ([`OpenApi::nest`]).
    ///
    /// The schemes are `bearer`, `basic` and, for [`browser_tokens`](Self::browser_tokens), `refresh_cookie`;
    /// the application's own operations may refer to them.
    #[must_use]
    pub fn openapi(&self) -> OpenApi {
        let config = self.config();
        let operations = operations(config);
        let mut components = schemes(config);
        for (name, schema) in schemas::named(operations.iter().flat_map(Operation::schemas)) {
            components = components.schema(name, schema);
        }
        let mut paths = PathsBuilder::new();
        for operation in &operations {
            let item = PathItem::new(operation.method.clone(), operation.build(config));
            paths = paths.path(operation.path, item);
        }
        let info = InfoBuilder::new().title("Tokens").version(env!("CARGO_PKG_VERSION")).build();
        OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components.build())).build()
    }
}

fn schemes(config: &Config) -> ComponentsBuilder {
    let http = |scheme, description: &str| {
        let scheme = HttpBuilder::new().scheme(scheme).description(Some(description));
        SecurityScheme::Http(scheme.build())
    };
    let components = ComponentsBuilder::new()
        .security_scheme(BEARER, http(HttpAuthScheme::Bearer, "An access token or an API key (RFC 6750)."))
        .security_scheme(BASIC, http(HttpAuthScheme::Basic, "User name and password in UTF-8 (RFC 7617)."));
    let Some(Tokens::InCookie(_)) = config.tokens else { return components };
    let cookie = ApiKeyValue::with_description(REFRESH_COOKIE, "The refresh token, set by a log-in.");
    components.security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
}

fn operations(config: &Config) -> Vec<Operation> {
    let mut operations = Vec::new();
    match &config.tokens {
        Some(Tokens::InBodies) => operations.extend(tokens_in_bodies()),
        Some(Tokens::InCookie(_)) => operations.extend(tokens_in_cookie()),
        None => {}
    }
    if config.sessions {
        operations.push(Operation {
            security: &[BEARER],
            success: ("204", "Every session of the caller's is over.", None),
            refusals: &[400, 401, 503],
            ..Operation::new(HttpMethod::Delete, "/sessions", "logOutEverywhere", "Log out everywhere")
        });
    }
    if config.sessions && config.has_sessions() {
        operations.extend(sessions());
    }
    if config.api_keys {
        operations.extend(api_keys());
    }
    if config.revocation {
        operations.push(Operation {
            body: (&[(FORM, "OneToken")], true),
            success: ("200", "The token is not good, or not any more.", Some((JSON, "Nothing"))),
            refusals: &[400, 413, 503],
            ..Operation::new(HttpMethod::Post, "/tokens/revoke", "revokeToken", "End a token (RFC 7009)")
        });
    }
    if let Some(scope) = &config.introspection {
        let (method, path) = (HttpMethod::Post, "/tokens/introspect");
        operations.push(Operation {
            security: &[BEARER, BASIC],
            scope: Some(scope.clone()),
            body: (&[(FORM, "OneToken")], true),
            success: ("200", "What the token says, if it is good.", Some((JSON, "Introspection"))),
            refusals: &[400, 401, 403, 413, 429, 503],
            ..Operation::new(method, path, "introspectToken", "Ask whether a token is good (RFC 7662)")
        });
    }
    if config.jwks.is_some() {
        let (method, path) = (HttpMethod::Get, "/.well-known/jwks.json");
        operations.push(Operation {
            success: ("200", "A JWK Set (RFC 7517 section 5).", Some((JWK_SET, "JwkSet"))),
            ..Operation::new(method, path, "publicKeys", "The public keys of signed tokens")
        });
    }
    operations
}

fn tokens_in_bodies() -> [Operation; 3] {
    let issued = ("200", "Tokens.", Some((JSON, "Tokens")));
    [
        Operation {
            security: &[BASIC],
            body: (&[(FORM, "Grant")], false),
            success: issued,
            refusals: &[400, 401, 413, 429, 503],
            ..Operation::new(HttpMethod::Post, "/tokens", "logIn", "Log in, or trade a refresh token")
        },
        Operation {
            body: (&[(FORM, "Refresh"), (JSON, "Refresh")], true),
            success: issued,
            refusals: &[400, 413, 503],
            ..Operation::new(HttpMethod::Post, "/tokens/refresh", "refresh", "Trade a refresh token")
        },
        Operation {
            security: &[BEARER],
            success: ("204", "The token and all that comes from the same log-in are over.", None),
            refusals: &[400, 401, 503],
            ..Operation::new(HttpMethod::Delete, "/tokens", "logOut", "Log out")
        },
    ]
}

fn tokens_in_cookie() -> [Operation; 3] {
    let issued = ("200", "An access token; the refresh token is in the cookie.", Some((JSON, "PageTokens")));
    [
        Operation {
            security: &[BASIC],
            success: issued,
            refusals: &[400, 401, 403, 413, 429, 503],
            ..Operation::new(HttpMethod::Post, "/tokens", "logIn", "Log in")
        },
        Operation {
            security: &[COOKIE],
            success: issued,
            refusals: &[400, 403, 503],
            ..Operation::new(HttpMethod::Post, "/tokens/refresh", "refresh", "Trade the refresh token")
        },
        Operation {
            security: &[COOKIE],
            success: ("204", "The session is over, and the cookie removed.", None),
            refusals: &[400, 403, 503],
            ..Operation::new(HttpMethod::Delete, "/tokens", "logOut", "Log out")
        },
    ]
}

fn sessions() -> [Operation; 3] {
    [
        Operation {
            security: &[BEARER],
            success: ("200", "The caller's live sessions, the oldest first.", Some((JSON, "Sessions"))),
            refusals: &[400, 401, 503],
            ..Operation::new(HttpMethod::Get, "/sessions", "listSessions", "List sessions")
        },
        Operation {
            security: &[BEARER],
            success: ("204", "Every session of the caller's but the current one is over.", None),
            refusals: &[400, 401, 503],
            ..Operation::new(
                HttpMethod::Delete,
                "/sessions/others",
                "endOtherSessions",
                "End all other sessions",
            )
        },
        Operation {
            security: &[BEARER],
            success: ("204", "The session is over.", None),
            refusals: &[400, 401, 404, 503],
            ..Operation::new(HttpMethod::Delete, "/sessions/{id}", "endSession", "End a session")
        },
    ]
}

fn api_keys() -> [Operation; 3] {
    [
        Operation {
            security: &[BEARER],
            success: ("200", "The caller's keys, without the keys themselves.", Some((JSON, "ApiKeys"))),
            refusals: &[400, 401, 503],
            ..Operation::new(HttpMethod::Get, "/api-keys", "listApiKeys", "List API keys")
        },
        Operation {
            security: &[BEARER],
            body: (&[(JSON, "NewApiKey")], true),
            success: ("201", "The key, shown this once.", Some((JSON, "CreatedApiKey"))),
            refusals: &[400, 401, 409, 413, 503],
            ..Operation::new(HttpMethod::Post, "/api-keys", "createApiKey", "Make an API key")
        },
        Operation {
            security: &[BEARER],
            success: ("204", "The key is gone.", None),
            refusals: &[400, 401, 404, 503],
            ..Operation::new(HttpMethod::Delete, "/api-keys/{id}", "removeApiKey", "Remove an API key")
        },
    ]
}

impl Operation {
    fn new(method: HttpMethod, path: &'static str, id: &'static str, summary: &'static str) -> Self {
        let (security, scope, body, success) = (&[] as &[_], None, (&[] as &[_], false), ("200", "", None));
        Self { method, path, id, summary, security, scope, body, success, refusals: &[] }
    }

    /// The names of all schemas that it refers to.
    fn schemas(&self) -> impl Iterator<Item = &'static str> {
        let refused = Some("Error").filter(|_| !self.refusals.is_empty());
        let told = self.success.2.map(|(_, schema)| schema);
        self.body.0.iter().map(|(_, schema)| *schema).chain(told).chain(refused)
    }

    fn build(&self, config: &Config) -> OperationBuilder {
        let content =
            |schema: &str| ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
        let mut operation =
            OperationBuilder::new().operation_id(Some(self.id)).summary(Some(self.summary)).tag("tokens");
        for scheme in self.security {
            let scopes: Vec<&str> = self.scope.as_deref().into_iter().collect();
            operation = operation.security(SecurityRequirement::new(*scheme, scopes));
        }
        let (contents, is_required) = self.body;
        if !contents.is_empty() {
            let required = if is_required { Required::True } else { Required::False };
            let body = RequestBodyBuilder::new().required(Some(required));
            let body =
                contents.iter().fold(body, |body, (media, schema)| body.content(*media, content(schema)));
            operation = operation.request_body(Some(body.build()));
        }
        if self.path.ends_with("{id}") {
            let id = ParameterBuilder::new().name("id").parameter_in(ParameterIn::Path);
            operation = operation.parameter(id.required(Required::True).schema(Some(schemas::text())));
        }
        if let Some(Tokens::InCookie(_)) = config.tokens
            && self.path.starts_with("/tokens")
            && self.refusals.contains(&403)
            && self.scope.is_none()
        {
            let origin = ParameterBuilder::new().name("Origin").parameter_in(ParameterIn::Header);
            let origin = origin.description(Some("An origin of the application's, as browsers send it."));
            operation = operation.parameter(origin.required(Required::False).schema(Some(schemas::text())));
        }
        let (status, description, body) = self.success;
        let mut response = ResponseBuilder::new().description(description);
        if let Some((media_type, schema)) = body {
            response = response.content(media_type, content(schema));
        }
        operation = operation.response(status, response.build());
        for status in self.refusals {
            let response =
                ResponseBuilder::new().description(meaning(*status)).content(JSON, content("Error"));
            operation = operation.response(status.to_string(), response.build());
        }
        operation
    }
}

/// What a refusal of this status means.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed, or what it asks for cannot be granted.",
        401 => "The credentials are missing or not good; `WWW-Authenticate` says what would be taken.",
        403 => "The credentials are good, but not for this, or the request comes from elsewhere.",
        404 => "There is none.",
        409 => "The owner has the maximum of API keys.",
        413 => "The body is too long.",
        429 => "Too many log-ins have failed; `Retry-After` says when to try again.",
        _ => {
            "Something is out of reach, and nothing was done that counts; `Retry-After` says when to try again."
        }
    }
}
