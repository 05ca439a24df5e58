//! A flood of log-ins through an `Authenticator`: what does not fit into the queue is answered at once.

use countersign_random::{DigestKey, DigestKeys};
use countersign_session::{
    AuthMethod, AuthMethods, Authenticator, ErrorKind as Refusal, ErrorResponse, LoginTokens, Principal,
};
use countersign_token_store::MemoryTokenStore;

use super::*;

const URL: &str = "https://api.example";
/// `ada:correct horse`, and `ada:wrong`.
const RIGHT: &[u8] = b"Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const WRONG: &[u8] = b"Basic YWRhOndyb25n";

fn service(verifier: &PasswordVerifier<Users>) -> Authenticator {
    Authenticator::builder(URL, URL)
        .login_tokens(LoginTokens::Random)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32]).unwrap()))
        .token_store(MemoryTokenStore::new())
        .credentials(verifier.clone())
        .build()
        .unwrap()
}

async fn request(service: &Authenticator, value: &[u8]) -> Result<Principal, countersign_session::Error> {
    service.authenticate([value], AuthMethods::basic()).await
}

/// What is answered without waiting for anything.
fn refused_at_once<T>(
    service: &Authenticator,
    request: impl Future<Output = Result<T, countersign_session::Error>>,
) -> ErrorResponse {
    let Poll::Ready(Err(error)) = poll_once(pin!(request)) else { panic!("not refused at once") };
    assert_eq!(error.kind(), Refusal::Busy);
    service.error_response(&error)
}

#[test]
fn a_full_queue_is_answered_with_503_at_once_and_log_ins_are_good_again_afterwards() {
    let (verifier, work) = verifier(Users::with(stored(16, 2, 1)));
    let service = service(&verifier);
    let (release, under_way) = occupied(&verifier);
    // One takes the room that there is. Whoever comes after it is told to come again, right or wrong alike.
    let mut waiting = pin!(service.log_in([RIGHT]));
    assert!(poll_once(waiting.as_mut()).is_pending());
    for value in [RIGHT, WRONG] {
        for reply in [
            refused_at_once(&service, service.log_in([value])),
            refused_at_once(&service, request(&service, value)),
        ] {
            assert_eq!((reply.status(), reply.retry_after()), (503, Some(Duration::from_secs(1))));
            assert!(reply.challenges().is_empty(), "the credentials are not to be asked for again");
        }
    }
    assert_eq!(work.take(), [], "nothing was hashed for them");
    drop(release);
    block_on(under_way).unwrap();
    assert!(block_on(waiting).is_ok());
    assert!(block_on(service.log_in([RIGHT])).is_ok());
    assert_eq!(block_on(request(&service, RIGHT)).unwrap().method(), AuthMethod::Basic);
    assert_eq!(block_on(service.log_in([WRONG])).err().unwrap().kind(), Refusal::InvalidCredentials);
}

#[test]
fn flood_of_wrong_passwords_from_one_address_refuses_no_other_client() {
    for by_basic in [false, true] {
        let (hasher, _) = counted(weak(16, 2, 1));
        let users = Users::with(stored(16, 2, 1));
        let verifier = PasswordVerifier::builder(users).hasher(hasher).workers(1).queue(8).build().unwrap();
        let service = service(&verifier);
        let (release, under_way) = occupied(&verifier);
        let flood = Some("192.0.2.66".parse().unwrap());
        let mut attack: Vec<_> = (0..100)
            .map(|_| {
                Box::pin(async {
                    if by_basic {
                        service.authenticate_from([WRONG], AuthMethods::basic(), flood).await.map(|_| ())
                    } else {
                        service.log_in_from([WRONG], flood).await.map(|_| ())
                    }
                })
            })
            .collect();
        let waiting = attack.iter_mut().map(|attempt| usize::from(poll_once(attempt.as_mut()).is_pending()));
        assert_eq!(waiting.sum::<usize>(), 8, "one client may use the whole queue while no other needs it");
        let mut log_in = pin!(service.log_in_from([RIGHT], Some("192.0.2.1".parse().unwrap())));
        assert!(poll_once(log_in.as_mut()).is_pending(), "it waits, and is not refused");
        drop(release);
        block_on(under_way).unwrap();
        assert!(block_on(log_in).is_ok());
    }
}
