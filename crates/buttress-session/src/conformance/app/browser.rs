use crate::{Session, SessionLayer};
use http::{HeaderMap, Request, Response, StatusCode, header};
use std::{
    convert::Infallible,
    future::Future,
    marker::PhantomData,
    task::{Context, Poll},
};
use tower::{Layer, Service, ServiceExt};

/// A client that keeps its cookie, as a browser does.
#[derive(Clone, Debug)]
pub struct Browser {
    layer: SessionLayer,
    /// `name=value`
    pub cookie: Option<String>,
}

/// What a client sees.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The whole `Set-Cookie` field, if there is one.
    pub cookie: Option<String>,
    /// The head.
    pub headers: HeaderMap,
}

impl Browser {
    /// A client without a cookie, of an app that consists of one layer and
    /// whatever a request brings along.
    #[must_use]
    pub fn new(layer: SessionLayer) -> Self {
        Self {
            layer,
            cookie: None,
        }
    }

    /// Sends a request that `handler` answers, and keeps the cookie that comes.
    pub async fn send<F, Answer>(&mut self, handler: F) -> Reply
    where
        F: FnOnce(Session) -> Answer,
        Answer: Future<Output = StatusCode>,
    {
        let reply = self.request(handler).await;
        self.keep(&reply);
        reply
    }

    /// Sends a request that `handler` answers.
    pub fn request<F, Answer>(&self, handler: F) -> impl Future<Output = Reply> + use<F, Answer>
    where
        F: FnOnce(Session) -> Answer,
        Answer: Future<Output = StatusCode>,
    {
        let mut request = Request::new(());
        if let Some(cookie) = &self.cookie {
            let field = cookie.parse().expect("a cookie fits into a field");
            request.headers_mut().insert(header::COOKIE, field);
        }
        let service = self.layer.layer(Once {
            handler: Some(handler),
            marker: PhantomData,
        });
        async move {
            let response = match service.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            Reply::of(&response)
        }
    }

    /// Keeps the cookie of a reply, or forgets its own if the reply says so.
    pub fn keep(&mut self, reply: &Reply) {
        let Some(field) = &reply.cookie else { return };
        let pair = field.split(';').next().unwrap_or_default();
        self.cookie = (!field.contains("Max-Age=0")).then(|| pair.to_owned());
    }
}

impl Reply {
    fn of<B>(response: &Response<B>) -> Self {
        let headers = response.headers().clone();
        let mut cookies = headers.get_all(header::SET_COOKIE).iter();
        let cookie = cookies
            .next()
            .map(|it| it.to_str().expect("ASCII").to_owned());
        assert_eq!(cookies.next(), None, "one cookie is enough");
        Self {
            status: response.status(),
            cookie,
            headers,
        }
    }
}

struct Once<F, Answer> {
    handler: Option<F>,
    marker: PhantomData<fn() -> Answer>,
}

impl<F, Answer> Service<Request<()>> for Once<F, Answer>
where
    F: FnOnce(Session) -> Answer,
    Answer: Future<Output = StatusCode>,
{
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Answered<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let session = Session::from_request(&request).expect("the layer is there");
        let handler = self.handler.take().expect("called once");
        Answered {
            answer: handler(session),
        }
    }
}

pin_project_lite::pin_project! {
    struct Answered<Answer> {
        #[pin]
        answer: Answer,
    }
}

impl<Answer: Future<Output = StatusCode>> Future for Answered<Answer> {
    type Output = Result<Response<()>, Infallible>;

    fn poll(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().answer.poll(cx).map(|status| {
            let mut response = Response::new(());
            *response.status_mut() = status;
            Ok(response)
        })
    }
}
