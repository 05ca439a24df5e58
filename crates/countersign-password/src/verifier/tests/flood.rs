//! A flood of log-ins through an `Authenticator`: what does not fit into the queue is answered at once.

use countersign_random::{DigestKey, DigestKeys};
use countersign_session::{Accept, Authenticator, ErrorKind as Refusal, Issuance, Method, Principal, Reply};
use countersign_token_store::MemoryTokenStore;

use super::*;

const URL: &str = "https://api.example";
/// `ada:correct horse`, and `ada:wrong`.
const RIGHT: &[u8] = b"Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const WRONG: &[u8] = b"Basic YWRhOndyb25n";

/// The verifier, which the test keeps a handle to.
struct Shared(Arc<PasswordVerifier<Users>>);

impl CredentialVerifier for Shared {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        self.0.verify(user_id, password).await
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        self.0.account(subject).await
    }
}

fn service(verifier: &Arc<PasswordVerifier<Users>>) -> Authenticator {
    Authenticator::builder(URL, URL)
        .issuance(Issuance::RandomToken)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32]).unwrap()))
        .tokens(MemoryTokenStore::new())
        .credentials(Shared(Arc::clone(verifier)))
        .build()
        .unwrap()
}

async fn request(service: &Authenticator, value: &[u8]) -> Result<Principal, countersign_session::Error> {
    service.authenticate([value], Accept::basic()).await
}

/// What is answered without waiting for anything.
fn refused_at_once<T>(
    service: &Authenticator,
    request: impl Future<Output = Result<T, countersign_session::Error>>,
) -> Reply {
    let Poll::Ready(Err(error)) = poll_once(pin!(request)) else { panic!("not refused at once") };
    assert_eq!(error.kind(), Refusal::Busy);
    service.reply(&error)
}

#[test]
fn a_full_queue_is_answered_with_503_at_once_and_log_ins_are_good_again_afterwards() {
    let (verifier, work) = verifier(Users::with(stored(16, 2, 1)));
    let verifier = Arc::new(verifier);
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
    assert_eq!(block_on(request(&service, RIGHT)).unwrap().method(), Method::Basic);
    assert_eq!(block_on(service.log_in([WRONG])).err().unwrap().kind(), Refusal::InvalidCredentials);
}
