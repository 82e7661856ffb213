//! `cargo xtask bench balance`: what a pick takes, and whom it hits, beside tower's
//! balancer.
//!
//! Prints Markdown.

use buttress_balance::{Backend, Balancer, Policy, RequestBody, Retry, Sticky, Verdict};
use buttress_benches::{
    Result, clock, machine,
    table::{Table, times},
    verdict::Verdicts,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use std::{
    future::{Ready, ready},
    hint::black_box,
    process::ExitCode,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};
use tower::{
    Service, ServiceExt,
    balance::p2c::Balance,
    discover::ServiceList,
    load::{CompleteOnResponse, PeakEwmaDiscover, PendingRequestsDiscover},
    service_fn,
};

type Answer = std::result::Result<Response<Full<Bytes>>, Refused>;

#[derive(Clone, Copy, Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut verdicts = Verdicts::default();
    println!(
        "## balance\n\n`cargo xtask bench balance`\n\n{}\n",
        machine::describe()?
    );
    println!("{}", picks(&mut verdicts)?);
    println!("{}", requests()?);
    println!("{}", one_of_three(&mut verdicts)?);
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

/// A service that answers at once.
#[derive(Clone)]
struct Hello;

impl<B> Service<Request<RequestBody<B>>> for Hello
where
    B: http_body::Body<Data = Bytes>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Refused;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Refused>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody<B>>) -> Self::Future {
        ready(Ok(Response::new(Full::new(Bytes::new()))))
    }
}

const SIZES: [u32; 4] = [3, 10, 100, 1_000];

fn picks(verdicts: &mut Verdicts) -> Result<String> {
    let mut table = Table::new(["ns of CPU a pick", "3", "10", "100", "1,000"]);
    let policies = [
        ("peak EWMA", Policy::PeakEwma),
        ("least pending", Policy::LeastPending),
        ("round robin", Policy::RoundRobin),
        ("weighted", Policy::Weighted),
    ];
    for (name, policy) in policies {
        let of = |size: u32| {
            pick(
                Balancer::builder(|_: &u32| Hello)
                    .policy(policy)
                    .build(0..size),
                None,
            )
        };
        row(&mut table, verdicts, name, of);
    }
    // In case those that are idle come cheaper.
    let busy = |size: u32| {
        let balancer = Balancer::builder(|_: &u32| Never)
            .policy(Policy::LeastPending)
            .build(0..size);
        let held = hold(&balancer, size as usize);
        let nanos = pick(balancer, None);
        drop(held);
        nanos
    };
    row(&mut table, verdicts, "least pending, none idle", busy);
    let uneven = |size: u32| {
        let backends = (0..size).map(|it| Backend::new(it).weight(it % 5 + 1));
        pick(
            Balancer::builder(|_: &u32| Hello)
                .policy(Policy::Weighted)
                .build(backends),
            None,
        )
    };
    row(&mut table, verdicts, "weighted, 1 to 5", uneven);
    let keyed = |size: u32| {
        let sticky = Sticky::key(|_| Some(1));
        pick(
            Balancer::builder(|_: &u32| Hello)
                .sticky(sticky)
                .build(0..size),
            Some(17),
        )
    };
    row(&mut table, verdicts, "sticky key", keyed);
    let unevenly = |size: u32| {
        let backends = (0..size).map(|it| Backend::new(it).weight(it % 5 + 1));
        let sticky = Sticky::key(|_| Some(1));
        pick(
            Balancer::builder(|_: &u32| Hello)
                .sticky(sticky)
                .build(backends),
            Some(17),
        )
    };
    row(&mut table, verdicts, "sticky key, 1 to 5", unevenly);
    Ok(format!(
        "### A pick\n\nThe best of nine runs of 50,000 on one thread: the choice, the place in the endpoint and the \
         place given back, with the clock read once. Least pending, weights and keys look at all endpoints.\n\n{table}"
    ))
}

fn row(table: &mut Table, verdicts: &mut Verdicts, name: &str, of: impl Fn(u32) -> f64) {
    let [a, b, c, d] = SIZES.map(of);
    verdicts.at_most(format!("{name}, 100 endpoints, ns"), 200.0, c);
    let [a, b, c, d] = [a, b, c, d].map(|nanos| format!("{nanos:.0}"));
    table.row([name.to_owned(), a, b, c, d]);
}

/// A service that never answers.
#[derive(Clone)]
struct Never;

impl Service<Request<RequestBody<Empty<Bytes>>>> for Never {
    type Response = Response<Full<Bytes>>;
    type Error = Refused;
    type Future = std::future::Pending<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Refused>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody<Empty<Bytes>>>) -> Self::Future {
        std::future::pending()
    }
}

/// So many requests that are in flight until they are dropped.
fn hold(balancer: &Balancer<u32, Never>, count: usize) -> Vec<impl Future + use<>> {
    let send = |_| {
        let request = Request::get("/").body(Empty::new()).expect("valid");
        let mut sent = Box::pin(balancer.clone().oneshot(request));
        let context = &mut Context::from_waker(std::task::Waker::noop());
        assert!(sent.as_mut().poll(context).is_pending());
        sent
    };
    (0..count).map(send).collect()
}

fn pick<S: Clone>(balancer: Balancer<u32, S>, key: Option<u64>) -> f64 {
    const COUNT: u32 = 50_000;
    let run = || {
        let start = clock::thread_cpu();
        for turn in 0..COUNT {
            let key = key.map(|key| key.wrapping_mul(u64::from(turn)));
            assert!(black_box(balancer.pick(black_box(key))));
        }
        (clock::thread_cpu() - start) as f64 / f64::from(COUNT)
    };
    (0..9).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// A whole request, over that of the service alone.
fn requests() -> Result<String> {
    const COUNT: u32 = 20_000;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let request = || {
        let request = Request::get("/")
            .header("host", "localhost")
            .header("accept", "*/*");
        request
            .body(Empty::<Bytes>::new())
            .expect("a valid request")
    };
    let balancer = Balancer::builder(|_: &u32| Hello).build(0..3);
    let run = || {
        runtime.block_on(async {
            let mut balancer = balancer.clone();
            let start = clock::thread_cpu();
            for _ in 0..COUNT {
                let answer = balancer.call(black_box(request())).await;
                drop(black_box(answer));
            }
            let with = clock::thread_cpu() - start;
            let start = clock::thread_cpu();
            for _ in 0..COUNT {
                drop(black_box(request()));
            }
            (with - (clock::thread_cpu() - start)) as f64 / f64::from(COUNT)
        })
    };
    let best = (0..9).map(|_| run()).fold(f64::INFINITY, f64::min);
    Ok(format!(
        "A whole request, without the making of it, takes {best:.0} ns of CPU: the future, a copy of its head, the pick, \
         the service's own call, its verdict, and the drop of the answer.\n"
    ))
}

const REQUESTS: usize = 6_000;
const AT_ONCE: usize = 30;
const SLOW: Duration = Duration::from_millis(20);

fn one_of_three(verdicts: &mut Verdicts) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    let mut table = Table::new(["", "requests failed", "sent to the dead one"]);
    let mut add = |name: &str, failed: usize, sent: usize| {
        let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / REQUESTS as f64);
        table.row([name.to_owned(), share(failed), share(sent)]);
        failed as f64 / REQUESTS as f64
    };
    let (pending, ewma) = runtime.block_on(async { (tower_pending().await, tower_ewma().await) });
    add("tower, PendingRequests", pending, pending);
    let theirs = add("tower, PeakEwma", ewma, ewma);
    let bare = runtime.block_on(ours(true));
    let load_alone = add("ours, by load alone", bare.0, bare.1);
    let whole = runtime.block_on(ours(false));
    let failed = add("ours", whole.0, whole.1);
    verdicts.at_most("failed with one of three dead", 0.0, failed);
    verdicts.at_most(
        "by load alone, to tower's PeakEwma",
        0.6,
        load_alone / theirs,
    );
    Ok(format!(
        "### One of three endpoints refuses\n\n{REQUESTS} GETs, {AT_ONCE} at a time; the others answer after 20 ms. Time is \
         simulated. By load alone: without retries, breaker and ejection. Of tower's requests {} are lost by load alone, \
         since what fails at once has nothing in flight.\n\n{table}",
        times(theirs),
    ))
}

async fn answer(number: u32) -> Answer {
    if number == 1 {
        return Err(Refused);
    }
    tokio::time::sleep(SLOW).await;
    Ok(Response::new(Full::new(Bytes::new())))
}

/// Failed requests, and those that went to the dead one.
async fn ours(by_load_alone: bool) -> (usize, usize) {
    let make = |number: &u32| {
        let number = *number;
        service_fn(move |_: Request<RequestBody<Empty<Bytes>>>| answer(number))
    };
    let mut builder = Balancer::builder(make).classify(|_: &Refused| Verdict::Unsent);
    if by_load_alone {
        builder = builder.breaker(0).ejection(0).retry(Retry::none());
    }
    let balancer = builder.build(0..3);
    let mut failed = 0;
    let mut flights = JoinSet::new();
    for _ in 0..REQUESTS {
        if flights.len() == AT_ONCE {
            failed += lost(flights.join_next().await);
        }
        let request = Request::get("/").body(Empty::new()).expect("valid");
        let sent = balancer.clone().oneshot(request);
        flights.spawn(async move { sent.await.is_ok_and(|it| it.status() == 200) });
    }
    while let Some(ended) = flights.join_next().await {
        failed += usize::from(!ended.expect("no panic"));
    }
    let dead = balancer.endpoints().into_iter().find(|it| it.key == 1);
    (failed, dead.expect("it is there").requests as usize)
}

fn lost(ended: Option<std::result::Result<bool, tokio::task::JoinError>>) -> usize {
    let ended = ended.expect("one is in flight").expect("no panic");
    usize::from(!ended)
}

fn peers()
-> Vec<impl Service<(), Response = Response<Full<Bytes>>, Error = Refused, Future: Send + 'static>>
{
    (0..3)
        .map(|number| service_fn(move |(): ()| answer(number)))
        .collect()
}

async fn tower_pending() -> usize {
    let list = ServiceList::new(peers());
    drive(Balance::new(PendingRequestsDiscover::new(
        list,
        CompleteOnResponse::default(),
    )))
    .await
}

async fn tower_ewma() -> usize {
    let list = ServiceList::new(peers());
    let decay = Duration::from_secs(10);
    let first = Duration::from_millis(1);
    drive(Balance::new(PeakEwmaDiscover::new(
        list,
        first,
        decay,
        CompleteOnResponse::default(),
    )))
    .await
}

async fn drive<S>(mut balance: S) -> usize
where
    S: Service<(), Response = Response<Full<Bytes>>>,
    S::Future: Send + 'static,
    S::Error: Send + std::fmt::Debug + 'static,
{
    let start = Instant::now();
    let mut failed = 0;
    let mut flights = JoinSet::new();
    for _ in 0..REQUESTS {
        if flights.len() == AT_ONCE {
            failed += lost(flights.join_next().await);
        }
        let ready = balance
            .ready()
            .await
            .expect("it does not fail to get ready");
        let sent = ready.call(());
        flights.spawn(async move { sent.await.is_ok() });
    }
    while let Some(ended) = flights.join_next().await {
        failed += usize::from(!ended.expect("no panic"));
    }
    black_box(start);
    failed
}
