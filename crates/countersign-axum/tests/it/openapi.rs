//! The description is of the routes as they are.

use std::collections::BTreeSet;

use axum::Router;
use countersign_axum::{BrowserTokens, TokenRoutes};
use serde_json::{Value, json};

use crate::support::{FORM, JSON, Service, basic, json_of, send, status};

fn described(routes: &TokenRoutes) -> Value {
    serde_json::from_str(&routes.openapi().to_json().unwrap()).unwrap()
}

/// `METHOD path` of all operations, and what is said of each.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((format!("{} {path}", method.to_uppercase()), operation.clone()));
        }
    }
    operations
}

/// Holds an answer to what is said of its status: the media type, and the members of the body.
fn check(document: &Value, line: &str, operation: &Value, answer: &str) {
    let said = &operation["responses"][status(answer).to_string()];
    assert!(said.is_object(), "{line} is said never to answer {answer}");
    let Some(content) = said["content"].as_object() else {
        assert!(answer.ends_with("\n\n"), "{line} is said to have no body: {answer}");
        return;
    };
    let (media_type, content) = content.iter().next().unwrap();
    assert!(answer.contains(&format!("content-type: {media_type}\n")), "{line}: {answer}");
    let name = content["schema"]["$ref"].as_str().unwrap().strip_prefix("#/components/schemas/").unwrap();
    let schema = &document["components"]["schemas"][name];
    let body = json_of(answer);
    for member in body.as_object().unwrap().keys() {
        assert!(schema["properties"].get(member).is_some(), "{name} has no {member}");
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(body.get(required.as_str().unwrap()).is_some(), "{line} lacks {required}");
    }
}

/// A request to each operation that it grants.
async fn granted(service: &Service, router: &Router, line: &str) -> String {
    let bearer = |token: &str| format!("authorization: Bearer {token}");
    let (access, refresh) = service.pair("alice").await;
    let alice = bearer(&access);
    let password = format!("authorization: {}", basic("alice", "wonderland"));
    let body = format!("token={access}");
    let (line, headers, body) = match line {
        "POST /tokens" => (line, vec![password], String::new()),
        "POST /tokens/refresh" => (line, vec![FORM.to_owned()], format!("refresh_token={refresh}")),
        "POST /api-keys" => (
            line,
            vec![alice, JSON.to_owned()],
            r#"{"name":"n","scopes":["read"],"expires_in":60}"#.to_owned(),
        ),
        "DELETE /api-keys/{id}" => {
            let body = r#"{"name":"n","scopes":[]}"#;
            let made = json_of(&send(router, "POST /api-keys", &[&alice], body).await);
            let line = format!("DELETE /api-keys/{}", made["id"].as_str().unwrap());
            return send(router, &line, &[&alice], "").await;
        }
        "DELETE /sessions/{id}" => {
            let listed = json_of(&send(router, "GET /sessions", &[&alice], "").await);
            let line = format!("DELETE /sessions/{}", listed["sessions"][0]["id"].as_str().unwrap());
            return send(router, &line, &[&alice], "").await;
        }
        "POST /tokens/revoke" => (line, vec![FORM.to_owned()], body),
        "POST /tokens/introspect" => {
            let server = service.api_key("resources", &["introspect"]).await;
            (line, vec![bearer(&server), FORM.to_owned()], body)
        }
        _ => (line, vec![alice], String::new()),
    };
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    send(router, line, &headers, &body).await
}

#[tokio::test]
async fn each_operation_is_as_described() {
    let service = Service::new();
    let routes = TokenRoutes::new(&service.authenticator).tokens().sessions().api_keys().revocation();
    let routes = routes.introspection("introspect").jwks(std::time::Duration::from_secs(60));
    let (document, router) = (described(&routes), routes.into_router().unwrap());
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    let lines: BTreeSet<_> = operations.iter().map(|(line, _)| line.as_str()).collect();
    let expected = [
        "DELETE /api-keys/{id}",
        "DELETE /sessions",
        "DELETE /sessions/others",
        "DELETE /sessions/{id}",
        "DELETE /tokens",
        "GET /.well-known/jwks.json",
        "GET /api-keys",
        "GET /sessions",
        "POST /api-keys",
        "POST /tokens",
        "POST /tokens/introspect",
        "POST /tokens/refresh",
        "POST /tokens/revoke",
    ];
    assert_eq!(lines, BTreeSet::from(expected));
    let with_body = operations.iter().filter(|(_, operation)| operation["requestBody"].is_object());
    let with_body: BTreeSet<_> = with_body.map(|(line, _)| line.as_str()).collect();
    assert_eq!(with_body, lines.iter().copied().filter(|line| line.starts_with("POST")).collect());
    for (line, operation) in &operations {
        let answer = granted(&service, &router, line).await;
        assert!(status(&answer) < 300, "{line}: {answer}");
        check(&document, line, operation, &answer);

        // Without credentials, and with ones that no operation takes.
        let is_guarded = operation.get("security").is_some();
        for headers in [vec![], vec!["authorization: Bearer x"], vec!["authorization: Digest x=y"]] {
            let answer = send(&router, &line.replace("{id}", "none"), &headers, "").await;
            assert_eq!(status(&answer) == 401, is_guarded, "{line}: {answer}");
            check(&document, line, operation, &answer);
            let takes = |scheme: &str| {
                let security = operation["security"].as_array();
                security.into_iter().flatten().any(|requirement| requirement.get(scheme).is_some())
            };
            assert_eq!(answer.contains("www-authenticate: Bearer"), takes("bearer"), "{line}");
            assert_eq!(answer.contains("www-authenticate: Basic"), takes("basic"), "{line}");
        }

        // The body, where there is one: it may be missing or not, and is refused as anything else.
        let body = &operation["requestBody"];
        if body.is_object() {
            let bearer = match line.as_str() {
                "POST /tokens" => basic("alice", "wonderland"),
                "POST /tokens/introspect" => basic("resources", "server"),
                _ => format!("Bearer {}", service.access("alice").await),
            };
            let header = format!("authorization: {bearer}");
            let answer = send(&router, line, &[&header], "").await;
            assert_eq!(status(&answer) == 400, body["required"] == true, "{line}: {answer}");
            let answer = send(&router, line, &[&header, "content-type: text/plain"], "x").await;
            assert_eq!(status(&answer), 400, "{line}: {answer}");
            check(&document, line, operation, &answer);
            for media_type in body["content"].as_object().unwrap().keys() {
                assert!([FORM, JSON].contains(&format!("content-type: {media_type}").as_str()));
            }
        }
    }
    let introspect = &document["paths"]["/tokens/introspect"]["post"]["security"];
    assert_eq!(*introspect, json!([{"bearer": ["introspect"]}, {"basic": ["introspect"]}]));
}

#[test]
fn every_schema_that_is_referred_to_is_there_and_no_other() {
    let service = Service::new();
    let browser = BrowserTokens::new("https://app.example");
    let none = TokenRoutes::new(&service.authenticator);
    for (routes, schemas) in [
        (none.clone(), vec![]),
        (none.clone().tokens(), vec!["Error", "Grant", "Refresh", "Tokens"]),
        (none.clone().browser_tokens(browser), vec!["Error", "PageTokens"]),
        (none.clone().api_keys(), vec!["ApiKey", "ApiKeys", "CreatedApiKey", "Error", "NewApiKey"]),
        (none.clone().sessions(), vec!["Error", "Session", "Sessions"]),
        (none.clone().introspection("introspect"), vec!["Error", "Introspection", "OneToken"]),
        (none.jwks(std::time::Duration::ZERO), vec!["JwkSet"]),
    ] {
        let document = described(&routes);
        let names = document["components"]["schemas"].as_object();
        let names: Vec<_> = names.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, schemas);
        for part in document["paths"].to_string().split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(names.contains(&name), "{name}");
        }
    }
}

#[test]
fn a_browser_shows_a_cookie() {
    let service = Service::new();
    let browser = BrowserTokens::new("https://app.example");
    let document = described(&TokenRoutes::new(&service.authenticator).browser_tokens(browser));
    let cookie = &document["components"]["securitySchemes"]["refresh_cookie"];
    assert_eq!((&cookie["type"], &cookie["in"]), (&json!("apiKey"), &json!("cookie")));
    assert_eq!(cookie["name"], "__Host-refresh");
    let paths = &document["paths"];
    assert_eq!(paths["/tokens"]["post"]["security"], json!([{"basic": []}]));
    assert_eq!(paths["/tokens"]["delete"]["security"], json!([{"refresh_cookie": []}]));
    assert_eq!(paths["/tokens/refresh"]["post"]["security"], json!([{"refresh_cookie": []}]));
    let success = |path: &str, method: &str| {
        let responses = paths[path][method]["responses"].as_object().unwrap().clone();
        let (status, response) = responses.into_iter().find(|(status, _)| status.starts_with('2')).unwrap();
        let schema = response["content"]["application/json"]["schema"]["$ref"].clone();
        (status, schema.as_str().map(|name| name.rsplit('/').next().unwrap_or_default().to_owned()))
    };
    let page = ("200".to_owned(), Some("PageTokens".to_owned()));
    assert_eq!((success("/tokens", "post"), success("/tokens/refresh", "post")), (page.clone(), page));
    assert_eq!(success("/tokens", "delete"), ("204".to_owned(), None));
    for (line, operation) in operations(&document) {
        assert_eq!(operation["parameters"][0]["name"], "Origin", "{line}");
        assert!(operation["responses"]["403"].is_object(), "{line}");
    }
}

/// The type of a schema's member: `string`, `[string]` for a list, `->Name` for a reference.
fn type_of(member: &Value) -> String {
    match (&member["type"], member["$ref"].as_str()) {
        (_, Some(reference)) => reference.replace("#/components/schemas/", "->"),
        (Value::String(name), _) if name == "array" => format!("[{}]", type_of(&member["items"])),
        (Value::String(name), _) => name.clone(),
        (Value::Array(names), _) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
        (other, _) => panic!("{other} is no type"),
    }
}

#[test]
fn each_schema_has_these_members() {
    let service = Service::new();
    let routes = TokenRoutes::new(&service.authenticator).tokens().api_keys().introspection("introspect");
    let document = described(&routes.jwks(std::time::Duration::ZERO));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let shown: Vec<_> = schemas
        .iter()
        .map(|(name, schema)| {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let members = schema["properties"].as_object().unwrap().iter().map(|(name, member)| {
                let mark = if required.contains(&json!(name)) { "!" } else { "" };
                format!(" {name}{mark}:{}", type_of(member))
            });
            format!("{name}{}", members.collect::<String>())
        })
        .collect();
    let key = "created_at!:string expires_at!:string|null hint!:string id!:string";
    let rest = "last_used_at!:string|null name!:string scopes!:[string]";
    assert_eq!(
        shown,
        [
            &*format!("ApiKey {key} {rest}"),
            "ApiKeys api_keys!:[->ApiKey]",
            &*format!("CreatedApiKey {key} key!:string {rest}"),
            "Error error!:string",
            "Grant grant_type:string refresh_token:string",
            "Introspection active!:boolean aud:[string] exp:integer iat:integer iss:string jti:string nbf:integer \
             scope:string sub:string token_type:string",
            "JwkSet keys!:[object]",
            "NewApiKey expires_in:integer name!:string scopes!:[string]",
            "OneToken token!:string token_type_hint:string",
            "Refresh grant_type:string refresh_token!:string",
            "Tokens access_token:string expires_in:integer refresh_token:string scope:string token:string \
             token_type:string",
        ]
    );
}

#[test]
fn each_status_of_a_refusal_has_its_own_meaning() {
    let service = Service::new();
    let browser = BrowserTokens::new("https://app.example");
    let routes = TokenRoutes::new(&service.authenticator).browser_tokens(browser).sessions().api_keys();
    let mut meanings = BTreeSet::new();
    for (_, operation) in operations(&described(&routes)) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            if !status.starts_with('2') {
                meanings.insert((status.clone(), response["description"].to_string()));
            }
        }
    }
    let texts: BTreeSet<_> = meanings.iter().map(|(_, text)| text).collect();
    let statuses: Vec<_> = meanings.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(statuses, ["400", "401", "403", "404", "409", "413", "429", "503"]);
    assert_eq!(texts.len(), statuses.len());
    assert!(texts.iter().any(|text| text.contains("WWW-Authenticate")));
}
