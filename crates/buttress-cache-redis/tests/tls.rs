//! Addresses with `rediss://`, and a Redis that speaks TLS.
#![cfg(feature = "tls")]

mod support;

use buttress_cache_redis::{
    RedisStore,
    redis::{Client, TlsCertificates},
};
use buttress_testing::Redis;
use std::{fs, net::TcpListener, path::Path, process::Command};
use support::{Origin, Process, is_in_redis};
use tempfile::TempDir;

/// A Redis that takes TLS on a second port, and who vouches for it.
struct Secured {
    redis: Redis,
    port: u16,
    dir: TempDir,
}

impl Secured {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        certify(dir.path());
        let port = free_port();
        let file = |name| dir.path().join(name).to_str().unwrap().to_owned();
        let redis = Redis::start_with(&[
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &file("cert.pem"),
            "--tls-key-file",
            &file("key.pem"),
            "--tls-ca-cert-file",
            &file("ca.pem"),
            "--tls-auth-clients",
            "no",
        ]);
        Self { redis, port, dir }
    }

    fn url(&self) -> String {
        format!("rediss://localhost:{}?protocol=resp3", self.port)
    }

    fn client(&self) -> Client {
        let certificates = TlsCertificates {
            client_tls: None,
            root_cert: Some(fs::read(self.dir.path().join("ca.pem")).unwrap()),
        };
        Client::build_with_tls(self.url(), certificates).unwrap()
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Makes an authority, and a certificate of its for `localhost`.
fn certify(dir: &Path) {
    fs::write(dir.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for arguments in [
        format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"),
        format!("req {key} -keyout key.pem -out request.pem -subj /CN=localhost"),
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 2 -extfile names -out cert.pem"
            .to_owned(),
    ] {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(dir)
            .output()
            .expect("openssl is installed");
        assert!(output.status.success(), "openssl {arguments}: {output:?}");
    }
}

#[tokio::test]
async fn two_processes_share_what_is_stored_and_purged_over_tls() {
    let secured = Secured::start();
    let origin = Origin::default();
    let mut processes = Vec::new();
    for _ in 0..2 {
        let process = Process::over(RedisStore::new(secured.client()), &origin);
        assert!(process.store.second().connect().await);
        processes.push(process);
    }
    assert_eq!(processes[0].body("/a").await, "0");
    is_in_redis(&secured.redis, "/a").await;
    assert_eq!(processes[1].body("/a").await, "0");
    let uri = "http://example.com/a".parse().unwrap();
    processes[0].cache.purge(&uri).await.unwrap();
    support::until(async || processes[1].body("/a").await != "0").await;
}

/// The certificates of the system do not vouch for it.
#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_used_and_requests_go_on() {
    let secured = Secured::start();
    let origin = Origin::default();
    let process = Process::over(RedisStore::open(&secured.url()).unwrap(), &origin);
    assert_eq!(process.body("/a").await, "0");
    support::until(async || !process.is_connected()).await;
    assert_eq!(process.body("/a").await, "0");
    let keys = secured.redis.command(&["KEYS", "*"]).array();
    assert!(keys.is_empty(), "{keys:?}");
}
