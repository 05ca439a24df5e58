//! The sessions that a user sees.

use axum::Router;
use countersign_axum::TokenRoutes;
use serde_json::Value;

use crate::support::{Service, basic, json_of, send, status};

/// Routes that call a session by the `User-Agent` of its login.
fn routes(service: &Service) -> Router {
    let agent =
        |parts: &axum::http::request::Parts| Some(parts.headers.get("user-agent")?.to_str().ok()?.to_owned());
    let routes = TokenRoutes::new(&service.authenticator).tokens().sessions().session_names(agent);
    routes.into_router().unwrap()
}

/// Logs in as alice, and returns the access token as a header.
async fn log_in(router: &Router, agent: Option<&str>) -> String {
    let password = format!("authorization: {}", basic("alice", "wonderland"));
    let agent = agent.map(|agent| format!("user-agent: {agent}"));
    let headers: Vec<&str> = [Some(password.as_str()), agent.as_deref()].into_iter().flatten().collect();
    let tokens = json_of(&send(router, "POST /tokens", &headers, "").await);
    format!("authorization: Bearer {}", tokens["access_token"].as_str().unwrap())
}

async fn listed(router: &Router, access: &str) -> Vec<Value> {
    let answer = json_of(&send(router, "GET /sessions", &[access], "").await);
    answer["sessions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn list_names_sessions_and_marks_the_current_one() {
    let service = Service::new();
    let router = routes(&service);
    let long = "x".repeat(201);
    let (first, second, third) = (
        log_in(&router, Some("Firefox on Linux")).await,
        log_in(&router, None).await,
        log_in(&router, Some(&long)).await,
    );
    let sessions = listed(&router, &first).await;
    let mut names: Vec<_> = sessions.iter().map(|session| session["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["", "", "Firefox on Linux"], "a name that is too long is dropped");
    for access in [&first, &second, &third] {
        let sessions = listed(&router, access).await;
        assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    }
    let current = sessions.iter().find(|session| session["current"] == true).unwrap();
    assert_eq!(current["name"], "Firefox on Linux");
    assert_eq!(current["created_at"], "2026-11-01T12:00:00Z");
    assert_eq!(current["last_refreshed_at"], Value::Null);
    assert_eq!(current["scopes"], serde_json::json!(["read", "write"]));
}

#[tokio::test]
async fn one_session_or_all_others_are_ended() {
    let service = Service::new();
    let router = routes(&service);
    let (here, other, third) =
        (log_in(&router, None).await, log_in(&router, None).await, log_in(&router, None).await);
    let sessions = listed(&router, &other).await;
    let other_id =
        sessions.iter().find(|session| session["current"] == true).unwrap()["id"].as_str().unwrap();
    let line = format!("DELETE /sessions/{other_id}");
    assert_eq!(status(&send(&router, &line, &[&here], "").await), 204);
    assert_eq!(status(&send(&router, &line, &[&here], "").await), 404);
    assert_eq!(status(&send(&router, "GET /sessions", &[&other], "").await), 401);
    assert_eq!(listed(&router, &here).await.len(), 2);
    assert_eq!(status(&send(&router, "DELETE /sessions/others", &[&here], "").await), 204);
    assert_eq!(status(&send(&router, "GET /sessions", &[&third], "").await), 401);
    assert_eq!(listed(&router, &here).await.len(), 1);
}
