//! Endpoints from streams, a file and DNS.
#![cfg(feature = "discover")]

mod support;

use buttress_balance::{Backend, Change, discover};
use futures_util::{StreamExt, stream};
use std::{io, net::SocketAddr, time::Duration};
use support::{Cluster, Does, get, who};

#[tokio::test]
async fn a_stream_changes_the_endpoints() {
    let cluster = Cluster::new(&[("a", Does::Answers), ("b", Does::Answers)]);
    let balancer = cluster.builder().build(["a"]);
    let changes = [Change::Insert(Backend::new("b")), Change::Remove("a")];
    balancer.follow(stream::iter(changes)).await;
    assert_eq!(who(get(&balancer).await).await, "b");
    // It does not keep the balancer.
    let following = balancer.follow(stream::iter([Change::Remove("b")]));
    drop(balancer);
    following.await;
}

#[test]
fn lines_of_a_file() {
    let text = "# ours\n10.0.0.1:80\n\n 10.0.0.2:80  weight=3 zone=b # the large one\n[::1]:80\n";
    let parsed = discover::parse::<SocketAddr>(text).unwrap();
    let addr = |text: &str| Backend::new(text.parse::<SocketAddr>().unwrap());
    assert_eq!(
        parsed,
        [
            addr("10.0.0.1:80"),
            addr("10.0.0.2:80").weight(3).zone("b"),
            addr("[::1]:80")
        ]
    );
    for bad in [
        "10.0.0.1",
        "10.0.0.1:80 weight",
        "10.0.0.1:80 weight=x",
        "10.0.0.1:80 size=3",
    ] {
        let error = discover::parse::<SocketAddr>(&format!("\n{bad}")).unwrap_err();
        assert_eq!(error.line(), 2);
    }
}

#[tokio::test]
async fn a_file_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("endpoints");
    std::fs::write(&path, "a\nb").unwrap();
    let mut changes = discover::file::<String>(&path, Duration::from_millis(1));
    let set = |names: &[&str]| {
        Change::Set(
            names
                .iter()
                .map(|it| Backend::new((*it).to_owned()))
                .collect(),
        )
    };
    assert_eq!(changes.next().await, Some(set(&["a", "b"])));
    std::fs::write(dir.path().join("new"), "c").unwrap();
    std::fs::rename(dir.path().join("new"), &path).unwrap();
    assert_eq!(changes.next().await, Some(set(&["c"])));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_found_changes_nothing() {
    let mut answers = vec![
        Ok(vec![Backend::new("b")]),
        Ok(vec![]),
        Err(io::Error::other("no resolver")),
        Ok(vec![Backend::new("a")]),
        Ok(vec![Backend::new("a")]),
    ];
    let changes = discover::every(Duration::from_secs(1), move || {
        let answer = answers.pop().unwrap();
        async move { answer }
    });
    let seen: Vec<_> = changes.take(2).collect().await;
    assert_eq!(
        seen,
        [
            Change::Set(vec![Backend::new("a")]),
            Change::Set(vec![Backend::new("b")])
        ]
    );
}

#[tokio::test]
async fn a_name_is_resolved() {
    let mut changes = discover::dns("localhost:80", Duration::from_secs(9));
    let Some(Change::Set(endpoints)) = changes.next().await else {
        panic!("localhost has no address");
    };
    assert!(
        endpoints
            .iter()
            .all(|it| it.key().ip().is_loopback() && it.key().port() == 80)
    );
}
