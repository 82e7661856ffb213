//! Which members a line has.

/// A member of [`Json`](crate::Json), for [`Json::only`](crate::Json::only).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Member {
    /// `time`
    Time,
    /// `level`
    Level,
    /// `method`
    Method,
    /// `target`
    Target,
    /// `version`
    Version,
    /// `route`
    Route,
    /// `status`
    Status,
    /// `outcome`
    Outcome,
    /// `bytes`
    Bytes,
    /// `head_ms`
    HeadTime,
    /// `total_ms`
    TotalTime,
    /// `grpc_status`
    GrpcStatus,
    /// `request_id`
    RequestId,
    /// `trace_id` and `parent_id`
    Trace,
    /// `client`
    Client,
    /// `peer`
    Peer,
    /// `user_agent`
    UserAgent,
}

/// A set, of a bit each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members(u32);

impl Members {
    pub(super) const ALL: Self = Self(u32::MAX);

    pub(super) fn has(self, member: Member) -> bool {
        self.0 & (1 << member as u32) != 0
    }
}

impl FromIterator<Member> for Members {
    fn from_iter<I: IntoIterator<Item = Member>>(members: I) -> Self {
        let bits = members.into_iter().map(|member| 1 << member as u32);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}
