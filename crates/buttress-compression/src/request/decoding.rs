use super::{
    BoxError,
    budget::Budget,
    fault::FaultCell,
    head,
    pipeline::{Pipeline, Progress},
};
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// A body that is being decoded, but for the source itself.
pub(super) struct Decoding {
    pipeline: Pipeline,
    budget: Budget,
    fault: FaultCell,
    source_ended: bool,
    /// Held back until the data before them is out.
    trailers: Option<HeaderMap>,
}

impl Decoding {
    pub(super) fn new(pipeline: Pipeline, fault: FaultCell) -> Self {
        Self {
            pipeline,
            budget: Budget::default(),
            fault,
            source_ended: false,
            trailers: None,
        }
    }

    /// Not to be called again after anything but a data frame.
    pub(super) fn poll_frame<B>(
        &mut self,
        mut source: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        loop {
            if self.budget.is_spent() {
                self.budget.renew();
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match self.decode() {
                Ok(Progress::Data(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Ok(Progress::Working) => continue,
                Ok(Progress::NeedsInput) if self.source_ended => {
                    return Poll::Ready(self.trailers.take().map(Frame::trailers).map(Ok));
                }
                Ok(Progress::NeedsInput) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
            if let Err(error) = ready!(self.poll_source(source.as_mut(), cx)) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Whether all was said, given whether the source says so.
    pub(super) fn is_end_stream(&self, source_is_end_stream: bool) -> bool {
        (self.source_ended || source_is_end_stream)
            && self.trailers.is_none()
            && self.pipeline.is_complete()
    }

    /// One step of decoding, with whatever is wrong noted for the response.
    fn decode(&mut self) -> Result<Progress, BoxError> {
        let step = self.pipeline.step().and_then(|step| {
            if self.source_ended && matches!(step.progress, Progress::NeedsInput) {
                self.pipeline.finish()?;
            }
            Ok(step)
        });
        match step {
            Ok(step) => {
                self.budget.charge(step.run.read, step.run.written);
                Ok(step.progress)
            }
            Err(error) => {
                self.fault.set(&error);
                Err(error.into())
            }
        }
    }

    /// Takes one frame from the source into the pipeline.
    fn poll_source<B>(
        &mut self,
        source: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let Poll::Ready(polled) = source.poll_frame(cx) else {
            self.budget.renew();
            return Poll::Pending;
        };
        let Some(frame) = polled.transpose().map_err(Into::into)? else {
            self.source_ended = true;
            return Poll::Ready(Ok(()));
        };
        match frame.into_data() {
            Ok(data) => self.pipeline.feed(data),
            Err(frame) => {
                if let Ok(mut trailers) = frame.into_trailers() {
                    head::strip_trailers(&mut trailers);
                    self.trailers = Some(trailers).filter(|trailers| !trailers.is_empty());
                    self.source_ended = true;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
