use crate::{
    ResponseBody, ResponseFuture, Session, config::Config, cookie::Cookies, session::Scope,
};
use http::{Request, Response};
use std::{
    fmt,
    marker::PhantomData,
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Gives each request of the service inside its session.
///
/// Made by [`SessionLayer`](crate::SessionLayer). See the [crate docs](crate).
pub struct SessionService<S, T = ()> {
    inner: S,
    config: Option<Arc<Config>>,
    tag: PhantomData<fn() -> T>,
}

impl<S, T> SessionService<S, T> {
    pub(crate) fn new(inner: S, config: Option<Arc<Config>>) -> Self {
        Self {
            inner,
            config,
            tag: PhantomData,
        }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Takes the layer off again.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, T, ReqBody, ResBody> Service<Request<ReqBody>> for SessionService<S, T>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    T: 'static,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, ResBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let Some(config) = &self.config else {
            return ResponseFuture::new(self.inner.call(request), None);
        };
        if is_ours::<T>(&request, config) {
            // This very layer is further out as well, and has made it.
            return ResponseFuture::new(self.inner.call(request), None);
        }
        let cookies = Cookies::of(request.headers());
        let scope = Arc::new(Scope::new(Arc::clone(config), cookies));
        let session = Session::<T>::new(Arc::clone(&scope));
        request.extensions_mut().insert(session);
        ResponseFuture::new(self.inner.call(request), Some(scope))
    }
}

fn is_ours<T: 'static>(request: &Request<impl Sized>, config: &Arc<Config>) -> bool {
    let session = request.extensions().get::<Session<T>>();
    session.is_some_and(|session| session.is_of(config))
}

impl<S: Clone, T> Clone for SessionService<S, T> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.config.clone())
    }
}

impl<S: fmt::Debug, T> fmt::Debug for SessionService<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService")
            .field("inner", &self.inner)
            .field("config", &self.config)
            .finish()
    }
}
