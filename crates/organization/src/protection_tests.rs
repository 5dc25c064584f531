use types::Uuid;

use super::*;
use crate::refusal::Told;

fn key() -> Key {
    let id = Uuid::from_u128;
    (
        TenantId::new(id(1)),
        OrganizationId::new(id(2)),
        SystemUserId::new(id(3)),
    )
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn limits(requests: u32) -> ServiceProtection {
    ServiceProtection {
        requests,
        ..ServiceProtection::default()
    }
}

fn told(refusal: Refusal) -> (u32, String, Option<u64>) {
    let Told::Fault {
        fault,
        message,
        retry_after,
    } = refusal.told
    else {
        panic!("{refusal:?}")
    };
    (fault.code, message, retry_after)
}

#[test]
fn requests_slide_out_of_the_window() {
    let protection = Protection::default();
    for second in [0, 10, 20] {
        assert!(protection.enter(&limits(3), key(), at(second)).unwrap().is_some());
    }
    let (code, message, wait) = told(protection.enter(&limits(3), key(), at(30)).unwrap_err());
    assert_eq!(code, 0x8007_2322);
    assert_eq!(
        message,
        "Number of requests exceeded the limit of 3 over time window of 300 seconds."
    );
    assert_eq!(wait, Some(270));
    assert!(protection.enter(&limits(3), key(), at(299)).is_err());
    assert!(protection.enter(&limits(3), key(), at(300)).is_ok());
    assert!(protection.enter(&limits(3), key(), at(301)).is_err());
}

#[test]
fn execution_time_counts_when_a_request_ends() {
    let protection = Protection::default();
    let limits = ServiceProtection {
        execution_millis: 0,
        ..ServiceProtection::default()
    };
    let first = protection.enter(&limits, key(), at(0)).unwrap();
    assert!(
        protection.enter(&limits, key(), at(0)).is_ok(),
        "nothing has ended yet"
    );
    drop(first);
    let (code, message, wait) = told(protection.enter(&limits, key(), at(5)).unwrap_err());
    assert_eq!(code, 0x8007_2321);
    assert!(
        message.starts_with("Combined execution time of incoming requests exceeded limit of 0 milliseconds")
    );
    assert_eq!(wait, Some(295));
}

#[test]
fn requests_at_once_are_those_not_dropped() {
    let protection = Protection::default();
    let limits = ServiceProtection {
        concurrent: 2,
        ..ServiceProtection::default()
    };
    let first = protection.enter(&limits, key(), at(0)).unwrap();
    let _second = protection.enter(&limits, key(), at(0)).unwrap();
    let (code, message, wait) = told(protection.enter(&limits, key(), at(0)).unwrap_err());
    assert_eq!((code, wait), (0x8007_2326, Some(1)));
    assert_eq!(message, "Number of concurrent requests exceeded the limit of 2.");
    drop(first);
    assert!(protection.enter(&limits, key(), at(0)).is_ok());
}

#[test]
fn off_counts_nothing_and_each_user_counts_alone() {
    let protection = Protection::default();
    let off = ServiceProtection {
        enabled: false,
        requests: 0,
        ..ServiceProtection::default()
    };
    assert!(protection.enter(&off, key(), at(0)).unwrap().is_none());
    assert!(protection.enter(&limits(1), key(), at(0)).is_ok());
    assert!(protection.enter(&limits(1), key(), at(0)).is_err());
    let other = (key().0, key().1, SystemUserId::new(Uuid::from_u128(19)));
    assert!(protection.enter(&limits(1), other, at(0)).is_ok());
    protection.forget(key().0);
    assert!(protection.enter(&limits(1), key(), at(0)).is_ok());
}

#[test]
fn a_clock_that_jumps_back_forgives() {
    let protection = Protection::default();
    assert!(protection.enter(&limits(1), key(), at(1000)).is_ok());
    assert!(protection.enter(&limits(1), key(), at(0)).is_ok());
    assert!(
        protection
            .enter(&limits(1), key(), Timestamp::from_millis(i64::MIN))
            .is_ok()
    );
}

#[test]
fn numbers_as_the_sentence_writes_them() {
    assert_eq!(
        (thousands(1_200_000), thousands(999), thousands(0)),
        ("1,200,000".into(), "999".into(), "0".into())
    );
}
