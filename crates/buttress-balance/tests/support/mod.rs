//! Endpoints whose behaviour a test says, and a balancer over them.

#![allow(dead_code, reason = "each test binary uses some of it")]

use buttress_balance::{Balancer, BalancerBuilder, RequestBody, ResponseBody, Verdict};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};
use tower::{Service, ServiceExt};

/// What an endpoint does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Answers,
    /// After that time.
    AnswersAfter(Duration),
    /// With this status.
    Says(u16),
    /// Nothing is sent.
    Refuses,
    /// Reads the body and breaks off.
    Breaks,
    /// Reads no more than the first frame, and breaks off.
    BreaksEarly,
    /// Never gets ready.
    IsNotReady,
    /// Fails to get ready, until it is made anew.
    FailsToGetReady,
    /// Never answers.
    Hangs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Refused,
    Early,
    NotReady,
}

/// A verdict for each error.
pub(crate) fn classify(error: &Broken) -> Verdict {
    match error {
        Broken::Refused | Broken::NotReady => Verdict::Unsent,
        Broken::Early => Verdict::Broken,
    }
}

/// All endpoints of a test, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cluster(Arc<Mutex<HashMap<&'static str, Node>>>);

#[derive(Clone, Debug)]
struct Node {
    does: Does,
    seen: Vec<Bytes>,
    made: usize,
}

impl Cluster {
    pub(crate) fn new(nodes: &[(&'static str, Does)]) -> Self {
        let cluster = Self::default();
        for (name, does) in nodes {
            cluster.set(name, *does);
        }
        cluster
    }

    pub(crate) fn set(&self, name: &'static str, does: Does) {
        let mut nodes = self.0.lock().unwrap();
        let node = Node {
            does,
            seen: Vec::new(),
            made: 0,
        };
        nodes.entry(name).or_insert(node).does = does;
    }

    /// How many requests it was sent.
    pub(crate) fn seen(&self, name: &str) -> usize {
        self.0.lock().unwrap()[name].seen.len()
    }

    /// The bodies that it read to their ends.
    pub(crate) fn bodies(&self, name: &str) -> Vec<Bytes> {
        self.0.lock().unwrap()[name].seen.clone()
    }

    pub(crate) fn made(&self, name: &str) -> usize {
        self.0.lock().unwrap()[name].made
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.lock().unwrap().keys().copied().collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn builder(
        &self,
    ) -> BalancerBuilder<&'static str, NodeService, fn(&Broken) -> Verdict> {
        let cluster = self.clone();
        Balancer::builder(move |name: &&'static str| {
            let mut nodes = cluster.0.lock().unwrap();
            let node = nodes.get_mut(name).unwrap();
            node.made += 1;
            NodeService {
                cluster: cluster.clone(),
                name,
                made: node.made,
            }
        })
        .classify(classify as fn(&Broken) -> Verdict)
    }

    pub(crate) fn balancer(&self) -> Tested {
        self.builder().build(self.names())
    }
}

pub(crate) type Tested = Balancer<&'static str, NodeService, fn(&Broken) -> Verdict>;

/// The service of one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct NodeService {
    cluster: Cluster,
    name: &'static str,
    made: usize,
}

impl<B> Service<Request<RequestBody<B>>> for NodeService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Debug,
{
    type Response = Response<Full<Bytes>>;
    type Error = Broken;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Broken>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        match self.cluster.0.lock().unwrap()[self.name].does {
            Does::IsNotReady => Poll::Pending,
            Does::FailsToGetReady if self.made == 1 => Poll::Ready(Err(Broken::NotReady)),
            _ => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, request: Request<RequestBody<B>>) -> Self::Future {
        let (cluster, name) = (self.cluster.clone(), self.name);
        Box::pin(async move {
            let does = cluster.0.lock().unwrap()[name].does;
            if does == Does::Refuses {
                cluster.saw(name, Bytes::new());
                return Err(Broken::Refused);
            }
            let mut body = request.into_body();
            if does == Does::BreaksEarly {
                let _ = body.frame().await;
                cluster.saw(name, Bytes::new());
                return Err(Broken::Early);
            }
            let Ok(read) = body.collect().await else {
                return Err(Broken::Early);
            };
            cluster.saw(name, read.to_bytes());
            let mut response = Response::new(Full::new(Bytes::from_static(name.as_bytes())));
            match does {
                Does::Breaks => return Err(Broken::Early),
                Does::Hangs => std::future::pending().await,
                Does::AnswersAfter(time) => tokio::time::sleep(time).await,
                Does::Says(status) => {
                    *response.status_mut() = StatusCode::from_u16(status).unwrap()
                }
                _ => {}
            }
            Ok(response)
        })
    }
}

impl Cluster {
    fn saw(&self, name: &'static str, body: Bytes) {
        self.0
            .lock()
            .unwrap()
            .get_mut(name)
            .unwrap()
            .seen
            .push(body);
    }
}

pub(crate) type Answer = Result<Response<ResponseBody<Full<Bytes>>>, Broken>;

pub(crate) async fn get(balancer: &Tested) -> Answer {
    let request = Request::get("/").body(Full::new(Bytes::new())).unwrap();
    balancer.clone().oneshot(request).await
}

pub(crate) async fn send(balancer: &Tested, method: &str, body: &'static str) -> Answer {
    let request = Request::builder().method(method).uri("/");
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    balancer.clone().oneshot(request).await
}

/// Who answered, or which status it was.
pub(crate) async fn who(answer: Answer) -> String {
    match answer {
        Ok(response) if response.status() == 200 => {
            let body = response.into_body().collect().await.unwrap().to_bytes();
            String::from_utf8(body.to_vec()).unwrap()
        }
        Ok(response) => response.status().as_u16().to_string(),
        Err(error) => format!("{error:?}"),
    }
}
