use crate::{error::store_error, script::Script};
use buttress_session::StoreError;
use redis::{
    Client, Cmd, ErrorKind, RedisResult, ServerErrorKind, Value,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::{fmt, sync::OnceLock, time::Duration};
use tokio::{runtime::Handle, time::timeout};

/// One connection for all requests, renewed when it breaks.
///
/// redis-rs' manager gives up at the first failure here, and starts anew with the
/// next command: during an outage each command fails at once, and the first one
/// after it succeeds. Over RESP3 it sees the end of a connection as it comes, so
/// that nobody has to find out by a command that is lost.
pub(crate) struct Connection {
    client: Client,
    deadline: Duration,
    /// Made in the runtime that uses it first.
    manager: OnceLock<ConnectionManager>,
}

impl Connection {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            deadline: Duration::from_millis(500),
            manager: OnceLock::new(),
        }
    }

    pub(crate) fn with_deadline(&self, deadline: Duration) -> Self {
        Self {
            client: self.client.clone(),
            deadline,
            manager: OnceLock::new(),
        }
    }

    /// Runs a script. It counts as one command but for the first time, when the
    /// server has to be given it.
    pub(crate) async fn run(&self, script: &Script, call: &Cmd) -> Result<Value, StoreError> {
        self.within_deadline(self.attempt(script, call)).await
    }

    /// As [`run`](Self::run) for what may as well happen twice: a connection that
    /// broke meanwhile costs no answer.
    pub(crate) async fn run_again(&self, script: &Script, call: &Cmd) -> Result<Value, StoreError> {
        self.within_deadline(async {
            match self.attempt(script, call).await {
                Err(error) if error.is_connection_dropped() => self.attempt(script, call).await,
                result => result,
            }
        })
        .await
    }

    /// Sends one command.
    #[cfg(feature = "express")]
    pub(crate) async fn send_once(&self, cmd: &Cmd) -> Result<Value, StoreError> {
        self.within_deadline(self.send(cmd)).await
    }

    /// As [`send_once`](Self::send_once) for what may as well happen twice.
    #[cfg(feature = "express")]
    pub(crate) async fn send_again(&self, cmd: &Cmd) -> Result<Value, StoreError> {
        self.within_deadline(async {
            match self.send(cmd).await {
                Err(error) if error.is_connection_dropped() => self.send(cmd).await,
                result => result,
            }
        })
        .await
    }

    async fn attempt(&self, script: &Script, call: &Cmd) -> RedisResult<Value> {
        match self.send(call).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.send(&script.load()).await?;
                self.send(call).await
            }
            result => result,
        }
    }

    async fn within_deadline(
        &self,
        answer: impl Future<Output = RedisResult<Value>>,
    ) -> Result<Value, StoreError> {
        if Handle::try_current().is_err() {
            return Err(StoreError::backend(
                "Redis is reached from a tokio runtime only",
            ));
        }
        match timeout(self.deadline, answer).await {
            Ok(result) => result.map_err(store_error),
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }

    async fn send(&self, cmd: &Cmd) -> RedisResult<Value> {
        let mut manager = self.manager()?.clone();
        match manager.send_packed_command(cmd).await {
            // What was refused was not sent, and this is what an earlier attempt
            // to connect came to: by now another one is under way.
            Err(error) if error.is_connection_refusal() => manager.send_packed_command(cmd).await,
            result => result,
        }
        // A refusal of the server comes as a value.
        .and_then(Value::extract_error)
    }

    fn manager(&self) -> RedisResult<&ConnectionManager> {
        if let Some(manager) = self.manager.get() {
            return Ok(manager);
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(self.deadline / 2))
            // `within_deadline` is what bounds a command.
            .set_response_timeout(None);
        let manager = ConnectionManager::new_lazy_with_config(self.client.clone(), config)?;
        Ok(self.manager.get_or_init(|| manager))
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
