//! Encodes an eligible body: in one call if it is here whole, piece by piece
//! if not.

use crate::{
    BoxError, CompressionHint, Encoding, Flush, FlushHandle, Level, ResponseBody, Skipped,
    eligibility::Fields,
    encoder::{Spec, Window, clamp_level, default_level, fast_level, one_shot_limit},
    engine::Engine,
    etag::strong_tag,
    flush::Flusher,
    future::Asked,
    head,
    layer::Config,
    meter::Meter,
    once::{self, Recorder},
    source::{Collected, Source},
    stats::{Encoded, Outcome},
    stream::Stream,
};
use bytes::Bytes;
use http::{HeaderMap, response::Parts};
use http_body::Body;
use std::{io, sync::Arc, task::Context, time::Instant};

/// What is copied of a body, at most, to find out whether it is complete.
const COLLECT_CAP: usize = 64 * 1024;

/// What the head says of how to encode, read before the head is changed.
pub(crate) struct Plan {
    encoding: Encoding,
    level: i32,
    /// The client refuses identity: encode even what does not shrink.
    forced: bool,
    flush: Flush,
    handle: Option<FlushHandle>,
    once: Option<once::Marker>,
    /// The `Content-Length` that the handler gave.
    declared: Option<u64>,
}

impl Plan {
    pub(crate) fn new(head: &Parts, fields: &Fields, asked: &Asked, config: &Config) -> Self {
        let hint = head.extensions.get().copied().unwrap_or_default();
        let CompressionHint {
            level, flush, once, ..
        } = hint;
        Self {
            encoding: asked.encoding(),
            level: config.level(asked.encoding(), level),
            forced: asked.negotiation.is_forced(),
            flush: flush
                .or_else(|| Flush::of_head(&head.headers))
                .unwrap_or(config.flush),
            handle: head.extensions.get().cloned(),
            once: config
                .once
                .as_ref()
                .and_then(|_| once::Marker::of(strong_tag(&head.headers), once)),
            declared: fields.declared,
        }
    }

    fn spec(&self, window: Window) -> Spec {
        Spec {
            encoding: self.encoding,
            level: self.level,
            window,
        }
    }

    /// The longest output that still pays.
    fn max_len(&self, input: usize) -> usize {
        if self.forced {
            usize::MAX
        } else {
            input - input.div_ceil(20)
        }
    }
}

impl Config {
    fn level(&self, encoding: Encoding, hinted: Option<Level>) -> i32 {
        let busy = || self.adaptive.as_ref().is_some_and(|load| load.is_busy());
        let level = match hinted {
            Some(level) => level,
            None if busy() => Level::Fast,
            None => self.levels[encoding.index()],
        };
        match level {
            Level::Fast => fast_level(encoding),
            Level::Balanced => default_level(encoding),
            Level::Exact(level) => clamp_level(encoding, level),
        }
    }
}

pub(crate) fn encode<B>(
    body: B,
    headers: &mut HeaderMap,
    plan: Plan,
    config: &Arc<Config>,
    cx: &mut Context<'_>,
) -> ResponseBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match Source::collect(body, plan.declared, COLLECT_CAP, cx) {
        Collected::Complete(data, trailers) => complete(data, trailers, headers, plan, config),
        Collected::Partial { source, paused } => {
            let window = if paused { Window::Small } else { Window::Full };
            stream(source, window, None, headers, plan, config)
        }
    }
}

fn complete<B>(
    data: Bytes,
    mut trailers: Option<HeaderMap>,
    headers: &mut HeaderMap,
    plan: Plan,
    config: &Arc<Config>,
) -> ResponseBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let small = (data.len() as u64) < config.min_size && !plan.forced;
    let output = if small || data.is_empty() {
        Err(Skipped::TooSmall)
    } else if let Some(encoded) = plan.reused(&data, config) {
        Ok(encoded)
    } else if data.len() > one_shot_limit(plan.encoding) {
        return large(data, trailers, headers, plan, config);
    } else {
        plan.compress(&data, config)
    };
    let body = match output {
        Ok(encoded) => {
            head::mark_encoded(headers, plan.encoding);
            if let Some(trailers) = &mut trailers {
                head::forget_digests(trailers);
            }
            encoded
        }
        Err(skipped) => {
            config.counters.skipped(skipped);
            data
        }
    };
    head::set_length(headers, body.len(), trailers.is_some());
    ResponseBody::complete(body, trailers)
}

/// A body that is here whole, and too large for one poll.
fn large<B>(
    data: Bytes,
    trailers: Option<HeaderMap>,
    headers: &mut HeaderMap,
    plan: Plan,
    config: &Arc<Config>,
) -> ResponseBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let recorder = plan.recorder(&data, config);
    let window = Window::of_complete(data.len());
    let source = Source::complete(data, trailers);
    stream(source, window, recorder, headers, plan, config)
}

impl Plan {
    /// The form that was kept, if there is one.
    fn reused(&self, data: &Bytes, config: &Config) -> Option<Bytes> {
        let once = config.once.as_ref()?;
        let started = Instant::now();
        let encoded = once.get(&self.key(data)?, data)?;
        // A client that refuses identity may have had made what does not pay.
        let pays = encoded.len() <= self.max_len(data.len());
        pays.then(|| self.done(data, encoded, started, Outcome::Reused, config))
    }

    /// Encodes in one call, within this poll.
    fn compress(&self, data: &Bytes, config: &Config) -> Result<Bytes, Skipped> {
        let started = Instant::now();
        let max_len = self.max_len(data.len());
        let encoded = config
            .pool
            .compress(self.spec(Window::Full), data, max_len)
            .map_err(|error| encoder_failed(&error))?
            .ok_or(Skipped::NotSmaller)?;
        if let (Some(once), Some(key)) = (&config.once, self.key(data)) {
            once.put(key, data, &encoded);
        }
        Ok(self.done(data, encoded, started, Outcome::Complete, config))
    }

    /// Pads and reports what goes out in one piece.
    fn done(
        &self,
        data: &Bytes,
        encoded: Bytes,
        started: Instant,
        outcome: Outcome,
        config: &Config,
    ) -> Bytes {
        let encoded = match &config.padding {
            Some(padding) => padding.next(self.encoding).pad(&encoded).into(),
            None => encoded,
        };
        config.report(&Encoded {
            encoding: self.encoding,
            bytes_in: data.len() as u64,
            bytes_out: encoded.len() as u64,
            busy: started.elapsed(),
            outcome,
        });
        encoded
    }

    fn recorder(&self, data: &Bytes, config: &Config) -> Option<Recorder> {
        let once = config.once.as_ref()?;
        let key = self.key(data).filter(|_| once.has_room_for(data.len()))?;
        Some(Recorder::new(once.clone(), key, data.clone()))
    }

    fn key(&self, data: &Bytes) -> Option<once::Key> {
        let marker = self.once.as_ref()?;
        Some(marker.key(data, self.encoding, self.level))
    }
}

/// Encodes while the rest arrives.
fn stream<B>(
    source: Source<B>,
    window: Window,
    recorder: Option<Recorder>,
    headers: &mut HeaderMap,
    plan: Plan,
    config: &Arc<Config>,
) -> ResponseBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let encoder = match config.pool.stream(plan.spec(window)) {
        Ok(encoder) => encoder,
        Err(error) => {
            config.counters.skipped(encoder_failed(&error));
            return ResponseBody::replay(source);
        }
    };
    head::mark_encoded(headers, plan.encoding);
    let padding = config.padding.as_ref().map(|p| p.next(plan.encoding));
    let meter = Meter::new(plan.encoding, config.clone());
    let engine = Engine::new(encoder, padding, recorder, meter);
    let flusher = Flusher::new(plan.flush, plan.handle);
    ResponseBody::stream(Stream::new(source, engine, flusher))
}

fn encoder_failed(error: &io::Error) -> Skipped {
    tracing::error!(%error, "encoder failed, the response goes out as it is");
    Skipped::EncoderFailed
}
