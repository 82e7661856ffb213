//! (16): Redis is full, has lost some of it, or holds what is none of ours.

mod support;

use buttress_cache::{Purge, Scope, Store, policy::Seconds};
use buttress_testing::{Redis, redis::Reply};
use support::{Origin, Process, entry, entry_of, find, is_in_redis, key, open, put};

/// Runs Lua in Redis, which can make what a command line cannot.
fn lua(redis: &Redis, script: &str) {
    let reply = redis.command(&["EVAL", script, "0"]);
    assert!(!matches!(reply, Reply::Error(_)), "{reply:?}");
}

/// A process finds what `spoil` has left of a response, asks the origin, and stores
/// the answer in its place.
async fn is_a_miss_that_heals(spoil: impl AsyncFnOnce(&Redis)) {
    let redis = Redis::start();
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    assert_eq!(process.body("/a").await, "0");
    is_in_redis(&redis, "/a").await;
    let new = Process::start(&redis, &origin).await;
    spoil(&redis).await;
    assert_eq!(new.body("/a").await, "1");
    // It has not been taken for an outage.
    assert!(new.is_connected());
    support::until(async || {
        let newer = Process::start(&redis, &Origin::default()).await;
        newer.get("/a").await.is_hit()
    })
    .await;
}

const HEADS: &str = "{cache}:h:http://example.com/a";
const BODIES: &str = "{cache}:b:http://example.com/a";

/// Puts each head of the response back with `change` made to `head`, a string.
fn change_head(redis: &Redis, change: &str) {
    let script = format!(
        "for _, field in ipairs(redis.call('HKEYS', '{HEADS}')) do
            local record = cmsgpack.unpack(redis.call('HGET', '{HEADS}', field))
            local head = record[4]
            record[4] = {change}
            redis.call('HSET', '{HEADS}', field, cmsgpack.pack(record))
        end"
    );
    lua(redis, &script);
}

#[tokio::test]
async fn an_entry_of_another_version_is_a_miss() {
    for version in ["\\0", "\\2", "\\255"] {
        is_a_miss_that_heals(async |redis| {
            let change = format!("string.sub(head, 1, 2) .. '{version}' .. string.sub(head, 4)");
            change_head(redis, &change);
        })
        .await;
    }
}

#[tokio::test]
async fn a_head_that_is_cut_or_overwritten_is_a_miss() {
    for change in [
        "string.sub(head, 1, 40)",
        "''",
        "'garbage'",
        "7",
        "{}",
        "string.rep('x', 400000)",
    ] {
        is_a_miss_that_heals(async |redis| change_head(redis, change)).await;
    }
}

#[tokio::test]
async fn a_record_that_is_garbage_is_a_miss() {
    for garbage in ["", "garbage", "\\255\\255\\255", "\\193"] {
        is_a_miss_that_heals(async |redis| {
            let script = format!(
                "for _, field in ipairs(redis.call('HKEYS', '{HEADS}')) do
                    redis.call('HSET', '{HEADS}', field, '{garbage}')
                end"
            );
            lua(redis, &script);
        })
        .await;
    }
}

#[tokio::test]
async fn a_key_that_holds_something_else_is_a_miss() {
    for key in [HEADS, BODIES] {
        is_a_miss_that_heals(async |redis| {
            let _ = redis.command(&["DEL", key]);
            let _ = redis.command(&["SET", key, "something else"]);
        })
        .await;
    }
}

#[tokio::test]
async fn a_body_that_is_cut_lost_or_of_another_response_is_a_miss() {
    for script in [
        // One that is longer, with the same number.
        format!(
            "for _, field in ipairs(redis.call('HKEYS', '{BODIES}')) do
            if #field == 32 then redis.call('HSET', '{BODIES}', field, 'another body') end
        end"
        ),
        // As long, with another number.
        format!(
            "for _, field in ipairs(redis.call('HKEYS', '{BODIES}')) do
            redis.call('HSET', '{BODIES}', field, '9')
        end"
        ),
        format!("redis.call('DEL', '{BODIES}')"),
        format!(
            "for _, field in ipairs(redis.call('HKEYS', '{BODIES}')) do
            redis.call('HSET', '{BODIES}', field, string.rep('x', 9000000))
        end"
        ),
    ] {
        is_a_miss_that_heals(async |redis| lua(redis, &script)).await;
    }
}

/// What was put before Redis lost its marks may have been purged.
#[tokio::test]
async fn what_was_put_before_redis_evicted_its_marks_is_not_given() {
    for name in ["{cache}:marks", "{cache}:t:a tag"] {
        is_a_miss_that_heals(async |redis| {
            assert_eq!(redis.command(&["DEL", name]), Reply::Int(1));
        })
        .await;
    }
}

#[tokio::test]
async fn marks_that_are_something_else_begin_anew() {
    for name in ["{cache}:marks", "{cache}:t:a tag"] {
        is_a_miss_that_heals(async |redis| {
            let _ = redis.command(&["DEL", name]);
            let _ = redis.command(&["SET", name, "something else"]);
        })
        .await;
    }
}

/// And not only in processes that start later.
#[tokio::test]
async fn after_redis_evicted_its_marks_a_process_goes_on_storing() {
    let redis = Redis::start();
    let store = open(&redis);
    assert!(store.connect().await);
    put(&store, &key("/old"), &entry("old")).await;
    put(&store, &key("/a"), &entry("a")).await;
    assert_eq!(redis.command(&["DEL", "{cache}:marks"]), Reply::Int(1));
    assert!(find(&store, &key("/a")).await.is_none());
    put(&store, &key("/a"), &entry("b")).await;
    assert!(find(&store, &key("/old")).await.is_none());
}

/// Whoever has missed purges that nobody remembers cannot store anything that they
/// may be about.
#[tokio::test]
async fn a_lost_list_of_purges_lets_nothing_late_in() {
    let redis = Redis::start();
    let (store, other) = (open(&redis), open(&redis));
    assert!(store.connect().await);
    put(&store, &key("/other"), &entry("other")).await;
    support::elsewhere(async || {
        let purge = Purge::hard(Scope::Key(key("/a")));
        other.purge(&purge).await.unwrap();
        let _ = redis.command(&["DEL", "{cache}:recent"]);
    });
    store.put(&key("/a"), entry("late"));
    put(&store, &key("/marker"), &entry("marker")).await;
    assert!(find(&store, &key("/a")).await.is_none());
}

#[tokio::test]
async fn a_full_redis_gives_what_it_has_takes_purges_and_nothing_new() {
    let redis = Redis::start_with(&["--maxmemory-policy", "noeviction"]);
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    for (path, body) in [("/a", "0"), ("/b", "1")] {
        assert_eq!(process.body(path).await, body);
        is_in_redis(&redis, path).await;
    }
    let _ = redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let new = Process::start(&redis, &origin).await;
    assert!(new.get("/a").await.is_hit());
    for number in 2..20 {
        let path = format!("/new/{number}");
        assert_eq!(new.body(&path).await, number.to_string());
    }
    assert!(new.is_connected());
    // For each of the ways to purge, and also the first one of its kind.
    new.cache.purge_tag("another tag").await.unwrap();
    new.cache.soft_purge_tag("a tag").await.unwrap();
    new.cache
        .purge_prefix("http://example.com/b")
        .await
        .unwrap();
    new.cache
        .soft_purge(&"http://example.com/a".parse().unwrap())
        .await
        .unwrap();
    new.cache
        .purge(&"http://example.com/a".parse().unwrap())
        .await
        .unwrap();
    let calls = origin.calls().to_string();
    assert_eq!(
        Process::start(&redis, &origin).await.body("/a").await,
        calls
    );
    let calls = origin.calls().to_string();
    assert_eq!(
        Process::start(&redis, &origin).await.body("/b").await,
        calls
    );
    assert!(
        redis
            .command(&["KEYS", "{cache}:?:*/new/*"])
            .array()
            .is_empty()
    );
    let _ = redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    process.get("/after").await;
    is_in_redis(&redis, "/after").await;
}

/// What evicts takes keys one by one, and any of them.
#[tokio::test]
async fn with_an_evicting_redis_what_is_given_is_whole_and_right() {
    let redis = Redis::start_with(&["--maxmemory-policy", "allkeys-random"]);
    let _ = redis.command(&["CONFIG", "SET", "maxmemory", "4mb"]);
    let store = open(&redis);
    assert!(store.connect().await);
    let mut found = 0;
    for number in 0..300_usize {
        let body = number.to_string().repeat(10_000);
        let entry = entry_of(body.into(), &["a", "b"], Seconds::new(600));
        store.put(&key(&format!("/{number}")), entry);
        if number % 7 == 6 {
            for earlier in number - 6..=number {
                let entry = find(&store, &key(&format!("/{earlier}"))).await;
                let body = earlier.to_string().repeat(10_000);
                assert!(
                    entry
                        .as_ref()
                        .is_none_or(|entry| entry.body() == body.as_bytes())
                );
                found += usize::from(entry.is_some());
            }
        }
    }
    assert!(found > 0);
}
