//! The story of an API with tokens, from the first refusal to the purge.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::USERS;
use super::client::{Client, Expected, Sent, basic, bearer, check};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

const UNAUTHORIZED: Expected<'_> = Expected {
    status: 401,
    challenges: &[r#"Bearer realm="service""#],
    body: Some(r#"{"error":"unauthorized"}"#),
};
const INVALID_TOKEN: Expected<'_> = Expected {
    status: 401,
    challenges: &[r#"Bearer realm="service", error="invalid_token""#],
    body: Some(r#"{"error":"invalid_token"}"#),
};
const INVALID_GRANT: Expected<'_> =
    Expected { status: 400, challenges: &[], body: Some(r#"{"error":"invalid_grant"}"#) };
const WRONG_PASSWORD: Expected<'_> = Expected {
    status: 401,
    challenges: &[r#"Basic realm="service", charset="UTF-8""#],
    body: Some(r#"{"error":"invalid_client"}"#),
};
const NO_CONTENT: Expected<'_> = Expected { status: 204, challenges: &[], body: Some("") };

/// The lifetimes in the story.
pub(crate) struct Story {
    pub(crate) access_lifetime: Duration,
    pub(crate) refresh_lifetime: Duration,
    pub(crate) revocation_margin: Duration,
}

/// The state that a restart must keep.
pub(crate) struct Marks {
    revoked_access: String,
    revoked_refresh: String,
    api_key: String,
    api_key_id: String,
}

/// The two tokens of an answer.
struct Pair {
    access: String,
    refresh: String,
}

fn text(answer: &Value, name: &str) -> Result<String, String> {
    answer[name].as_str().map(str::to_owned).ok_or_else(|| format!("the answer has no {name}"))
}

fn pair(answer: &Value) -> Result<Pair, String> {
    Ok(Pair { access: text(answer, "access_token")?, refresh: text(answer, "refresh_token")? })
}

fn with(authorization: &str) -> Sent<'_> {
    Sent { authorization: Some(authorization), body: None }
}

fn form(text: &str) -> Sent<'_> {
    Sent { authorization: None, body: Some((FORM, text)) }
}

impl Story {
    /// The service's options for these lifetimes.
    pub(crate) fn options(&self) -> [(&'static str, u64); 5] {
        [
            ("--access-lifetime", self.access_lifetime.as_secs()),
            ("--refresh-lifetime", self.refresh_lifetime.as_secs()),
            ("--grace", 8),
            ("--revocation-margin", self.revocation_margin.as_secs()),
            ("--purge-interval", 1),
        ]
    }

    /// Runs the story; returns the number of checked answers.
    pub(crate) fn tell(&self, url: &str) -> Result<u32, String> {
        let mut client = Client::new(url);
        refusals(&mut client)?;
        let pair = log_in_and_refresh(&mut client)?;
        log_out(&mut client, &pair)?;
        stolen_refresh_token(&mut client)?;
        either_kind(&mut client)?;
        api_key(&mut client)?;
        self.purge(&mut client)?;
        Ok(client.checked())
    }

    /// Creates the state that a restart must keep.
    pub(crate) fn leave_marks(&self, url: &str) -> Result<Marks, String> {
        println!("\n== What a restart must not forget");
        let mut client = Client::new(url);
        let pair = log_in(&mut client, "Log in once more")?;
        let (api_key, api_key_id) = create_api_key(&mut client, &pair.access)?;
        let header = bearer(&pair.access);
        client.exchange("Log out", "DELETE /tokens", with(&header), NO_CONTENT)?;
        Ok(Marks { revoked_access: pair.access, revoked_refresh: pair.refresh, api_key, api_key_id })
    }

    /// Checks that state.
    pub(crate) fn find_marks(&self, url: &str, marks: &Marks) -> Result<u32, String> {
        println!("\n== After the restart");
        let mut client = Client::new(url);
        let header = bearer(&marks.revoked_access);
        client.exchange("The access token is still revoked", "GET /me", with(&header), INVALID_TOKEN)?;
        let body = format!("refresh_token={}", marks.revoked_refresh);
        let title = "So is the refresh token";
        client.exchange(title, "POST /tokens/refresh", form(&body), INVALID_GRANT)?;
        let header = bearer(&marks.api_key);
        let title = "The API key still works: the file has its digest, and the key beside it is the same";
        let me = client.exchange(title, "GET /me", with(&header), Expected::status(200))?;
        check(title, "subject", &me["subject"], &"alice")?;
        let pair = log_in(&mut client, "Log in with the same password")?;
        let header = bearer(&pair.access);
        let line = format!("DELETE /api-keys/{}", marks.api_key_id);
        client.exchange("Remove the API key", &line, with(&header), NO_CONTENT)?;
        Ok(client.checked())
    }

    /// Waits until the revoked tokens have expired, and expects their entries to be purged.
    fn purge(&self, client: &mut Client<'_>) -> Result<(), String> {
        println!("\n== Purge: an entry stays only for as long as its token could still be accepted");
        let count = |client: &mut Client<'_>, title: &str| -> Result<u64, String> {
            let (name, password, _) = USERS[1];
            let header = basic(name, password);
            let operator = client.exchange(
                "An operator logs in",
                "POST /tokens",
                with(&header),
                Expected::status(200),
            )?;
            let header = bearer(&text(&operator, "access_token")?);
            let line = "GET /operator/revocations";
            let counts = client.exchange(title, line, with(&header), Expected::status(200))?;
            counts["sessions"].as_u64().ok_or_else(|| "the answer has no count of sessions".to_owned())
        };
        let before = count(client, "How many sessions are revoked now")?;
        if before == 0 {
            return Err("revoked sessions were purged before their time".to_owned());
        }
        let wait = self.refresh_lifetime + self.revocation_margin;
        println!("\n({} seconds pass: the sessions' whole life, and the margin)", wait.as_secs());
        std::thread::sleep(wait);
        // The purge runs about every second.
        let deadline = Instant::now() + Duration::from_secs(10);
        while count(client, "And now")? > 0 {
            if Instant::now() > deadline {
                return Err("revoked sessions were not purged after their time".to_owned());
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        Ok(())
    }
}

fn refusals(client: &mut Client<'_>) -> Result<(), String> {
    println!("\n== Refused without a token");
    client.exchange("Nothing shown: a challenge without a code", "GET /me", Sent::default(), UNAUTHORIZED)?;
    let title = "A token that is none";
    client.exchange(title, "GET /me", with("Bearer abc"), INVALID_TOKEN)?;
    let expected = Expected {
        status: 400,
        challenges: &[r#"Bearer realm="service", error="invalid_request""#],
        body: Some(r#"{"error":"invalid_request"}"#),
    };
    client.exchange("A malformed header", "GET /me", with("Bearer a b"), expected)?;
    let wrong = basic("alice", "looking-glass");
    client.exchange("Log in with a wrong password", "POST /tokens", with(&wrong), WRONG_PASSWORD)?;
    let unknown = basic("mallory", "wonderland");
    let title = "Log in as nobody: the same answer";
    client.exchange(title, "POST /tokens", with(&unknown), WRONG_PASSWORD)?;
    Ok(())
}

fn log_in(client: &mut Client<'_>, title: &str) -> Result<Pair, String> {
    let (name, password, _) = USERS[0];
    let header = basic(name, password);
    let answer = client.exchange(title, "POST /tokens", with(&header), Expected::status(200))?;
    check(title, "token_type", &answer["token_type"], &"Bearer")?;
    pair(&answer)
}

fn log_in_and_refresh(client: &mut Client<'_>) -> Result<Pair, String> {
    println!("\n== Logged in with Basic, let in with Bearer, refreshed");
    let first = log_in(client, "Log in: an access token and a refresh token")?;
    let header = bearer(&first.access);
    let title = "Let in";
    let me = client.exchange(title, "GET /me", with(&header), Expected::status(200))?;
    check(title, "subject", &me["subject"], &"alice")?;
    let forbidden = Expected {
        status: 403,
        challenges: &[r#"Bearer realm="service", error="insufficient_scope""#],
        body: Some(r#"{"error":"insufficient_scope"}"#),
    };
    let title = "Not an operator";
    client.exchange(title, "GET /operator/revocations", with(&header), forbidden)?;

    let body = format!("refresh_token={}", first.refresh);
    let line = "POST /tokens/refresh";
    let second = pair(&client.exchange("Refresh: a new pair", line, form(&body), Expected::status(200))?)?;
    let title = "The same refresh token again, at once (a lost answer, a second tab): the same successor";
    let replay = pair(&client.exchange(title, line, form(&body), Expected::status(200))?)?;
    check(title, "successor", &replay.refresh, &second.refresh)?;
    let header = bearer(&second.access);
    client.exchange("Let in with the new one", "GET /me", with(&header), Expected::status(200))?;
    Ok(second)
}

fn log_out(client: &mut Client<'_>, pair: &Pair) -> Result<(), String> {
    println!("\n== Logged out: access and refresh token are both refused");
    let header = bearer(&pair.access);
    client.exchange("Log out", "DELETE /tokens", with(&header), NO_CONTENT)?;
    client.exchange("The access token", "GET /me", with(&header), INVALID_TOKEN)?;
    let body = format!("refresh_token={}", pair.refresh);
    client.exchange("The refresh token", "POST /tokens/refresh", form(&body), INVALID_GRANT)?;
    client.exchange("Log out again", "DELETE /tokens", with(&header), INVALID_TOKEN)?;
    Ok(())
}

fn stolen_refresh_token(client: &mut Client<'_>) -> Result<(), String> {
    println!("\n== A refresh token replayed once its successor was used: somebody has a copy");
    let first = log_in(client, "Log in")?;
    let line = "POST /tokens/refresh";
    let old = format!("refresh_token={}", first.refresh);
    let second = pair(&client.exchange("Refresh", line, form(&old), Expected::status(200))?)?;
    let body = format!("refresh_token={}", second.refresh);
    let third = pair(&client.exchange("Refresh again", line, form(&body), Expected::status(200))?)?;
    client.exchange("The first refresh token, replayed", line, form(&old), INVALID_GRANT)?;
    let body = format!("refresh_token={}", third.refresh);
    let title = "The session is over: its newest refresh token is refused";
    client.exchange(title, line, form(&body), INVALID_GRANT)?;
    let header = bearer(&third.access);
    client.exchange("And its access token", "GET /me", with(&header), INVALID_TOKEN)?;
    Ok(())
}

fn either_kind(client: &mut Client<'_>) -> Result<(), String> {
    println!("\n== An endpoint that takes either Basic or Bearer");
    let challenges = [r#"Bearer realm="service""#, r#"Basic realm="service", charset="UTF-8""#];
    let expected =
        Expected { status: 401, challenges: &challenges, body: Some(r#"{"error":"unauthorized"}"#) };
    client.exchange("Nothing shown: two challenges", "GET /report", Sent::default(), expected)?;
    let (name, password, _) = USERS[0];
    let header = basic(name, password);
    client.exchange("With a password", "GET /report", with(&header), Expected::status(200))?;
    client.exchange("Which /me does not take", "GET /me", with(&header), UNAUTHORIZED)?;
    let pair = log_in(client, "Log in")?;
    let header = bearer(&pair.access);
    client.exchange("With a token", "GET /report", with(&header), Expected::status(200))?;
    Ok(())
}

fn create_api_key(client: &mut Client<'_>, access: &str) -> Result<(String, String), String> {
    let header = bearer(access);
    let body = Some((JSON, r#"{"name":"deploy","scopes":["profile"]}"#));
    let sent = Sent { authorization: Some(&header), body };
    let created =
        client.exchange("Make an API key: shown this once", "POST /api-keys", sent, Expected::status(201))?;
    Ok((text(&created, "key")?, text(&created, "id")?))
}

fn api_key(client: &mut Client<'_>) -> Result<(), String> {
    println!("\n== An API key: made once, shown once, used, removed");
    let pair = log_in(client, "Log in")?;
    let (key, id) = create_api_key(client, &pair.access)?;
    let header = bearer(&pair.access);
    let title = "The list does not show it";
    let listed = client.exchange(title, "GET /api-keys", with(&header), Expected::status(200))?;
    check(title, "the key in the list", &listed.to_string().contains(&key), &false)?;
    let with_key = bearer(&key);
    let title = "Used";
    let me = client.exchange(title, "GET /me", with(&with_key), Expected::status(200))?;
    check(title, "method", &me["method"], &"ApiKey")?;
    let title = "An API key makes no API keys";
    client.exchange(title, "GET /api-keys", with(&with_key), INVALID_TOKEN)?;
    let line = format!("DELETE /api-keys/{id}");
    client.exchange("Removed", &line, with(&header), NO_CONTENT)?;
    client.exchange("Refused from now on", "GET /me", with(&with_key), INVALID_TOKEN)?;
    Ok(())
}
